"""What the templates of exported tasks need: the release, the prompt and the answer parser.

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
    """A release as an exported task refers to it."""

    name: str
    version: str
    #: A folder of this machine without a revision, or OWNER/NAME on the Hub with the version's tag.
    path: str
    revision: str | None
    split: Split
    #: The configs (anchors, pairs, controls) that have questions in the split.
    configs: tuple[str, ...]

    @classmethod
    def of(
        cls, release: OpenRelease, questions: Sequence[Question], split: Split, hub: str | None
    ) -> "TaskSource":
        """Returns the source of an opened release; ValueError for a malformed name or version."""
        if hub is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+", hub):
            raise ValueError(f"{hub!r} is no data set of the Hub: write OWNER/NAME.")
        name, version = str(release.manifest["name"]), str(release.manifest["version"])
        # Both become part of the code, and the release may come from an untrusted place.
        if not (
            re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) and re.fullmatch(r"\d+\.\d+\.\d+", version)
        ):
            raise ValueError(
                f"{release.folder} has no valid name and version: {name!r}, {version!r}."
            )
        path, revision = (hub, version) if hub else (str(release.folder.resolve()), None)
        return cls(
            name,
            version,
            path,
            revision,
            split,
            tuple(dict.fromkeys(question.config for question in questions)),
        )

    def render(self, template: str, **values: Any) -> str:  # noqa: ANN401
        """Renders a template with this source, the direct prompt and the answer parser."""
        loader = jinja2.FileSystemLoader(Path(__file__).parent)
        environment = jinja2.Environment(
            loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
        )
        # A JSON string is also a valid string in Python and YAML.
        environment.filters["text"] = lambda value: json.dumps(value, ensure_ascii=False)
        before, after = prompts.DIRECT.split("{question}\n{options}")
        return environment.get_template(template).render(
            source=self,
            before=before,
            after=after,
            max_tokens=prompts.MAX_TOKENS["direct"],
            letters=prompts.LETTERS,
            parse=parser_source(),
            **values,
        )


def parser_source() -> str:
    """Returns the code of `pipeline.lvlm.parse` after its imports, for a task to parse answers."""
    parts = Path(parse.__file__).read_text(encoding="utf-8").split(_OWN_IMPORT)
    assert len(parts) == 2, "parse.py must import the letters in one line, and else needs only re"
    return parts[1].strip()
