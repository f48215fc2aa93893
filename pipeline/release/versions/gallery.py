"""A page on the difference of two releases: types with their images, effects and counts.

    write(Path("releases/demo/1.0.0"), Path("releases/demo/1.1.0"), Path("changes.html"))

The page is one HTML file that fetches nothing. It shows small images of a limited number of types
and pairs; the release has all images in full size.
"""

import base64
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import jinja2
import pyarrow.parquet as pq
from markupsafe import Markup
from PIL import Image

from ...atomic import write_text
from ...pages.plots import Scale, element
from ...pages.templates import environment
from ..contents import Contents, read
from . import wording
from .changes import Diff, TypeChange, TypeState
from .diff import diff
from .row_changes import select

#: Types of each kind of change that are shown with images, and pairs of each type, at most.
TYPES, PAIRS = 60, 4
#: The longer side of a thumbnail in pixels, and rows with images in memory at once.
SIZE, ROWS = 128, 16
_ARMS = ("image_with", "image_without")

Images = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Strip:
    """Pairs of a type from one release, as data URIs (with the cue, without it)."""

    label: str
    pairs: list[tuple[str, str]]


@dataclass(slots=True)
class TypeCard:
    """A type with images: its anchors as (label, data URI), and strips of its pairs."""

    change: TypeChange
    anchors: list[tuple[str, str]] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)


def write(old: Path, new: Path, target: Path, change: Diff | None = None) -> Path:
    """Writes the page and returns its path; `change` saves comparing the releases again."""
    page = render(old, new, change or diff(old, new))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, page)
    return target


def render(old: Path, new: Path, change: Diff) -> str:
    """Returns the page's HTML."""
    before, after = read(old), read(new)
    kinds = (
        ("Added", change.types_added),
        ("Removed", change.types_removed),
        ("Changed", change.types_changed),
    )
    moved = [changed for changed in change.types_changed if changed.moved]
    return (
        _environment()
        .get_template("gallery.html.jinja")
        .render(
            name=after.manifest["name"],
            change=change,
            sentences=wording.sentences(change),
            sections=[
                (kind, _cards(types[:TYPES], before, after, change), types[TYPES:])
                for kind, types in kinds
            ],
            effects=effects(moved[:TYPES]) if moved else None,
            effects_left_out=max(0, len(moved) - TYPES),
            effect=wording.effect,
            counted=wording.counted,
        )
    )


@lru_cache
def _environment() -> jinja2.Environment:
    return environment(Path(__file__).parent)


def _cards(
    types: Sequence[TypeChange], before: Contents, after: Contents, change: Diff
) -> list[TypeCard]:
    """Returns the types with their images, in their order; an unchanged anchor appears once."""
    cards = {change.type: TypeCard(change) for change in types}
    pairs, changed = change.of("pairs"), change.of("anchors").changed
    replaced = {key for key, columns in changed.items() if "image_sha256" in columns}
    old_anchors = [t.type for t in types if t.after is None or t.type in replaced]
    for contents, keys, label in (
        (before, old_anchors, "before"),
        (after, [t.type for t in types if t.after], "after"),
    ):
        images = _thumbnails(contents, "anchors", ("image",), keys)
        for key in keys:
            cards[key].anchors.append((label, images.get((key, "image"), "")))
    redrawn = _redrawn(pairs.changed)
    for contents, ids, label in (
        (before, pairs.removed, "removed"),
        (after, pairs.added, "added"),
        (before, redrawn, "before"),
        (after, redrawn, "after"),
    ):
        _add_strips(cards, contents, ids, label)
    return list(cards.values())


