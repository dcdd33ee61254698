"""A run's talk with carriers: one label for each shipment, void when not needed."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.label_steps import LabelSteps
    from messages.order_state import OrderState, ShipmentState
    from messages.order_steps import LabelInput, LabelOutcome, LabelResult
    from workflows.policies import CARRIER, CARRIER_TIMEOUT, VOID_WITHIN


async def buy_label(state: OrderState, shipment: ShipmentState) -> LabelResult:
    """Ask the carrier until it answers."""
    result: LabelResult = await workflow.execute_activity_method(
        LabelSteps.buy_label,
        _label_input(state, shipment),
        start_to_close_timeout=CARRIER_TIMEOUT,
        retry_policy=CARRIER,
        summary=f"buy the label of {shipment.shipment_id} from {shipment.carrier}",
    )
    return result


async def void_label(state: OrderState, shipment: ShipmentState) -> LabelResult:
    """Ask the carrier for a day; then the answer is a refusal."""
    try:
        result: LabelResult = await workflow.execute_activity_method(
            LabelSteps.void_label,
            _label_input(state, shipment),
            start_to_close_timeout=CARRIER_TIMEOUT,
            schedule_to_close_timeout=VOID_WITHIN,
            retry_policy=CARRIER,
            summary=f"void the label of {shipment.shipment_id}",
        )
    except ActivityError:
        return LabelResult(
            outcome=LabelOutcome.REFUSED,
            reason=f"{shipment.carrier} did not answer for a day",
        )
    return result


def _label_input(state: OrderState, shipment: ShipmentState) -> LabelInput:
    return LabelInput(
        workflow_id=workflow.info().workflow_id,
        order_id=state.order_id,
        shipment_id=shipment.shipment_id,
        carrier=shipment.carrier,
        round=shipment.label_round,
        now=workflow.now(),
    )
