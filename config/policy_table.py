"""A table of a policy file: it reads as a value of the policy, or says why not."""

from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from domain.errors import InvalidInput

Terms = TypeVar("Terms")


class Table(BaseModel, Generic[Terms]):
    """A table of the file; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _terms_can_be_made(self) -> Self:
        # Said here, so that the complaint carries the path of this table.
        try:
            self.terms()
        except InvalidInput as error:
            raise PydanticCustomError(
                "policy", "{wanted}", {"field": error.field, "wanted": error.wanted}
            ) from error
        return self

    def terms(self) -> Terms:
        """Return the value of the policy that this table stands for."""
        raise NotImplementedError

    def _fields(self) -> dict[str, Any]:
        """Return the keys as the value's own field names, tables left as they are."""
        return {name: getattr(self, name) for name in type(self).model_fields}
