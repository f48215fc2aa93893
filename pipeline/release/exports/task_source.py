"""Where an exported task finds its release, what it asks, and how it reads an answer: said in the
templates' terms.

source = TaskSource.of(opened, questions, "test", hub=None)
text = source.render("lmms_eval.py.jinja")
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from ...lvlm import parse, prompts
from ..questions import OpenRelease, Question, Split

_OWN_IMPORT = "from .prompts import LETTERS\n"


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A release as an exported task names it."""

    name: str
    version: str
    #: A folder of this machine, or OWNER/NAME on the Hub, and there the tag that is the version.
    path: str
    revision: str | None
    split: Split
    #: Those of anchors, pairs and controls that have questions in the split.
    configs: tuple[str, ...]

    @classmethod
    def of(
        cls, release: OpenRelease, questions: Sequence[Question], split: Split, hub: str | None
    ) -> "TaskSource":
        """The source of an opened release; on the Hub where that is wanted."""
        if hub is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", hub):
            raise ValueError(f"{hub!r} is no place on the Hub: write OWNER/NAME.")
        name, version = str(release.manifest["name"]), str(release.manifest["version"])
        # They go into code, and a release may come from anywhere.
        if not (
            re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) and re.fullmatch(r"\d+\.\d+\.\d+", version)
        ):
            raise ValueError(
                f"{name!r}, {version!r} in {release.folder} are no release's name and version."
            )
        path, revision = (hub, version) if hub else (str(release.folder.resolve()), None)
        return cls(
            name,
            version,
            path,
            revision,
            split,
            tuple(dict.fromkeys(one.config for one in questions)),
        )

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401 - whatever a template wants
        """A template's text with this source, the direct prompt and the reader of answers in it."""
        loader = jinja2.FileSystemLoader(Path(__file__).parent)
        environment = jinja2.Environment(
            loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
        )
        # JSON's texts are Python's and YAML's too, whatever stands in them.
        environment.filters["text"] = lambda value: json.dumps(value, ensure_ascii=False)
        before, after = prompts.DIRECT.split("{question}\n{options}")
        return environment.get_template(template).render(
            source=self,
            before=before,
            after=after,
            max_tokens=prompts.MAX_TOKENS["direct"],
            letters=prompts.LETTERS,
            parse=reader(),
            **values,
        )


def reader() -> str:
    """The source of `pipeline.lvlm.parse` from its first pattern on: a task reads answers by the
    very same code.
    """
    found = Path(parse.__file__).read_text(encoding="utf-8").split(_OWN_IMPORT)
    assert len(found) == 2, (
        "parse.py imports the letters in one line, and after that needs nothing but re"
    )
    return found[1].strip()


def put(out: Path, name: str, text: str) -> Path:
    """Writes a text file whole or not at all."""
    path, draft = out / name, out / f".{name}.tmp"
    draft.write_text(text, encoding="utf-8")
    return draft.replace(path)
