"""Each disagreement with the published parse of 31,288 answers of GPT-4o is explained.

docs/explanation/parsing.md has the list;
`python tests/pipeline/lvlm/test_parse_published.py` prints it anew.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from spuriforge.pipeline.lvlm.parse import _strict, parse

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT.parent / "shared" / "spuriverse"
LETTERS = "ABCD"
SAME_TEXT = "the letter is followed by the text of another option: two options are named"
NO_OPTION = (
    'the letter is that of an empty option, which the prompt printed as "nan": no option is named'
)

Row = tuple[str, str, str, str, str]


def measure(name: str) -> tuple[Counter[str], list[Row]]:
    """How the answers of a file were parsed, and (file, id, published, ours, why) of every
    disagreement.
    """
    outcomes: Counter[str] = Counter()
    rows = []
    with (PUBLISHED / f"{name}_meta.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            cells = [row[letter] for letter in LETTERS]
            while cells and not cells[-1]:
                cells.pop()
            choices = tuple(cells)
            chosen = parse(row["prediction"], choices)
            strict = _strict(row["prediction"], choices) is not None
            outcomes["strict" if strict else "unparsed" if chosen is None else "lenient"] += 1
            ours = "" if chosen is None else LETTERS[chosen]
            if ours != row["parsed"]:
                explained = why(row["prediction"], choices)
                rows.append((name, row["index"], row["parsed"] or "-", ours or "-", explained))
    return outcomes, sorted(rows)


def why(text: str, choices: tuple[str, ...]) -> str:
    """The explanation of a disagreement; empty where there is none, which fails the test."""
    said = text.partition(") ")[2].strip().casefold()
    if said in {choice.strip().casefold() for choice in choices if choice.strip()}:
        return SAME_TEXT
    return NO_OPTION if said == "nan" else ""


def table() -> str:
    """The page's two tables."""
    measured = {name: measure(name) for name in ("aokvqa_train", "seedbench")}
    lines = ["| file | answers | strict | lenient | unparsed | disagreements |", f"|{' --- |' * 6}"]
    for name, (outcomes, rows) in measured.items():
        counts = " | ".join(str(outcomes[outcome]) for outcome in ("strict", "lenient", "unparsed"))
        lines.append(f"| {name} | {outcomes.total()} | {counts} | {len(rows)} |")
    lines += ["", "| file | id | published | ours | why |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for _, rows in measured.values() for row in rows]
    return "\n".join(lines)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f"the published answers are not at {PUBLISHED}")
def test_every_disagreement_is_listed_and_explained() -> None:
    shown = table()
    assert "|  |" not in shown, "a disagreement that nobody explained"
    page = (ROOT / "docs" / "explanation" / "parsing.md").read_text(encoding="utf-8")
    for part in shown.split("\n\n"):
        assert part in page, "run this file, mend the page"


if __name__ == "__main__":
    print(table())
