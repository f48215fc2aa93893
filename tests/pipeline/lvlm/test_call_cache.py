"""The cache of successful calls: small files, and a damaged file is never an answer."""

from pathlib import Path

import pytest

from spuriforge.pipeline.lvlm.call_cache import CallCache
from spuriforge.pipeline.lvlm.completion import Completion
from spuriforge.pipeline.workspace import Workspace


def test_what_succeeded_is_kept_in_one_small_file(tmp_path: Path) -> None:
    kept = CallCache(Workspace(tmp_path))
    said = Completion(text="Answer: B", finish="stop", tokens_in=100, tokens_out=5)
    assert kept.get("abcdef") is None
    kept.put("abcdef", said)
    assert kept.get("abcdef") == said
    assert [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")] == [
        "calls/ab/abcdef.json"
    ]


def test_a_damaged_file_is_named_and_never_read_as_an_answer(tmp_path: Path) -> None:
    kept = CallCache(Workspace(tmp_path))
    kept.put("abcdef", Completion(text="Answer: B"))
    (tmp_path / "calls" / "ab" / "abcdef.json").write_text('{"text": "Ans')
    with pytest.raises(ValueError, match=r"calls/ab/abcdef\.json is damaged: delete it"):
        kept.get("abcdef")
