"""The JSON in which another tool hands in judgments: what an entry may say, and how a file is read.

    for value in values_of(Path("judgments.json")):      # ValueError if the file has no list
        entry = Entry.model_validate(value)              # reason(error) says what is wrong

An entry is what a person says about a task, under the rules of the Label Studio screens: a verdict
or a skip, texts and a box only with "spurious", a box in shares of the image, a time with its zone.
`schema()` is the same as a JSON schema, for the tool that writes the file.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json

from spuriforge.pipeline.records import JUDGMENT_TEXTS

from .answers import TaskAnswer
from .cue_screen import CUE_VERDICTS
from .pair_screen import PAIR_VERDICTS
from .versions import moment

_VERDICTS = {"cue": CUE_VERDICTS, "pair": PAIR_VERDICTS}
#: A judgment takes 200 bytes to a few kilobytes: room for tens of thousands, without filling the
#: memory.
_MOST_BYTES = 64 * 2**20
#: How far another machine's clock may be ahead: a judgment from the future would count for ever.
_AHEAD = timedelta(minutes=10)


def _time(value: object) -> datetime:
    """Returns a past time; ValueError without a zone."""
    if not isinstance(value, str):
        raise ValueError("it must be a text such as 2026-05-01T12:00:00+02:00")
    try:
        time = datetime.fromisoformat(moment(value))
    except (ValueError, OverflowError):
        raise ValueError(
            "it must be a time with its zone, such as 2026-05-01T12:00:00+02:00"
        ) from None
    if time > datetime.now(UTC) + _AHEAD:
        raise ValueError("it lies in the future")
    return time


Text = Annotated[str, Field(max_length=10_000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Entry(BaseModel):
    """A judgment by another tool."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    project: Literal["cue", "pair"]
    subject: str = Field(description="The key of the task.")
    annotator: str = Field(description="A pseudonym that the recipe names.")
    verdict: str | None = Field(
        None,
        description="None for a skip.",
        json_schema_extra={"enum": [*CUE_VERDICTS, *PAIR_VERDICTS, None]},
    )
    skipped: bool = False
    adjudication: bool = Field(False, description="As in the task: the judgment breaks a tie.")
    cue: Text | None = Field(None, description="The texts: only with the verdict spurious.")
    core: Text | None = None
    description_with: Text | None = None
    description_without: Text | None = None
    box: Annotated[tuple[Share, Share, Share, Share], Strict(False)] | None = Field(
        None,
        description=(
            "Where the cue is: left, top, right, bottom in shares of the image; only with the "
            "verdict spurious."
        ),
    )
    seconds: float | None = Field(None, ge=0, description="How long the person took.")
    updated_at: Annotated[datetime, BeforeValidator(_time)] = Field(
        description="When it was given, with a time zone."
    )

    @property
    def answer(self) -> TaskAnswer | None:
        """What the person said, or None for a skip."""
        if self.verdict is None:
            return None
        return TaskAnswer(
            self.verdict, {name: getattr(self, name) for name in JUDGMENT_TEXTS}, self.box
        )

    @model_validator(mode="after")
    def _as_on_screen(self) -> Self:
        if self.skipped != (self.verdict is None):
            raise ValueError("a judgment has a verdict or is skipped, and not both")
        if self.verdict is not None and self.verdict not in _VERDICTS[self.project]:
            raise ValueError(
                f"{self.verdict} is no verdict of a {self.project}: "
                f"{', '.join(_VERDICTS[self.project])}"
            )
        more = [name for name in (*JUDGMENT_TEXTS, "box") if getattr(self, name) is not None]
        if more and self.verdict != "spurious":
            raise ValueError(f"{', '.join(more)} can only be given with the verdict spurious")
        if self.box and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError("the box must be left, top, right, bottom, and not empty")
        return self


def schema() -> dict[str, Any]:
    """Returns the JSON schema of judgments.json."""
    return {"type": "array", "items": Entry.model_json_schema()}


def values_of(file: Path) -> list[object]:
    """Returns the file's list; ValueError, in a sentence, if it has none."""
    if not file.is_file():
        raise ValueError(f"There is no file {file}.")
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{file} is larger than {_MOST_BYTES // 2**20} MB: import it in parts.")
    try:
        values = from_json(file.read_bytes().removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"{file} is not JSON in UTF-8: {error}.") from None
    if not isinstance(values, list):
        raise ValueError(f"{file} has no list of judgments at its top.")
    return values


def reason(error: ValueError) -> str:
    """Returns what is wrong with an entry, as a phrase that names the field."""
    if not isinstance(error, ValidationError):
        return str(error)
    phrases = []
    for problem in error.errors(include_url=False, include_input=False):
        field = ".".join(map(str, problem["loc"]))
        message = problem["msg"].removeprefix("Value error, ")
        phrases.append(f"{field}: {message}" if field else message)
    return "; ".join(phrases)
