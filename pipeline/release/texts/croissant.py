"""croissant.json: the release in Croissant 1.0 with the RAI extension, from manifest and figures.

    (folder / CROISSANT).write_text(describe(manifest, figures))
    mlcroissant.Dataset(jsonld=folder / CROISSANT).records("pairs", filters={"pairs/split": "test"})

The JSON is written here and not by mlcroissant, which a release should not need and which misspells
a property of RAI. It has no date, because a release has none; mlcroissant warns about that.
`faults_of` validates the JSON with mlcroissant.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ..files.parquet import IMAGE
from ..rows.columns import COLUMNS, SPLIT, Column
from . import croissant_rai
from .card import LICENSES, authors, title
from .figures import Figures
from .markdown import flat

CROISSANT = "croissant.json"
CONFORMS_TO = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0")
_PARQUET = "application/x-parquet"
#: Croissant 1.0's context, verbatim, and `prov` for the origin of the data.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    pa.string(): "sc:Text",
    pa.int64(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean",
}

Json = dict[str, Any]
Manifest = Mapping[str, Any]


def describe(manifest: Manifest, figures: Figures) -> str:
    """Returns the text of croissant.json; the manifest must list all data files."""
    license, publish = manifest["license"], manifest["recipe"]["publish"]
    description: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": manifest["name"],
        "description": f"{title(manifest, figures)}. {manifest['canary']}",
        **({"version": manifest["version"]} if manifest["version"] else {}),
        "license": LICENSES[license][2] if license in LICENSES else license,
        "creator": [{"@type": "sc:Organization", "name": name} for name in authors(manifest)],
        "citeAs": _bibtex(manifest, figures),
        **({"url": publish["url"]} if publish["url"] else {}),
        "inLanguage": "en",
        "isLiveDataset": False,
        "keywords": ["vision-language models", "spurious correlations", "counterfactual images"],
        **croissant_rai.properties(manifest, figures),
        "distribution": [*_files(manifest), *(_file_set(config) for config in manifest["rows"])],
        "recordSet": [_record_set(config, COLUMNS[config]) for config in manifest["rows"]],
    }
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def faults_of(text: str) -> list[str]:
    """Returns mlcroissant's errors on a croissant.json; opens no file of the data set."""
    import mlcroissant

    try:
        # mlcroissant.Dataset finds the same errors, but prints a warning about the missing date.
        mlcroissant.Metadata.from_json(mlcroissant.Context(), json.loads(text))
    except (mlcroissant.ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        return [flat(error) or type(error).__name__]
    return []


def _files(manifest: Manifest) -> list[Json]:
    """Returns every data file with its hash."""
    return [
        {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": path,
            "encodingFormat": _PARQUET,
            "contentSize": f"{entry['bytes']} B",
            "sha256": entry["sha256"],
        }
        for path, entry in sorted(manifest["files"].items())
        if "config" in entry
    ]


def _file_set(config: str) -> Json:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-files",
        "name": f"{config}-files",
        "encodingFormat": _PARQUET,
        "description": f"All files of the config {config}.",
        "includes": f"{config}/*.parquet",
    }


def _record_set(config: str, columns: Sequence[Column]) -> Json:
    """Returns a config as a record set; `split` comes from the file's name."""
    split = _field(config, SPLIT, "sc:Text")
    # mlcroissant recognizes this pattern, and reads only the files of the split asked for.
    split["source"] |= {
        "extract": {"fileProperty": "fullpath"},
        "transform": {"regex": f"{config}/([a-z]+)-.+parquet$"},
    }
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        **({"key": {"@id": f"{config}/id"}} if "id" in {column.name for column in columns} else {}),
        "field": [*(_column(config, column) for column in columns), split],
    }


def _column(config: str, column: Column) -> Json:
    """Returns a column as a field; a list repeats its type, an image is decoded from its bytes."""
    if column.type == IMAGE:
        field = _field(config, column, "sc:ImageObject")
        field["source"]["transform"] = {"jsonPath": "bytes"}
        return field
    if pa.types.is_list(column.type):
        return _field(config, column, _TYPES[column.type.value_type]) | {"repeated": True}
    return _field(config, column, _TYPES[column.type])


def _field(config: str, column: Column, kind: str) -> Json:
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{column.name}",
        "name": column.name,
        "description": column.meaning,
        "dataType": kind,
        "source": {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": column.name}},
    }


def _bibtex(manifest: Manifest, figures: Figures) -> str:
    """Returns the citation as BibTeX, without characters that would end a field."""

    def braced(text: object) -> str:
        return "{" + "".join(mark for mark in flat(text) if mark not in "{}\\") + "}"

    fields = {"title": title(manifest, figures), "author": " and ".join(authors(manifest))}
    fields |= {"version": manifest["version"]} if manifest["version"] else {}
    url = manifest["recipe"]["publish"]["url"]
    fields |= {"url": url} if url else {}
    return (
        f"@misc{{{manifest['name']}, "
        + ", ".join(f"{name} = {braced(value)}" for name, value in fields.items())
        + "}"
    )
