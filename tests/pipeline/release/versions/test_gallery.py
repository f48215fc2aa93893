"""The page on what changed: types with images, effects before and after, and nothing in it is
markup but its own.
"""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from spuriforge.pipeline.release import diff
from spuriforge.pipeline.release.versions import gallery

from .written import anchor, candidate, pair, picture, release, shown


class Page(HTMLParser):
    """A page's elements, its images, and its text."""

    def __init__(self, html: str) -> None:
        """Reads the page."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps an element and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Keeps text in one line."""
        self.text += " " + " ".join(data.split())

    @property
    def images(self) -> list[str]:
        """The sources of all images."""
        return [value or "" for name, value in self.attributes if name == "src"]


def page(old: Path, new: Path) -> Page:
    """The page on the difference of two releases."""
    return Page(gallery.render(old, new, diff(old, new)))


def test_types_that_came_went_and_changed_are_shown_with_images(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t"), anchor("u", cue="bell")])
    gone = candidate("u-candidate", "u", "annotate", "judged not spurious")
    moved = anchor("t", effect=0.5)
    new = release(tmp_path / "2.0.0", [moved, anchor("v", cue="duck")], candidates=[gone])
    shown_page = page(old, new)
    assert (
        len(shown_page.images) == 3 + 2 * 2 * 2
    )  # the anchors, and both arms of both pairs of what came and went
    assert all(uri.startswith("data:image/webp;base64,") for uri in shown_page.images)
    for text in (
        "Added: 1 type",
        "Removed: 1 type",
        "Changed: 1 type",
        "duck",
        "stopped at annotate: judged not spur",
    ):
        assert text in shown_page.text
    assert "+0.80 → +0.50" in shown_page.text
    assert "+0.80 [+0.60, +0.90] on 2 pairs" in shown_page.text


def test_a_redrawn_pair_is_shown_before_and_after(tmp_path: Path) -> None:
    row = anchor("t")
    other = anchor("t", **shown("image", picture("another anchor")))
    redrawn = pair(other, 1, **shown("image_with", picture("another pair")))
    old = release(tmp_path / "1.0.0", [row])
    shown_page = page(old, release(tmp_path / "2.0.0", [other], pairs=[pair(other, 0), redrawn]))
    assert (
        len(set(shown_page.images)) == 2 + 3
    )  # both anchors; of the pair two images with the cue, one without
    assert "pairs before" in shown_page.text
    assert "pairs after" in shown_page.text


def test_how_many_are_shown_is_bounded_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "TYPES", 1)
    monkeypatch.setattr(gallery, "PAIRS", 1)
    old = release(tmp_path / "1.0.0", [anchor("t")])
    shown_page = page(old, release(tmp_path / "1.1.0", [anchor(key) for key in "tuvw"]))
    assert len(shown_page.images) == 3
    assert "added, 1 of 2" in shown_page.text
    assert "And 2 types more, without images." in shown_page.text


def test_an_image_that_does_not_decode_is_said_to(tmp_path: Path) -> None:
    broken = anchor("u", **shown("image", b"no image"))
    shown_page = page(
        release(tmp_path / "1.0.0", [anchor("t")]),
        release(tmp_path / "1.1.0", [anchor("t"), broken]),
    )
    assert "does not decode" in shown_page.text
    assert len(shown_page.images) == 4


def test_a_large_image_is_made_small() -> None:
    import base64
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", (600, 300)).save(stream, format="JPEG")
    payload = base64.b64decode(gallery.thumbnail(stream.getvalue()).partition(",")[2])
    with Image.open(io.BytesIO(payload)) as opened:
        assert opened.size == (gallery.SIZE, gallery.SIZE // 2)


def test_hostile_texts_are_shown_as_texts(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}</style></svg>'
    texts = {
        "cue": evil,
        "cue_linked": evil,
        "question": evil,
        "answer": evil,
        "choices": [evil, "b", "c"],
    }
    old = release(
        tmp_path / "1.0.0",
        [anchor("t", **texts), anchor("u", **texts), anchor(f"w{evil[:3]}", **texts)],
    )
    gone = candidate("u-candidate", "u", evil, evil)
    new = release(
        tmp_path / "2.0.0",
        [anchor("t", **texts, effect=0.1), anchor("v", **texts), anchor("x", **texts)],
        candidates=[gone],
        manifest={"name": evil},
    )
    shown_page = page(old, new)
    assert not {"script", "iframe", "object", "link"} & set(shown_page.tags)
    assert shown_page.tags.count("style") == 1
    assert not [name for name, _ in shown_page.attributes if name.startswith("on")]
    assert all(uri.startswith("data:image/webp;base64,") for uri in shown_page.images)
    assert [
        value
        for name, value in shown_page.attributes
        if name == "href" and not str(value).startswith("#")
    ] == []
    assert evil in shown_page.text
    assert "49" not in shown_page.text


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t")])
    target = gallery.write(old, old, tmp_path / "deep" / "page.html")
    assert "The two releases are the same." in target.read_text()
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]
