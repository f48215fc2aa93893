"""Small rows for the tests of the audit, and the findings in them."""

from spuriforge.data.audit import audit
from spuriforge.data.benchmark_rows import Published, Row
from spuriforge.pipeline.lvlm.parse import parse


def published(
    text: str, parsed: str, is_error: bool | None, judge: str = "", spurious: bool | None = False
) -> Published:
    """Returns a published answer with its publisher's parse and flags."""
    return Published(
        text=text, parsed=parsed, is_error=is_error, judge_text=judge, is_spurious=spurious
    )


def row(
    id: str = "1",
    question: str = "What colour is it?",
    choices: tuple[str | None, ...] = ("red", "blue", "green"),
    answer: int | None = 0,
    published: Published | None = None,
    image_name: str = "",
    split: str = "",
) -> Row:
    """Returns a row, sound unless told otherwise."""
    return Row(
        benchmark="b",
        split=split,
        id=id,
        where=f"f line {id}",
        question=question,
        choices=choices,
        answer=answer,
        answer_text="?" if answer is None else "ABCDEFGHIJKLM"[answer],
        image=None,
        image_name=image_name,
        published=published,
    )


def kinds_in(*rows: Row) -> dict[str, tuple[str, ...]]:
    """Audits rows: kind of finding -> ids of its rows."""
    return {finding.kind: finding.ids for finding in audit(rows, parse, source="f").findings}
