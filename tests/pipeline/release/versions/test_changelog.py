"""CHANGELOG.md: newest first, with counts and reasons, and harmless whatever a benchmark says."""

from pathlib import Path

import pytest

from spuriforge.pipeline.release import diff
from spuriforge.pipeline.release.versions import changelog

from .written import anchor, candidate, release


def test_sections_come_newest_first_with_counts_and_reasons(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t"), anchor("u", cue="bell")])
    gone = candidate("u-candidate", "u", "verify", "not significant: q = 0.2")
    new = release(tmp_path / "2.0.0", [anchor("t"), anchor("v", cue="duck")], candidates=[gone])
    first = changelog.entry("1.0.0", None, "")
    assert first == "# Changelog\n\n## 1.0.0\n- The first release.\n"
    log = changelog.entry("2.0.0", diff(old, new), first)
    assert log.startswith(
        "# Changelog\n\n## 2.0.0\n\nA major change since 1.0.0.\n\n- 1 type added.\n- 1 type "
        "removed"
    )
    assert log.endswith("\n\n## 1.0.0\n- The first release.\n")
    assert (
        "“bell” → “boat” instead of “car”, What is it? Stopped at verify: not significant: q = "
        "0.2\n" in log
    )
    assert (
        "“duck” → “boat” instead of “car”, What is it? Effect +0.80 \\[+0.60, +0.90\\] on 2 pairs\n"
        in log
    )


def test_a_long_list_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changelog, "NAMED", 2)
    old = release(tmp_path / "1.0.0", [anchor("t")])
    new = release(tmp_path / "1.1.0", [anchor(key) for key in "tuvwx"])
    log = changelog.entry("1.1.0", diff(old, new), "")
    assert log.count("What is it?") == 2
    assert log.endswith("- and 2 more\n")


def test_a_hostile_text_stays_text(tmp_path: Path) -> None:
    old = release(tmp_path / "1.0.0", [anchor("t")])
    evil = anchor(
        "u",
        cue="<script>alert(1)</script>\n## 9.9.9\n",
        question="[x](javascript:y) `a` | <img src=x>",
    )
    log = changelog.entry("1.1.0", diff(old, release(tmp_path / "1.1.0", [anchor("t"), evil])), "")
    assert "<script" not in log
    assert "<img" not in log
    assert "\n## 9.9.9" not in log
    assert "[x](" not in log.replace("\\[", "").replace("\\]", "")
