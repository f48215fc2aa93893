"""What a release must pass before it is called one: small questions to a folder, each (passed, explanation).

    for check in run(Path("releases/demo/1.0.0")):
        print(check.name, check.passed, check.explanation)

They look at the files as they lie there and trust nothing that the build knew.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from .parquet import IMAGE, schema_hash, sha256
from .reading import Contents, read

Verdict = tuple[bool, str]

_IMAGES = {"pairs": ("image_with", "image_without", "image_placebo"), "anchors": ("image",)}
_IDENTIFIED = ("pairs", "anchors", "candidates", "annotations", "responses")
_NEUTRAL = re.compile(r"(annotator|scripted)-\d+")
#: A path of some machine (two folders deep or more, no web address), a Windows path, an e-mail address.
_PRIVATE = re.compile(
    r"(?<![\w.:/-])/(?:[\w.@+-]+/)+[\w.@+-]+|\b[A-Za-z]:\\[\w.-]+|\bfile://\S+|\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b"
)


class ReleaseError(ValueError):
    """A release that cannot be made, or would be unsound; the message says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check's name, whether it passed, and what it saw."""

    name: str
    passed: bool
    explanation: str


def _verdict(faults: Iterable[str], good: str) -> Verdict:
    """Passed when there are no faults; else the first three, and how many more."""
    found = list(faults)
    if not found:
        return True, good
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return False, "; ".join(found[:3]) + more


def images_decode(contents: Contents) -> Verdict:
    """Every image decodes and is the one that its hash names."""
    count = 0
    faults: list[str] = []
    for config, columns in _IMAGES.items():
        for row in contents.rows(config):
            for column in columns:
                if row[column] is None:
                    continue
                count += 1
                faults += _image_faults(f"{config} {row['id']} {column}", row[column]["bytes"], row[f"{column}_sha256"])
    return _verdict(faults, f"{count} images decode and match their hashes")


def _image_faults(where: str, payload: bytes, digest: str) -> Iterator[str]:
    if hashlib.sha256(payload).hexdigest() != digest:
        yield f"{where} does not match its hash"
    try:
        with Image.open(io.BytesIO(payload)) as opened:
            opened.load()
    except (OSError, SyntaxError, ValueError):
        yield f"{where} does not decode"


def images_present(contents: Contents) -> Verdict:
    """Every pair has both of its images, every anchor its own."""
    needed = {"pairs": ("image_with_sha256", "image_without_sha256"), "anchors": ("image_sha256",)}
    faults = [
        f"{config} {row['id']} has no {column.removesuffix('_sha256')}"
        for config, columns in needed.items()
        for row in contents.rows(config, images=False)
        for column in columns
        if not row[column]
    ]
    return _verdict(faults, "every pair has both images, every anchor its own")


def answers_among_choices(contents: Contents) -> Verdict:
    """The answer is the option at its index, and the cue-linked option another one."""
    faults = []
    for where, row in _questions(contents):
        choices, at, linked = row["choices"], row["answer_index"], row["cue_linked"]
        if not 0 <= at < len(choices) or choices[at] != row["answer"]:
            faults.append(f"{where}: the answer {row['answer']!r} is not option {at}")
        elif linked not in choices or linked == row["answer"]:
            faults.append(f"{where}: the cue-linked option {linked!r} is not a wrong option")
    return _verdict(faults, "every answer and every cue-linked option is among its choices")


def choices_distinct(contents: Contents) -> Verdict:
    """No question offers the same option twice, nor an empty one."""
    faults = []
    for where, row in _questions(contents):
        seen = [choice.strip().casefold() for choice in row["choices"]]
        if len(set(seen)) < len(seen) or "" in seen or len(seen) < 2:
            faults.append(f"{where}: its options are {row['choices']}")
    return _verdict(faults, "no question offers an option twice")


def no_leaks(contents: Contents) -> Verdict:
    """No question names its own answer while naming no other option."""
    faults = []
    for where, row in _questions(contents):
        named = [choice for choice in row["choices"] if _names(row["question"], choice)]
        if named == [row["answer"]]:
            faults.append(f"{where}: the question {row['question']!r} names its answer {row['answer']!r}")
    return _verdict(faults, "no question names its answer")


