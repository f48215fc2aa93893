"""Opens any benchmark's file or folder as rows, and detects which kind it is.

    for row in open_source("my.csv", images="photos"): ...
    for row in open_source("SEED-Bench.json", kind="seed-bench", name="SEED"): ...
    detect("MMBench_DEV_EN.tsv")     # "vlmevalkit"

Rows are as the source has them; data/rows_to_samples.py turns them into samples. A new kind is a
module with a `read` function, an entry in READERS, and a kind in pipeline/recipe_sections.py.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import aokvqa, naturalbench, seedbench, tables, vlmevalkit
from .benchmark_rows import Row
from .parquet_files import is_hub_id, parquet_files
from .text_files import load_json

#: The columns that identify a published file of SpuriVerse.
SPURIVERSE_COLUMNS = frozenset({"prediction", "parsed", "spuriousAttr"})


def _spuriverse(
    path: str, name: str | None, images: str | None, split: str | None
) -> Iterator[Row]:
    from . import spuriverse

    return spuriverse.read(path, name, images, split)


Reader = Callable[[str, str | None, str | None, str | None], Iterator[Row]]

READERS: dict[str, Reader] = {
    "a-okvqa": aokvqa.read,
    "seed-bench": seedbench.read,
    "seed-bench-2": seedbench.read_2,
    "naturalbench": naturalbench.read,
    "vlmevalkit": vlmevalkit.read,
    "table": tables.read,
    "spuriverse": _spuriverse,
}


def open_source(
    path: str,
    *,
    kind: str | None = None,
    name: str | None = None,
    images: str | None = None,
    split: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """Yields the rows of a source; without `kind`, detects it from the file.

    `name` is the benchmark's name in records; by default its kind. `columns` is for tables only.
    Raises ValueError if the source is at fault, at the latest when the faulty row is reached.
    """
    if images is not None and not Path(images).is_dir():
        raise ValueError(f"There is no folder of images at {images}.")
    kind = kind or detect(path)
    if kind not in READERS:
        raise ValueError(f"There is no kind of source {kind!r}; there are {', '.join(READERS)}.")
    if columns and kind != "table":
        raise ValueError(f"columns name those of a table; the columns of {kind} are its own.")
    if not Path(path).exists() and not (is_hub_id(path) and kind in ("table", "naturalbench")):
        raise ValueError(f"There is no file or folder at {path}.")
    rows = (
        tables.read(path, name, images, split, columns)
        if columns
        else READERS[kind](path, name, images, split)
    )
    return _not_empty(rows, path, split)


def _not_empty(rows: Iterator[Row], path: str, split: str | None) -> Iterator[Row]:
    empty = True
    for row in rows:
        empty = False
        yield row
    if empty:
        raise ValueError(
            f"{path} has no question" + (f" of the split {split!r}." if split else ".")
        )


def detect(path: str) -> str:
    """Returns the kind of a source, by its file names and their columns or fields."""
    source = Path(path)
    if is_hub_id(path):
        return "table"
    if not source.exists():
        raise ValueError(f"There is no file or folder at {path}.")
    kind = _kind_of_folder(source) if source.is_dir() else _kind_of_file(source)
    if kind is None:
        raise ValueError(
            f"{path} looks like none of the kinds {', '.join(READERS)}: say which it is."
        )
    return kind


def _kind_of_folder(folder: Path) -> str | None:
    for kind, pattern in zip(
        ("a-okvqa", *seedbench.TITLES), (aokvqa.PATTERN, *seedbench.PATTERNS), strict=True
    ):
        if any(folder.glob(pattern)):
            return kind
    if not any(folder.rglob("*.parquet")):
        return None
    return _kind_of_file(parquet_files(folder, None)[0][0])


def _kind_of_file(file: Path) -> str | None:
    suffix = file.suffix.lower()
    if suffix == ".json":
        return _kind_of_json(load_json(file))
    if suffix not in (".parquet", *tables.DELIMITERS, *tables.JSON_LINES):
        return None
    columns = frozenset(tables.columns_in(file))
    if suffix == ".csv" and columns >= SPURIVERSE_COLUMNS:
        return "spuriverse"
    if suffix == ".parquet" and columns >= naturalbench.COLUMNS:
        return "naturalbench"
    has_images = bool(columns & {"image", "image_path"})
    is_vlmevalkit = has_images and columns >= {"index", "question", "answer"}
    return "vlmevalkit" if suffix == ".tsv" and is_vlmevalkit else "table"


def _kind_of_json(content: object) -> str | None:
    if isinstance(content, dict) and isinstance(content.get("questions"), list):
        types = {
            entry.get("data_type") for entry in content["questions"] if isinstance(entry, dict)
        }
        kinds = zip(seedbench.TITLES, seedbench.DATA_TYPES, strict=True)
        return next((kind for kind, data_type in kinds if data_type in types), None)
    if not isinstance(content, list) or not content or not isinstance(content[0], dict):
        return None
    if frozenset(content[0]) >= naturalbench.COLUMNS:
        return "naturalbench"
    return (
        "a-okvqa"
        if frozenset(content[0]) >= {"image_id", "question_id", "question", "choices"}
        else None
    )
