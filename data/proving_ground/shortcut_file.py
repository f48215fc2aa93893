"""The file of planted shortcuts and decoys: what each subject LVLM was trained to rely on.

    content = load(Path("data/proving_ground/shortcuts.toml"))
    content.for_subject("subject-a")   # the shortcuts that subject-a learned

Another file in the same vocabulary trains other subjects. A mistake in it is a ValueError of one
sentence.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .scene_texts import FAMILIES
from .world import ATTRIBUTES, cue_slot

#: The control model, trained without any shortcut; no subject may have its name.
CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """In scenes with `cue`, `answer` is the label of `family` with probability `strength`."""

    family: str
    answer: str
    cue: str
    strength: float
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoy:
    """A correlation in the benchmark: `rate` of the images with gold `answer` show `cue`."""

    family: str
    answer: str
    cue: str
    rate: float


@dataclass(frozen=True, slots=True)
class ShortcutFile:
    """The content of a shortcut file."""

    shortcuts: tuple[Shortcut, ...]
    decoys: tuple[Decoy, ...]
    subjects: tuple[str, ...]

    def for_subject(self, name: str) -> tuple[Shortcut, ...]:
        """Returns a subject's shortcuts, in the file's order; the control model has none."""
        if name != CONTROL and name not in self.subjects:
            raise ValueError(
                f"There is no subject {name!r}; the shortcut file has {', '.join(self.subjects)}."
            )
        return tuple(shortcut for shortcut in self.shortcuts if name in shortcut.subjects)


def load(path: Path) -> ShortcutFile:
    """Reads the shortcut file at `path`; a mistake in it is a ValueError of one sentence."""
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"The shortcut file {path} cannot be read: {error}.") from error
    return parse(content)


def parse(content: Mapping[str, object]) -> ShortcutFile:
    """Checks a shortcut file's content as tomllib reads it."""
    _known_keys(content, ("subjects", "shortcut", "decoy"), "A shortcut file")
    shortcuts = tuple(_shortcut(row) for row in _tables(content, "shortcut"))
    decoys = tuple(_decoy(row) for row in _tables(content, "decoy"))
    named = tuple(dict.fromkeys(name for shortcut in shortcuts for name in shortcut.subjects))
    subjects = _names(content["subjects"], "subjects") if "subjects" in content else named
    if not shortcuts:
        raise ValueError("A shortcut file must have at least one [[shortcut]].")
    for name in (*named, *subjects):
        if name == CONTROL:
            raise ValueError(
                f"{CONTROL!r} is the model without shortcuts; a subject must have another name."
            )
        if name not in subjects:
            raise ValueError(
                f"Unknown subject {name!r}; the file's subjects are {', '.join(subjects)}."
            )
        if name not in named:
            raise ValueError(f"Subject {name!r} has no shortcut.")
    _check_pairs(shortcuts, decoys, subjects)
    return ShortcutFile(shortcuts, decoys, subjects)


def _check_pairs(
    shortcuts: Iterable[Shortcut], decoys: Iterable[Decoy], subjects: Iterable[str]
) -> None:
    """Raises ValueError if a cue has two answers in a family, or a decoy is a shortcut."""
    answers: dict[tuple[str, str, str], str] = {}
    for shortcut in shortcuts:
        for name in shortcut.subjects:
            key = (name, shortcut.family, shortcut.cue)
            if key in answers and answers[key] == shortcut.answer:
                raise ValueError(
                    f"Duplicate shortcut: {_words(shortcut)} is planted twice in {name!r}."
                )
            if key in answers:
                raise ValueError(
                    f"{shortcut.cue!r} goes with two answers, {answers[key]!r} and "
                    f"{shortcut.answer!r}, in family {shortcut.family!r} of {name!r}."
                )
            answers[key] = shortcut.answer
    seen: set[tuple[str, str]] = set()
    for decoy in decoys:
        if any((name, decoy.family, decoy.cue) in answers for name in subjects):
            raise ValueError(f"Decoy {_words(decoy)} has a cue that is planted in the same family.")
        if (decoy.family, decoy.cue) in seen:
            raise ValueError(
                f"Duplicate decoy: {decoy.cue!r} is there twice in family {decoy.family!r}."
            )
        seen.add((decoy.family, decoy.cue))


def _words(row: Shortcut | Decoy) -> str:
    return f"{row.family}: {row.cue} -> {row.answer}"


def _shortcut(row: Mapping[str, object]) -> Shortcut:
    _known_keys(
        row, ("family", "answer", "cue", "strength", "subjects"), "A [[shortcut]]", required=True
    )
    return Shortcut(
        *_association(row), _share(row, "strength"), _names(row["subjects"], "subjects")
    )


def _decoy(row: Mapping[str, object]) -> Decoy:
    _known_keys(row, ("family", "answer", "cue", "rate"), "A [[decoy]]", required=True)
    return Decoy(*_association(row), _share(row, "rate"))


def _association(row: Mapping[str, object]) -> tuple[str, str, str]:
    """Returns family, answer and cue; the cue may not be what the family asks about."""
    family, answer, cue = str(row["family"]), str(row["answer"]), str(row["cue"])
    if family not in FAMILIES:
        raise ValueError(f"Unknown family {family!r}; the families are {', '.join(FAMILIES)}.")
    values = [str(value) for value in ATTRIBUTES[FAMILIES[family]] if value is not None]
    if answer not in values:
        raise ValueError(
            f"Unknown answer {answer!r} of family {family!r}; its answers are {', '.join(values)}."
        )
    cues = [
        str(value)
        for slot in ("cue", "place", "sky")
        for value in ATTRIBUTES[slot]
        if value is not None
    ]
    if cue not in cues:
        raise ValueError(f"Unknown cue {cue!r}; a cue is one of {', '.join(cues)}.")
    if cue_slot(cue) == FAMILIES[family]:
        raise ValueError(f"Cue {cue!r} is itself what family {family!r} asks about.")
    return family, answer, cue


def _share(row: Mapping[str, object], key: str) -> float:
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{key} must be a number over 0 and at most 1, not {value!r}.")
    return float(value)


def _names(value: object, key: str) -> tuple[str, ...]:
    """Returns names that can be folder names; ValueError if there is none, or a name twice."""
    listed = value if isinstance(value, list) else []
    names = [name for name in listed if isinstance(name, str) and name.replace("-", "").isalnum()]
    if not names or len(names) != len(listed) or len(set(names)) != len(names):
        raise ValueError(
            f"{key} must be a list of different names of letters, digits and hyphens, not "
            f"{value!r}."
        )
    return tuple(names)


def _tables(content: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    rows = content.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"[[{key}]] must be an array of tables.")
    return rows


def _known_keys(
    row: Mapping[str, object], keys: tuple[str, ...], what: str, *, required: bool = False
) -> None:
    unknown = [key for key in row if key not in keys]
    missing = [key for key in keys if required and key not in row]
    if unknown or missing:
        fault = f"has no key {unknown[0]!r}" if unknown else f"must have the key {missing[0]!r}"
        raise ValueError(f"{what} {fault}; its keys are {', '.join(keys)}.")