def _redrawn(changed: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns the ids of pairs with a changed image."""
    return [
        key for key, columns in changed.items() if any(f"{arm}_sha256" in columns for arm in _ARMS)
    ]


def _add_strips(
    cards: Mapping[str, TypeCard], contents: Contents, ids: Collection[str], label: str
) -> None:
    """Adds a strip to each type: its first pairs among those with these ids."""
    of_type: dict[str, list[tuple[int, str]]] = {}
    for row in select(contents, "pairs", ["type", "index"], set(ids)):
        if row["type"] in cards:
            of_type.setdefault(row["type"], []).append((row["index"], row["id"]))
    first = {key: sorted(pairs)[:PAIRS] for key, pairs in of_type.items()}
    images = _thumbnails(
        contents, "pairs", _ARMS, [key for pairs in first.values() for _, key in pairs]
    )
    for kind, pairs in first.items():
        text = (
            f"{label}, {len(pairs)} of {len(of_type[kind])}"
            if len(of_type[kind]) > len(pairs)
            else label
        )
        shots = [
            (images.get((key, _ARMS[0]), ""), images.get((key, _ARMS[1]), "")) for _, key in pairs
        ]
        cards[kind].strips.append(Strip(text, shots))


def _thumbnails(
    contents: Contents, config: str, columns: Sequence[str], ids: Collection[str]
) -> Images:
    """Returns (id, column) -> thumbnail as a data URI; reads only row groups with these ids."""
    wanted, images = set(ids), Images()
    for path in contents.files.get(config, ()) if wanted else ():
        file = pq.ParquetFile(path)
        groups = [
            group
            for group in range(file.num_row_groups)
            if wanted.intersection(
                file.read_row_group(group, columns=["id"]).column("id").to_pylist()
            )
        ]
        for batch in file.iter_batches(
            batch_size=ROWS, row_groups=groups, columns=["id", *columns]
        ):
            for row in batch.to_pylist():
                if row["id"] in wanted:
                    images |= {
                        (row["id"], name): thumbnail(row[name]["bytes"])
                        for name in columns
                        if row[name]
                    }
    return images


def thumbnail(payload: bytes) -> str:
    """Returns an image as a small WebP data URI, or "" if it does not decode."""
    try:
        with Image.open(io.BytesIO(payload)) as opened:
            small = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return ""
    small.thumbnail((SIZE, SIZE))
    stream = io.BytesIO()
    small.save(stream, format="WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"


def effects(
    types: Sequence[TypeChange], *, width: int = 1080, label_width: int = 330, step: int = 34
) -> Markup:
    """Returns an SVG plot of effects before (hollow) and after (filled), with 95 % intervals."""
    states = [state for change in types for state in change.both]
    low = min(0.0, *(state.effect_low for state in states))
    top, height = 26, 26 + step * len(types) + 6
    x = Scale(low - 0.02, 1.0, label_width, width - 190)
    parts = [element("text", "effect", x=0, y=top - 12, class_="tick")]
    for tick in (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0):
        if tick >= low - 0.02:
            parts.append(
                element("line", x1=x(tick), x2=x(tick), y1=top - 6, y2=height - 6, class_="grid")
            )
            parts.append(
                element(
                    "text",
                    f"{tick:.2f}",
                    x=x(tick),
                    y=top - 12,
                    class_="tick",
                    text_anchor="middle",
                )
            )
    for number, change in enumerate(types):
        parts += _line(change, top + step * (number + 0.5), x, width)
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label="Effects before and after, with 95 % intervals",
    )


def _line(change: TypeChange, y: float, x: Scale, width: int) -> Iterator[Markup]:
    """Yields one type's line: label, both dots with their whiskers, and the figures."""
    before, after = change.both
    name = element("text", f"{after.cue} → {after.cue_linked}", x=0, y=y - 2.0, class_="label")
    yield element("a", name, href=f"#type-{change.type}")
    yield element("text", after.question[:60], x=0, y=y + 11.0, class_="tick")
    yield _whisker("was", before, y - 5.0, x)
    yield _whisker("is", after, y + 5.0, x)
    figures = f"{before.effect:+.2f} → {after.effect:+.2f}"
    yield element("text", figures, x=width, y=y + 4.5, class_="figure", text_anchor="end")


def _whisker(which: str, state: TypeState, y: float, x: Scale) -> Markup:
    line = element(
        "line", x1=x(state.effect_low), x2=x(state.effect_high), y1=y, y2=y, class_=f"ci {which}"
    )
    title = element("title", f"{'before' if which == 'was' else 'after'}: {wording.effect(state)}")
    return line + element("circle", title, cx=x(state.effect), cy=y, r=5.0, class_=f"dot {which}")
