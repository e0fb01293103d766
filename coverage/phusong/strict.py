"""What a part of a study file is: nothing in it but what it knows, and it does not change."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A part of a study: unknown keys are refused, and numbers that are none; defaults are checked too."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)
