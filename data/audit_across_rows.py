"""Faults that only the source as a whole shows: repeated ids, misplaced predictions, biased gold.

    checks = [Repeats(), GoldPlaces(), FewerOptions()]
    for row in rows:
        for check in checks:
            check.see(row, spot)
    findings = [finding for check in checks for finding in check.findings()]

Each check keeps a hash or two of a row and its place, never the row.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .audit_findings import KINDS, Finding, Spot, finding
from .audit_options import LETTERS
from .audit_predictions import other_option
from .audit_texts import plain
from .benchmark_rows import Row

#: An answer is constant if it is the gold of more than this share of at least so many rows.
CONSTANT_SHARE, CONSTANT_ROWS = 0.9, 20
#: A bias of the gold's places is reported if chance brings it once in a million sources.
BIAS_P = 1e-6
#: If at most this share of the rows has so few options, their absent last options were lost.
FEWER_SHARE = 0.02


def _question_of(row: Row) -> int:
    return hash(
        (
            plain(row.question),
            tuple(sorted(plain(choice) for choice in row.choices if choice is not None)),
        )
    )


@dataclass(slots=True)
class Repeats:
    """Ids, images and predictions that occur again."""

    ids: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    #: (split, image) -> its first question, the hash of its prediction, and its place.
    images: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)
    #: (image, question) -> the split and id that asked it first.
    asked: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    again: dict[str, list[Spot]] = field(default_factory=lambda: defaultdict(list))
    #: Rows of an image asked before that have its first prediction, and those of them that the
    #: prediction plainly does not fit.
    same: list[Spot] = field(default_factory=list)
    misfits: list[Spot] = field(default_factory=list)
    different: int = 0

    def see(self, row: Row, spot: Spot) -> None:
        """Takes in a row."""
        question = _question_of(row)
        if (first := self.ids.get((row.split, row.id))) is None:
            self.ids[row.split, row.id] = (question, row.where)
        else:
            kind = "duplicate-id" if first[0] == question else "ambiguous-id"
            self.again[kind].append(replace(spot, note=f"first at {first[1]}"))
        if row.image_name:
            first_asked = self.asked.setdefault((row.image_name, question), (row.split, row.id))
            if first_asked != (row.split, row.id):
                self.again["repeated-question"].append(
                    replace(spot, note=f"first as {' '.join(first_asked).strip()}")
                )
        if row.published is not None:
            self._see_prediction(row, question, spot)

    def _see_prediction(self, row: Row, question: int, spot: Spot) -> None:
        assert row.published is not None
        prediction = hash(row.published.text)
        first = self.images.setdefault(
            (row.split, row.image_name or row.id), (question, prediction, row.where)
        )
        if first[0] == question:
            return
        if first[1] != prediction:
            self.different += 1
            return
        note = replace(spot, note=f"{row.published.text[:60]!r} as at {first[2]}")
        self.same.append(note)
        if other_option(row) is not None:
            self.misfits.append(note)

    def findings(self) -> Iterator[Finding]:
        """Yields repeated ids and questions, and predictions that belong to another question.

        Two questions about an image may have the same answer by chance. But if a file was joined
        by image, every later row has the first row's prediction, and all of them are wrong.
        """
        misplaced = self.same if self.misfits and not self.different else self.misfits
        for kind, spots in (*self.again.items(), ("prediction-of-another-question", misplaced)):
            if spots:
                yield finding(kind, spots)


@dataclass(slots=True)
class GoldPlaces:
    """The places and the texts of the gold answers."""

    #: Number of options -> how often the gold is in each place.
    places: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    golds: list[tuple[Spot, int, int]] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)

    def see(self, row: Row, spot: Spot) -> None:
        """Takes in a row; rows without a gold option are another finding."""
        count = sum(choice is not None for choice in row.choices)
        if row.answer is None or not row.answer < count:
            return
        text = plain(row.choices[row.answer] or "")
        self.places[count][row.answer] += 1
        self.texts[text] += 1
        self.golds.append((spot, row.answer, hash(text)))

    def findings(self) -> Iterator[Finding]:
        """Yields a constant gold, by letter or by text, or else a biased gold."""
        constant = list(self._constant())
        yield from constant[:1]
        if not constant:
            yield from self._biased()

    def _constant(self) -> Iterator[Finding]:
        letters = Counter(answer for _, answer, _ in self.golds)
        if not self.golds or len(self.golds) < CONSTANT_ROWS:
            return
        letter, text = letters.most_common(1)[0], self.texts.most_common(1)[0]
        for shown, count, field_index, value in (
            (LETTERS[letter[0]], letter[1], 1, letter[0]),
            (repr(text[0]), text[1], 2, hash(text[0])),
        ):
            if count > CONSTANT_SHARE * len(self.golds):
                spots = tuple(gold[0] for gold in self.golds if gold[field_index] == value)
                what = f"{shown} is the gold of {count:,} of {len(self.golds):,} rows."
                yield Finding("constant-answer", what, count, spots)

    def _biased(self) -> Iterator[Finding]:
        """Tests the places against equal shares (chi-square, pooled over numbers of options)."""
        from scipy.special import chdtrc

        statistic, freedom = 0.0, 0
        for count, seen in self.places.items():
            expected = seen.total() / count
            statistic += sum((seen[place] - expected) ** 2 / expected for place in range(count))
            freedom += count - 1
        p = float(chdtrc(freedom, statistic)) if freedom else 1.0
        if p < BIAS_P:
            shares = "; ".join(
                f"{count} options: {self._shares(count)}" for count in sorted(self.places)
            )
            what = f"{KINDS['position-bias']} {shares} (chi-square, p = {p:.1g})."
            yield Finding("position-bias", what, len(self.golds), ())

    def _shares(self, count: int) -> str:
        seen = self.places[count]
        return ", ".join(
            f"{LETTERS[place]} {seen[place] / seen.total():.1%}" for place in range(count)
        )


@dataclass(slots=True)
class FewerOptions:
    """Rows without the last options: normal if many rows have so few, a fault if hardly any has."""

    rows: int = 0
    fewer: dict[int, list[Spot]] = field(default_factory=lambda: defaultdict(list))

    def see(self, row: Row, spot: Spot) -> None:
        """Takes in a row."""
        self.rows += 1
        count = max(
            (index + 1 for index, choice in enumerate(row.choices) if choice is not None), default=0
        )
        if count < len(row.choices):
            self.fewer[count].append(replace(spot, note=f"nothing under {LETTERS[count]}"))

    def findings(self) -> Iterator[Finding]:
        """Yields rows with fewer options than nearly all others, as empty options."""
        for spots in self.fewer.values():
            if len(spots) <= FEWER_SHARE * self.rows:
                yield finding("empty-option", spots)
