"""What an audit can find: the kinds of findings with their meaning, a finding, and the report.

report = audit(rows, parse, source="my.csv")      # data/audit.py
json.dumps(report.as_json())
Console().print(report.table())
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

#: Every kind of finding with its meaning, the gravest first.
KINDS: dict[str, str] = {
    "gold-absent": "The gold answer names no option, or one that is empty.",
    "gold-duplicated": "The gold option's text stands under another letter too.",
    "missing-option": "An option has no value although a later one has, or there are fewer than "
    "two.",
    "empty-option": "An option is empty: a reader may have taken a literal text such as None for a "
    "missing value.",
    "duplicate-options": "Two options have the same text.",
    "too-many-options": "There are more than ten options, more than can be asked.",
    "empty-question": "The question is empty.",
    "duplicate-id": "An earlier row has the same id, question and options.",
    "ambiguous-id": "An earlier row has the same id, but another question or other options.",
    "repeated-question": "An earlier row asks the same question, with the same options, about "
    "the same image.",
    "literal-none": "An option reads like a missing value (None, NA, null, ...): common readers "
    "lose it.",
    "nan-option": 'An option reads "nan", or is missing and was shown to the model as "nan".',
    "spreadsheet-date": "An option is a date that a spreadsheet seems to have made of a range or a "
    "fraction.",
    "spreadsheet-boolean": "An option is TRUE or FALSE, as spreadsheets write it, among options in "
    "lower case.",
    "garbled-text": "A text was decoded with the wrong character set.",
    "options-in-question": "The question's text lists the options, so a prompt would show them "
    "twice.",
    "position-dependent-option": "An option refers to others by place or letter, and means nothing "
    "in another order.",
    "prediction-of-another-question": "The published prediction belongs to an earlier question "
    "about the same image.",
    "prediction-is-gold": "Counted as an error, but the prediction's text is the gold option's, "
    "under another letter.",
    "nan-chosen": "The published prediction chooses an option that has no text.",
    "unparsed-answer": "The published answer names no option.",
    "parse-disagrees": "Parsed again, the published answer names another option than the "
    "publisher's parse.",
    "error-miscounted": "The publisher's error flag contradicts the gold and the answer, parsed "
    "again.",
    "verdict-disagrees": "The publisher's flag for a spurious error contradicts the judge's text.",
    "unread-flag": "A published answer's error flag is neither True nor False.",
    "constant-answer": "The same answer is the gold of nearly all rows.",
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
    """A row that a finding is about: its id, its place in the source, and what is wrong there."""

    id: str
    where: str
    note: str = ""
    #: Its number among the source's rows, from 0: its place in a data frame.
    row: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """All faults of one kind: a spot for each row counted.

    A fault of the source as a whole has no spots; its count is all rows.
    """

    kind: str
    what: str
    count: int
    spots: tuple[Spot, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the rows."""
        return tuple(spot.id for spot in self.spots)

    def as_json(self) -> dict[str, Any]:
        """Returns plain data for `json.dumps`."""
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
    """Returns the finding of one kind in these rows."""
    rows = tuple(spots)
    return Finding(kind, KINDS[kind], len(rows), rows)


@dataclass(frozen=True, slots=True)
class Report:
    """An audit's outcome: how much was read, and what is wrong with it."""

    source: str
    rows: int
    #: Different ids.
    ids: int
    #: Different images, by name.
    images: int
    #: Images that could be read.
    opened: int
    #: Rows with a published answer.
    published: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Returns plain data for `json.dumps`, with every row of every finding."""
        return {
            "source": self.source,
            "rows": self.rows,
            "ids": self.ids,
            "images": self.images,
            "images_opened": self.opened,
            "published_answers": self.published,
            "findings": [result.as_json() for result in self.findings],
        }

    def table(self) -> "Table":
        """Returns a table for people: a line for each finding, with its first rows."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.headline()), title_justify="left")
        table.add_column("finding", no_wrap=True)
        table.add_column("rows", justify="right")
        table.add_column("what it means")
        table.add_column("such as", max_width=40)
        for result in self.findings:
            # Text, because ids and options are data: "[red]" is no markup.
            rows = f"{result.count:,}" if result.spots else f"all {result.count:,}"
            table.add_row(result.kind, rows, Text(result.what), Text(_examples(result.spots)))
        return table

    def headline(self) -> str:
        """Returns, in one line, how much was read."""
        return (
            f"{self.source}: {self.rows:,} rows, {self.ids:,} ids, {self.images:,} images "
            f"({self.opened:,} opened), "
            f"{self.published:,} published answers, {len(self.findings)} kinds of findings"
        )


def _examples(spots: tuple[Spot, ...]) -> str:
    lines = [f"{spot.id}: {spot.note}" if spot.note else spot.id for spot in spots[:3]]
    return "\n".join(line if len(line) <= 80 else line[:79] + "…" for line in lines)
