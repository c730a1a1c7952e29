"""Objects of a request that have no members but their own."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticKnownError


class Closed(BaseModel):
    """Takes no unknown member and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_more_than_there_are(cls, value: Any) -> Any:
        """An object of a million members would make a million errors, of a kilobyte each: it is one error here."""
        most = len(cls.model_fields)
        if isinstance(value, dict) and len(value) > most:
            size = {"field_type": "Object", "max_length": most, "actual_length": len(value)}
            raise PydanticKnownError("too_long", size)
        return value
