"""The texts of a release, made from its own figures and never by hand: card, changelog, citation, licence.

    texts(manifest, Figures.of(workspace, settled, manifest))["README.md"]

Words from outside are made harmless in Markdown; the YAML's values are JSON.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2

from ..records import Candidate, GateResult, Judgment
from ..workspace import Workspace
from .publication import Outcome

#: The Hub's names for who judged.
_CREATORS = {(True, True): ["machine-generated"], (True, False): ["machine-generated", "expert-generated"]}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LICENSES = {
    "cc-by-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
    "cc0-1.0": ("Creative Commons Zero 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "apache-2.0": ("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers that the card tells."""

    rows: tuple[dict[str, Any], ...]
    pairs: int
    pairs_per_type: int
    placebos: int
    routes: tuple[str, ...]
    candidates: int
    judgments: int
    annotators: int
    any_scripted: bool
    all_scripted: bool
    gate_seen: int
    gate_kept: int
    benchmark: str

    @property
    def types(self) -> int:
        """How many types are published."""
        return len(self.rows)

    @property
    def effect(self) -> float:
        """The mean published effect over types."""
        return fmean(row["effect"] for row in self.rows)

    @property
    def accuracy_with(self) -> float:
        """The mean accuracy with the cue over types."""
        return fmean(row["accuracy_with"] for row in self.rows)

    @property
    def accuracy_without(self) -> float:
        """The mean accuracy without the cue over types."""
        return fmean(row["accuracy_without"] for row in self.rows)

    @classmethod
    def of(cls, workspace: Workspace, settled: Sequence[Outcome], manifest: Mapping[str, Any]) -> "Figures":
        """Counts what the workspace and the published types hold."""
        published = [one for one in settled if one.published]
        pairs = [checked.pair for one in published for checked in one.pairs]
        judged = workspace.read(Judgment, ["annotator", "scripted"]).to_pylist()
        kept = workspace.read(GateResult, ["kept"]).column("kept").to_pylist()
        scripted = [row["scripted"] for row in judged]
        return cls(
            rows=tuple(_row(one) for one in published),
            pairs=len(pairs),
            pairs_per_type=manifest["recipe"]["publish"]["pairs_per_type"],
            placebos=sum(pair.image_placebo is not None for pair in pairs),
            routes=tuple(sorted({pair.route for pair in pairs})),
            candidates=len(workspace.keys(Candidate)),
            judgments=len(judged),
            annotators=len({row["annotator"] for row in judged}),
            any_scripted=any(scripted),
            all_scripted=bool(scripted) and all(scripted),
            gate_seen=len(kept),
            gate_kept=sum(kept),
            benchmark=", ".join(one.get("name") or one["kind"] for one in manifest["recipe"]["benchmarks"]),
        )


def _row(one: Outcome) -> dict[str, Any]:
    """A published type as a line of the card's table."""
    _, tested, proof = one.proof
    return {
        "cue": one.cue, "question": one.type.question, "answer": one.type.choices[one.type.answer],
        "cue_linked": one.type.linked, "accuracy_with": proof.accuracy_with,
        "accuracy_without": proof.accuracy_without, "effect": proof.effect,
        "effect_low": proof.low, "effect_high": proof.high, "q": tested.q,
        "models": proof.models,
    }  # fmt: skip


def cell(text: object) -> str:
    """Text made harmless inside a Markdown table: no markup, no line break, no column mark."""
    flat = " ".join(str(text).split())
    for mark in "\\`*_[]|":
        flat = flat.replace(mark, f"\\{mark}")
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %"


def points(value: float) -> str:
    """A difference of shares as a signed number of two decimals."""
    return f"{value:+.2f}"


def texts(manifest: Mapping[str, Any], figures: Figures) -> dict[str, str]:
    """README.md, CITATION.cff and LICENSE by name; without a version in the manifest, without one in the texts."""
    return {
        "README.md": _front_matter(manifest, figures) + _render(manifest, figures),
        "CITATION.cff": _citation(manifest, figures),
        "LICENSE": _license(manifest["license"]),
    }


@lru_cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    environment.filters |= {"cell": cell, "share": share, "points": points}
    return environment


def _render(manifest: Mapping[str, Any], figures: Figures) -> str:
    return _environment().get_template("card.md.jinja").render(m=manifest, f=figures)


def _front_matter(manifest: Mapping[str, Any], figures: Figures) -> str:
    """The card's YAML; every value is JSON, which YAML contains."""
    size = next((name for limit, name in _SIZES if figures.pairs < limit), "n>1M")
    configs = [
        {"config_name": config, **({"default": True} if config == "pairs" else {}),
         "data_files": [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in splits]}
        for config, splits in manifest["rows"].items()
    ]  # fmt: skip
    fields: dict[str, object] = {
        "pretty_name": manifest["name"],
        "license": manifest["license"],
        "task_categories": ["visual-question-answering", "image-text-to-text"],
        "annotations_creators": _CREATORS.get((figures.any_scripted, figures.all_scripted), ["expert-generated"]),
        "language": ["en"],
        "source_datasets": ["original"],
        "size_categories": [size],
        "tags": ["spurious-correlation", "counterfactual", "synthetic", "spuriforge"],
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    lines += ["configs:", *(f"- {json.dumps(config)}" for config in configs)]
    return "\n".join(["---", *lines, "---", "", ""])


def _citation(manifest: Mapping[str, Any], figures: Figures) -> str:
    """CITATION.cff, its values JSON too."""
    title = f"{manifest['name']}: {figures.types} shortcuts of vision-language models with counterfactual image pairs"
    fields = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "message": "If you use this data set, please cite it by its version.",
        "title": title,
        "authors": [{"name": "The annotators and maintainers of this release"}],
        **({"version": manifest["version"]} if manifest["version"] else {}),
        "license": manifest["license"].upper(),
    }
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())


def _license(name: str) -> str:
    """What may be done with the release, and where the full text is."""
    title, address = _LICENSES.get(name, (name, f"https://spdx.org/licenses/{name}"))
    return f"SPDX-License-Identifier: {name.upper()}\n\nThis data set is licensed under {title}.\n{address}\n"


def changelog(version: str, sentences: Iterable[str], before: str) -> str:
    """The changelog with a new section on top of what it said before."""
    head = "# Changelog\n"
    lines = [f"- {one[0].upper()}{one[1:]}." for one in sentences] or ["- The first release."]
    earlier = before.removeprefix(head)
    return f"{head}\n## {version}\n" + "\n".join(lines) + "\n" + earlier
