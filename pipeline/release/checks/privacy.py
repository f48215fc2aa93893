"""The check that nothing private is published: no path, address or key, only neutral names."""

import re
from collections.abc import Iterator

from ..contents import Contents
from .result import Result, result

_NEUTRAL = re.compile(r"(annotator|scripted)-\d+")
#: A machine's path (two folders or deeper, no web address), a Windows path, a file URL, an e-mail
#: address.
_PRIVATE = re.compile(
    r"(?<![\w.:/-])/(?:[\w.@+-]+/)+[\w.@+-]+"
    r"|\b[A-Za-z]:\\[\w.-]+"
    r"|\bfile://\S+"
    r"|\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b"
)
#: Keys in their makers' formats (OpenAI and Anthropic, Hugging Face, GitHub, Amazon, Google,
#: Slack), and private keys.
_SECRET = re.compile(
    r"\b(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|xox[abpr]-[\w-]{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def nothing_private(contents: Contents) -> Result:
    """No text has a machine's path, an e-mail address or a secret, and annotators are neutral."""
    names = [row["annotator"] for row in contents.rows("annotations", images=False)]
    names += contents.manifest["recipe"]["annotate"]["annotators"]
    faults = [
        f"annotations name {name!r}"
        for name in dict.fromkeys(names)
        if not _NEUTRAL.fullmatch(name)
    ]
    for path in sorted(contents.folder.iterdir()):
        if path.is_file():
            faults += _text_faults(path.name, path.read_text(encoding="utf-8"))
    for config in contents.files:
        for row in contents.rows(config, images=False):
            where = f"{config} {row.get('id') or row['image_id']}"
            for name, value in row.items():
                for text in _texts(value):
                    # A model's answer may have paths and addresses (made up), but no secret.
                    faults += _text_faults(where, text, from_model=name == "text")
    return result(faults, "no path, address, secret or name of a person")


def _text_faults(where: str, text: str, *, from_model: bool = False) -> Iterator[str]:
    if match := _SECRET.search(text):
        yield f"{where} contains what looks like a secret ({match.group()[:4]}...)"
    elif not from_model and (match := _PRIVATE.search(text)):
        yield f"{where} contains {match.group()!r}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (inner for inner in value if isinstance(inner, str))
