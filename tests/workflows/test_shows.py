"""What an operator reads in the Temporal UI, without our documentation."""

from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import DataConverter

from messages.search_attributes import CHANNEL, NEEDS_ATTENTION, PLACED_AT, SOURCE
from tests.builders.documents import a_line, personal_data_in
from tests.builders.shop import Shop

SUMMARY_BYTES = 200
LABEL_CHARACTERS = 120
DETAILS_BYTES = 20_000


async def metadata(shop: Shop, order_id: str) -> WorkflowMetadata:
    told: WorkflowMetadata = await shop.handle(order_id).query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    return told


async def test_a_run_says_what_it_waits_for_since_when_and_what_to_do(
    real_shop: Shop,
) -> None:
    order_id = await real_shop.place(
        lines=[a_line("MUG", 2, unit_price="1.00"), a_line("LAMP", 1)]
    )
    described = await real_shop.handle(order_id).describe()
    held = (await metadata(real_shop, order_id)).current_details

    assert await described.static_summary() == "2 lines, standard, from web by api"
    assert "release of holds: price" in held
    assert "send release_hold" in held
    assert f"`{order_id}.h1` price blocks release" in held
    assert "stock for 1 units" in held
    assert personal_data_in(held) == []
    assert len(held.encode()) <= DETAILS_BYTES
    found = described.typed_search_attributes
    assert (found.get(SOURCE), found.get(CHANNEL)) == ("web", "api")
    assert found.get(PLACED_AT) is not None
    assert found.get(NEEDS_ATTENTION) is None


async def test_current_details_follow_the_order_through_its_life(
    real_shop: Shop,
) -> None:
    order_id = await real_shop.place()
    waits = []
    for step in (
        real_shop.pick,
        real_shop.pack,
        real_shop.labelled,
        real_shop.hand_over,
    ):
        waits.append((await metadata(real_shop, order_id)).current_details)
        await step(order_id)
    waits.append((await metadata(real_shop, order_id)).current_details)

    for told, wanted in zip(
        (waits[0], waits[1], waits[4]),
        ("confirm_pick", "confirm_pack", "confirm_delivery"),
        strict=True,
    ):
        assert wanted in told
        assert " since " in told
        assert ", due " in told
    number = real_shop.state(order_id).shipments[0].tracking_number
    assert number is not None
    assert number in waits[4]


async def test_every_message_is_listed_with_an_example(real_shop: Shop) -> None:
    order_id = await real_shop.place()

    told = (await metadata(real_shop, order_id)).definition

    listed = [*told.signal_definitions, *told.update_definitions]
    assert len(told.update_definitions) == 15
    assert len(told.signal_definitions) == 8
    assert {"status", "progress"} <= {q.name for q in told.query_definitions}
    assert [one.name for one in listed if "message_id" not in one.description] == []


async def test_summaries_of_activities_and_timers_are_short_and_readable(
    real_shop: Shop,
) -> None:
    order_id = await real_shop.place()
    await real_shop.carry_on(order_id)
    await real_shop.ends(order_id)

    summaries = []
    async for event in real_shop.handle(order_id).fetch_history_events():
        if event.user_metadata.HasField("summary"):
            summaries.append(await text_of(event.user_metadata.summary))

    assert any(s.startswith("buy the label of") for s in summaries)
    assert any(s.startswith("due ") and s.endswith(" UTC") for s in summaries)
    assert max(len(s) for s in summaries) <= LABEL_CHARACTERS


async def text_of(payload: Payload) -> str:
    [text] = await DataConverter.default.decode([payload], [str])
    return str(text)
