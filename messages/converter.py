"""How messages travel: pydantic models as JSON, by converters that all runs share.

The SDK makes a converter for every run and twice for every activation; pydantic's own
would each time start without its type adapters.
"""

from __future__ import annotations

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

_CONVERTERS = tuple(PydanticPayloadConverter().converters.values())


class SharedPydanticConverter(CompositePayloadConverter):
    """The SDK's pydantic converter, with type adapters shared in the process."""

    def __init__(self) -> None:
        """Take the converters of the process."""
        super().__init__(*_CONVERTERS)


DATA_CONVERTER = DataConverter(payload_converter_class=SharedPydanticConverter)
