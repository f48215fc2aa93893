"""Nothing of a machine or a person: no path, no address, no key, annotators only under neutral
names.
"""

import re
from collections.abc import Iterator

from ..contents import Contents
from .result import Result, result

_NEUTRAL = re.compile(r"(annotator|scripted)-\d+")
#: A path of some machine (two folders deep or more, no web address), a Windows path, an e-mail
#: address.
_PRIVATE = re.compile(
    r"(?<![\w.:/-])/(?:[\w.@+-]+/)+[\w.@+-]+|\b[A-Za-z]:\\[\w.-]+|\bfile://\S+|\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b"
)
#: Keys as their makers write them: OpenAI and Anthropic, Hugging Face, GitHub, Amazon, Google,
#: Slack; and private keys.
_SECRET = re.compile(
    r"\b(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|xox[abpr]-[\w-]{10,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def nothing_private(contents: Contents) -> Result:
    """No path of a machine, no e-mail address, no secret, and annotators only under neutral names."""
    names = [row["annotator"] for row in contents.rows("annotations", images=False)]
    names += contents.manifest["recipe"]["annotate"]["annotators"]
    faults = [
        f"annotations name {name!r}"
        for name in dict.fromkeys(names)
        if not _NEUTRAL.fullmatch(name)
    ]
    for path in sorted(contents.folder.iterdir()):
        if path.is_file():
            faults += _said(path.name, path.read_text(encoding="utf-8"))
    for config in contents.files:
        for row in contents.rows(config, images=False):
            where = f"{config} {row.get('id') or row['image_id']}"
            for name, value in row.items():
                for text in _texts(value):
                    # What a model answered is its own, but for secrets; all else in a release is
                    # ours to vouch for.
                    faults += _said(where, text, of_a_model=name == "text")
    return result(faults, "no path, address, secret or name of a person")


def _said(where: str, text: str, *, of_a_model: bool = False) -> Iterator[str]:
    if found := _SECRET.search(text):
        yield f"{where} contains what looks like a secret ({found.group()[:4]}...)"
    elif not of_a_model and (found := _PRIVATE.search(text)):
        yield f"{where} contains {found.group()!r}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (inner for inner in value if isinstance(inner, str))