def _names(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None


def _questions(contents: Contents) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row that asks something, and where it is."""
    for config in ("pairs", "anchors"):
        for row in contents.rows(config, images=False):
            yield f"{config} {row['id']}", row


def counts_agree(contents: Contents) -> Verdict:
    """Files, hashes, rows and columns are those of the manifest, and each anchor has its pairs."""
    listed = dict(contents.manifest["files"])
    data = [path for paths in contents.files.values() for path in paths]
    faults = [f"{name} is missing" for name in listed if not (contents.folder / name).is_file()]
    there = {path.relative_to(contents.folder).as_posix() for path in data}
    faults += [f"{name} is not in the manifest" for name in sorted(there - listed.keys())]
    for name in sorted(listed.keys() - {fault.split(" ")[0] for fault in faults}):
        faults += _file_faults(name, contents.folder / name, listed[name])
    wanted = contents.manifest["recipe"]["publish"]["pairs_per_type"]
    pairs = Counter(row["type"] for row in contents.rows("pairs", images=False))
    for row in contents.rows("anchors", images=False):
        if (count := pairs.pop(row["type"], 0)) != wanted:
            faults.append(f"type {row['type']} has {count} pairs, not {wanted}")
    faults += [f"type {key} has pairs but no anchor" for key in pairs]
    return _verdict(faults, f"{len(listed)} files agree with the manifest; each type has {wanted} pairs")


def _file_faults(name: str, path: Path, entry: dict[str, Any]) -> Iterator[str]:
    if sha256(path) != entry["sha256"] or path.stat().st_size != entry["bytes"]:
        yield f"{name} is not the file that the manifest describes"
    elif "rows" in entry and pq.read_metadata(path).num_rows != entry["rows"]:
        yield f"{name} does not have {entry['rows']} rows"
    elif "schema" in entry and schema_hash(pq.read_schema(path)) != entry["schema"]:
        yield f"{name} has other columns than the manifest says"


def splits_apart(contents: Contents) -> Verdict:
    """No type, cue or image is in two splits."""
    where: dict[str, set[str]] = {}
    for config in ("pairs", "anchors"):
        for row in contents.rows(config, images=False):
            marks = [f"type {row['type']}", f"cue {' '.join(row['cue'].casefold().split())}"]
            marks += [f"image {row[name]}" for name in row if name.startswith("image") and row[name]]
            for mark in marks:
                where.setdefault(mark, set()).add(row["split"])
    faults = [f"{mark} is in {' and '.join(sorted(found))}" for mark, found in where.items() if len(found) > 1]
    return _verdict(faults, "no type, cue or image is in two splits")


def pairs_differ(contents: Contents) -> Verdict:
    """The images with and without the cue are of one size and differ in some pixel."""
    faults = []
    for row in contents.rows("pairs"):
        try:
            one, other = (Image.open(io.BytesIO(row[f"image_{arm}"]["bytes"])) for arm in ("with", "without"))
            if one.size != other.size:
                faults.append(f"the images of pair {row['id']} have the sizes {one.size} and {other.size}")
            elif one.convert("RGB").tobytes() == other.convert("RGB").tobytes():
                faults.append(f"the images of pair {row['id']} are the same")
        except (OSError, SyntaxError, TypeError, ValueError):
            faults.append(f"the images of pair {row['id']} cannot be compared")
    return _verdict(faults, "the images of every pair differ")


def ids_unique(contents: Contents) -> Verdict:
    """No config has an id twice; so no type has two anchors."""
    faults = []
    for config in _IDENTIFIED:
        seen = Counter(row["id"] for row in contents.rows(config, images=False))
        faults += [f"{config} has {key} {count} times" for key, count in seen.items() if count > 1]
    return _verdict(faults, "ids are unique")


def nothing_private(contents: Contents) -> Verdict:
    """No path of a machine, no e-mail address, and annotators only under neutral names."""
    faults = [
        f"annotations name {row['annotator']!r}"
        for row in contents.rows("annotations", images=False)
        if not _NEUTRAL.fullmatch(row["annotator"])
    ]
    for path in sorted(contents.folder.iterdir()):
        if path.is_file() and (match := _PRIVATE.search(path.read_text(encoding="utf-8"))):
            faults.append(f"{path.name} contains {match.group()!r}")
    for config in contents.files:
        for row in contents.rows(config, images=False):
            # What a model answered is its own; everything else in a release is ours to vouch for.
            texts = (text for name, value in row.items() if name != "text" for text in _texts(value))
            faults += [f"{config} {row['id']} contains {m.group()!r}" for text in texts if (m := _PRIVATE.search(text))]
    return _verdict(faults, "no path, address or name of a person")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (inner for inner in value if isinstance(inner, str))


def images_viewable(contents: Contents) -> Verdict:
    """Image columns are declared, so that `datasets` and the Hub show them as images."""
    faults = []
    for config, paths in contents.files.items():
        for path in paths:
            schema = pq.read_schema(path)
            if b"huggingface" not in (schema.metadata or {}):
                faults.append(f"{config}/{path.name} declares no features")
            faults += [
                f"{config} has no image column {name}"
                for name in _IMAGES.get(config, ())
                if name not in schema.names or schema.field(name).type != IMAGE
            ]
    return _verdict(faults, "every file declares its features")


CHECKS: tuple[Callable[[Contents], Verdict], ...] = (
    images_present, images_decode, pairs_differ, answers_among_choices, choices_distinct, no_leaks, counts_agree,
    splits_apart, ids_unique, nothing_private, images_viewable,
)  # fmt: skip


def run(folder: Path) -> list[Check]:
    """Every check on a release folder."""
    try:
        contents = read(folder)
    except pa.ArrowException as error:
        return [Check("readable", False, f"a data file cannot be read: {error}")]
    return [Check(check.__name__, *_asked(check, contents)) for check in CHECKS]


def _asked(check: Callable[[Contents], Verdict], contents: Contents) -> Verdict:
    """A check's verdict; a file that is not Parquet any more, or lacks a column, is a failure and no crash."""
    try:
        return check(contents)
    except (pa.ArrowException, KeyError) as error:
        return False, f"the data cannot be read: {error}"


def require(folder: Path) -> list[Check]:
    """Every check; ReleaseError with the explanations when one fails."""
    done = run(folder)
    failed = [check for check in done if not check.passed]
    if failed:
        said = "\n".join(f"  {check.name}: {check.explanation}" for check in failed)
        raise ReleaseError(f"The release fails {len(failed)} of {len(done)} checks and was not written:\n{said}")
    return done
