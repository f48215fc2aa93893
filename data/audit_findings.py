"""What an audit can find, and how it is told: the kinds with a sentence each, a finding, the
report.

report = audit(rows, parse, source="my.csv")      # data/audit.py
json.dumps(report.as_json())
Console().print(report.table())
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

#: Every kind of finding, the gravest first, with what it means.
KINDS: dict[str, str] = {
    "gold-absent": "The gold answer names no option, or one that is empty.",
    "gold-duplicated": "The gold option's text stands under another letter too.",
    "missing-option": "An option has no value although a later one has, or there are fewer than two.",
    "empty-option": "An option is empty: a reader may have taken a literal text such as None for a missing value.",
    "duplicate-options": "Two options have the same text.",
    "too-many-options": "There are more than ten options, more than can be asked.",
    "empty-question": "The question is empty.",
    "duplicate-id": "An earlier row has the same id, question and options.",
    "ambiguous-id": "An earlier row has the same id, but another question or other options.",
    "repeated-question": "An earlier row asks the same question, with the same options, of the same image.",
    "literal-none": "An option reads like a missing value (None, NA, null, ...): common readers lose it.",
    "nan-option": 'An option reads "nan", or is missing and was shown to the model as "nan".',
    "spreadsheet-date": "An option looks like what a spreadsheet made of a range or a fraction: a date.",
    "spreadsheet-boolean": "An option is TRUE or FALSE among options in lower case, as a spreadsheet writes it.",
    "garbled-text": "A text was decoded with the wrong character set.",
    "options-in-question": "The question's own text lists the options, so a prompt would show them twice.",
    "position-dependent-option": "An option speaks of others by place or letter, and means nothing in another order.",
    "prediction-of-another-question": "The published prediction is that of an earlier question of the same image.",
    "prediction-is-gold": "Counted as an error, but the text of the prediction is the gold's, under another letter.",
    "nan-chosen": "The published prediction chooses an option that has no text.",
    "unparsed-answer": "The published answer names no option.",
    "parse-disagrees": "Parsed anew, the published answer gives another option than the publisher's parse.",
    "error-miscounted": "The publisher's error flag is not what the gold and the answer, parsed anew, say.",
    "verdict-disagrees": "The publisher's flag for a spurious error is not what the judge's text says.",
    "unread-flag": "A published answer has no error flag that reads True or False.",
    "constant-answer": "One answer is the gold of nearly all rows.",
    "position-bias": "The gold's places are far from equally likely.",
    "missing-image": "There is no image for the row where the source says.",
    "unreadable-image": "The image does not decode.",
    "tiny-image": "The image is less than 32 pixels wide or high.",
    "huge-image": "The image has more than 50 megapixels; it was not decoded.",
    "duplicate-image": "Other rows have the same image, byte for byte, under another name.",
    "near-duplicate-image": "Other rows have an image that looks the same.",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One row that a finding is about: its id, its place in the source, and what exactly was seen
    there.
    """

    id: str
    where: str
    note: str = ""
    #: Its number among the source's rows, from 0: its place in a data frame.
    row: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is wrong of one kind: one spot for each row counted.

    Where it is the source as a whole that is wrong, and no row more than another, there is no spot:
    all rows count.
    """

    kind: str
    what: str
    count: int
    spots: tuple[Spot, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rows, one a row."""
        return tuple(spot.id for spot in self.spots)

    def as_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`."""
        rows = [
            {"id": spot.id, "row": spot.row, "where": spot.where, "note": spot.note}
            for spot in self.spots
        ]
        return {
            "kind": self.kind,
            "what": self.what,
            "count": self.count,
            "ids": list(self.ids),
            "rows": rows,
        }


def finding(kind: str, spots: Iterable[Spot]) -> Finding:
    """The finding of a kind in these rows."""
    kept = tuple(spots)
    return Finding(kind, KINDS[kind], len(kept), kept)


@dataclass(frozen=True, slots=True)
class Report:
    """An audit's outcome: how much was read, and what was found."""

    source: str
    rows: int
    #: Different ids; different images by name; images that were opened; rows that bring a published
    #: answer.
    ids: int
    images: int
    opened: int
    published: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`, every row of every finding with its id."""
        return {
            "source": self.source,
            "rows": self.rows,
            "ids": self.ids,
            "images": self.images,
            "images_opened": self.opened,
            "published_answers": self.published,
            "findings": [one.as_json() for one in self.findings],
        }

    def table(self) -> "Table":
        """A table for people: a line a finding, with the first few rows."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.headline()), title_justify="left")
        table.add_column("finding", no_wrap=True)
        table.add_column("rows", justify="right")
        table.add_column("what it means")
        table.add_column("such as", max_width=40)
        for one in self.findings:
            # Text, because ids and options are data: "[red]" is no markup.
            rows = f"{one.count:,}" if one.spots else f"all {one.count:,}"
            table.add_row(one.kind, rows, Text(one.what), Text(_first(one.spots)))
        return table

    def headline(self) -> str:
        """How much was read, in a line."""
        return (
            f"{self.source}: {self.rows:,} rows, {self.ids:,} ids, {self.images:,} images "
            f"({self.opened:,} opened), "
            f"{self.published:,} published answers, {len(self.findings)} kinds of findings"
        )


def _first(spots: tuple[Spot, ...]) -> str:
    shown = [f"{spot.id}: {spot.note}" if spot.note else spot.id for spot in spots[:3]]
    return "\n".join(one if len(one) <= 80 else one[:79] + "…" for one in shown)
