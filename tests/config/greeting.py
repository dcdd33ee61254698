"""A run that only writes one line; a file of its own, so the sandbox can load it."""

from temporalio import workflow


@workflow.defn
class Greeting:
    """A run that only writes one line."""

    @workflow.run
    async def run(self) -> None:
        workflow.logger.info("order_allocated", extra={"lines": 3})
