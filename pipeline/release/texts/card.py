"""Card, data sheet, citation and licence of a release, made from its figures and never by hand.

    texts(manifest, Figures.of(workspace, draft, manifest))["README.md"]

Texts from benchmarks, models and people are escaped for Markdown; the YAML's values are JSON.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from . import limits
from .figures import FUNNEL_STAGES, Figures
from .markdown import cell, flat, points, share

__all__ = ["Figures", "cell", "points", "share", "texts"]

#: (some scripted, all scripted) -> the Hub's names for who judged.
_CREATORS = {
    (True, True): ["machine-generated"],
    (True, False): ["machine-generated", "expert-generated"],
}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
#: A licence as the Hub spells it -> its SPDX identifier, title and address.
LICENSES = {
    "cc-by-4.0": (
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "cc-by-sa-4.0": (
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "cc-by-nc-4.0": (
        "CC-BY-NC-4.0",
        "Creative Commons Attribution-NonCommercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
    "cc0-1.0": (
        "CC0-1.0",
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    "apache-2.0": (
        "Apache-2.0",
        "Apache License 2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
    ),
    "mit": ("MIT", "MIT License", "https://opensource.org/license/mit"),
}
#: Types in the card's table at most; the data files have all.
TABLE_ROWS = 200


def texts(manifest: Mapping[str, Any], figures: Figures) -> dict[str, str]:
    """Returns file name -> text; a manifest without a version yields texts without a version."""
    return {
        "README.md": _front_matter(manifest, figures) + _render("card.md.jinja", manifest, figures),
        "DATASHEET.md": _render("datasheet.md.jinja", manifest, figures),
        "CITATION.cff": _citation(manifest, figures),
        "LICENSE": _license(manifest, figures),
    }


def title(manifest: Mapping[str, Any], figures: Figures) -> str:
    """Returns the title under which the data set is cited."""
    shortcuts = limits.count(figures.types, "shortcut")
    return (
        f"{manifest['name']}: {shortcuts} of vision-language models with counterfactual image pairs"
    )


def authors(manifest: Mapping[str, Any]) -> list[str]:
    """Returns the names to cite."""
    return manifest["recipe"]["publish"]["authors"] or [
        "The annotators and maintainers of this release"
    ]


@lru_cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cell": cell,
        "share": share,
        "points": points,
        "count": limits.count,
        "names": limits.listed,
    }
    return environment


def _render(template: str, manifest: Mapping[str, Any], figures: Figures) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            m=manifest,
            f=figures,
            r=manifest["recipe"],
            limits=limits.limits(manifest, figures),
            authors=authors(manifest),
            stages=FUNNEL_STAGES,
            table_rows=TABLE_ROWS,
            withheld=None if manifest["private"] is True else manifest["private"],
        )
    )


def _front_matter(manifest: Mapping[str, Any], figures: Figures) -> str:
    """Returns the card's YAML; every value is JSON, which is valid YAML."""
    rows = sum(number for splits in manifest["rows"].values() for number in splits.values())
    configs = [
        {
            "config_name": config,
            **({"default": True} if config == "pairs" else {}),
            "data_files": [
                {"split": split, "path": f"{config}/{split}-*.parquet"} for split in splits
            ],
        }
        for config, splits in manifest["rows"].items()
    ]
    fields: dict[str, object] = {
        "pretty_name": manifest["name"],
        "license": sorted({manifest["license"], *(part.license for part in figures.owned)}),
        "task_categories": ["visual-question-answering", "image-text-to-text"],
        "annotations_creators": _CREATORS.get(
            (figures.scripted > 0, figures.all_scripted), ["expert-generated"]
        ),
        "language": ["en"],
        "source_datasets": ["original", *_extended(manifest)],
        "size_categories": [next((name for limit, name in _SIZES if rows < limit), "n>10M")],
        "tags": ["spurious-correlation", "counterfactual", "synthetic", "spuriforge"],
    }
    lines = [f"{name}: {_json(value)}" for name, value in fields.items()]
    lines += ["configs:", *(f"- {_json(config)}" for config in configs)]
    return "\n".join(["---", *lines, "---", "", ""])


def _extended(manifest: Mapping[str, Any]) -> list[str]:
    """Returns the benchmarks that the release extends, in the Hub's notation."""
    kinds = {benchmark["kind"] for benchmark in manifest["recipe"]["benchmarks"]} - {
        "proving-ground"
    }
    return sorted(f"extended|other-{kind}" for kind in kinds)


def _json(value: object) -> str:
    """Returns JSON that is valid YAML, without invisible characters."""

    def visible(part: object) -> object:
        if isinstance(part, dict):
            return {key: visible(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [visible(inner) for inner in part]
        return flat(part) if isinstance(part, str) else part

    return json.dumps(visible(value), ensure_ascii=False)


def _citation(manifest: Mapping[str, Any], figures: Figures) -> str:
    """Returns CITATION.cff, values as JSON; it allows only licences with an SPDX identifier."""
    url, license = manifest["recipe"]["publish"]["url"], manifest["license"]
    fields = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "message": "If you use this data set, please cite it by its version.",
        "title": title(manifest, figures),
        "authors": [{"name": name} for name in authors(manifest)],
        **({"version": manifest["version"]} if manifest["version"] else {}),
        **({"license": LICENSES[license][0]} if license in LICENSES else {}),
        **({"url": url} if url else {}),
    }
    return "".join(f"{name}: {_json(value)}\n" for name, value in fields.items())


def _license(manifest: Mapping[str, Any], figures: Figures) -> str:
    """Returns LICENSE: the licence, where its full text is, and the owners of source images."""
    name = manifest["license"]
    spdx, named, address = LICENSES.get(name, (name, f"the licence {name}", None))
    owned = [
        f"- {part.config}, {limits.count(part.rows, 'row')}: {flat(part.license)}; "
        f"{flat(part.attribution)}"
        for part in figures.owned
    ]
    return "\n".join(
        [
            f"SPDX-License-Identifier: {flat(spdx)}",
            "",
            f"This data set is licensed under {flat(named)}.",
            *([address] if address else []),
            "",
            "Each row names the owner of its images and question, in the columns license and "
            "attribution:",
            "",
            *owned,
            "",
        ]
    )
