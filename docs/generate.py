"""Adds to the site what the code and the files at the top say: the reference and the project pages.

MkDocs calls `on_files` before it builds (`hooks` in mkdocs.yml). Nothing is written to docs/, so no
page can lag behind the code:

    print(commands_page())
"""

import re
import tomllib
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from commands_page import commands_page
from recipe_page import recipe_page
from tables import table

ROOT = Path(__file__).parents[1]

#: Pages of the site that are files at the top of the repository.
PROJECT = {
    "architecture": "ARCHITECTURE.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages; called by MkDocs."""
    pages = {
        "reference/commands.md": commands_page(),
        "reference/recipe.md": recipe_page(),
        "reference/presets.md": presets_page(),
        "reference/release.md": release_page(),
        "reference/api.md": api_page(),
    }
    pages["explanation/proving-ground-figures.md"] = figures_page()
    pages |= {f"project/{page}.md": project_page(name) for page, name in PROJECT.items()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def presets_page() -> str:
    """Returns the page of endpoint presets: model, address, key variable, prices."""
    from spuriforge.pipeline import presets

    text = Path(presets.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    rows = []
    for entry in known["presets"]:
        vendor = known["vendors"][entry["vendor"]]
        prices = [entry.get("price_in"), entry.get("price_out")]
        rows.append(
            (
                f"`{entry['name']}`",
                f"`{entry['model']}`",
                entry["vendor"],
                f"`{vendor['key_variable']}`" if "key_variable" in vendor else "",
                " / ".join(f"{price:g}" for price in prices if price is not None),
            )
        )
    return "\n\n".join(
        [
            "# Model presets",
            'A model with `backend = "endpoint"` may name a `preset` instead of an address. '
            "`spuriforge models` prints the same list. The key comes from the environment variable "
            "and is written nowhere. Prices are US dollars per million tokens, in and out, from "
            "memory: check them before you rely on them.",
            table(("preset", "model there", "vendor", "key variable", "prices"), rows),
        ]
    )


def release_page() -> str:
    """Returns the page of every column of a release, by configuration."""
    from spuriforge.pipeline.release.rows.columns import COLUMNS

    parts = [
        "# Release columns",
        "Each configuration is a folder of Parquet files. An image is a struct of `bytes` and "
        "`path`, which `datasets` decodes.",
    ]
    for config, columns in COLUMNS.items():
        rows = [(f"`{column.name}`", column.type_name, column.meaning) for column in columns]
        parts += [f"## {config}", table(("column", "type", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def api_page() -> str:
    """Returns the page of the public API: what `spuriforge.__all__` holds."""
    import spuriforge

    parts = [
        "# Python API",
        "`import spuriforge` has these names. They stay as they are within a major version; "
        "everything else in the package is private and may change at any time.",
    ]
    public = {name: getattr(spuriforge, name) for name in getattr(spuriforge, "__all__", ())}
    # Functions first: they return the classes.
    for name, value in sorted(public.items(), key=lambda named: isinstance(named[1], type)):
        path = f"{value.__module__}.{value.__qualname__}"
        parts.append(f"::: {path}\n    options:\n      heading: spuriforge.{name}")
    return "\n\n".join(parts) + "\n"


def figures_page() -> str:
    """Returns the measured figures of the proving ground's models, which `make bench` writes."""
    text = (ROOT / "data" / "proving_ground" / "README.md").read_text(encoding="utf-8")
    return "# Figures of the models\n\n" + text[text.index("## ") :]


def project_page(name: str) -> str:
    """Returns a file at the top of the repository with its links as the site needs them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pages = {file: f"{page}.md" for page, file in PROJECT.items()}
    text = re.sub(r"\]\(docs/([^)]+)\)", r"](../\1)", text)
    return re.sub(r"\]\((\w+\.md)\)", lambda link: f"]({pages.get(link[1], link[1])})", text)
