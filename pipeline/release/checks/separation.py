"""Checks of separation: between splits, controls and cues, and public and withheld rows."""

from ..contents import Contents
from .result import ARMS, ASKING, CUED, Result, result


def splits_apart(contents: Contents) -> Result:
    """No type, cue, cluster of cues or edited image is in two splits."""
    splits_of: dict[str, set[str]] = {}
    for config in CUED:
        for row in contents.rows(config, images=False):
            cue = " ".join(row["cue"].casefold().split())
            marks = [f"type {row['type']}", f"cue {cue}", f"cluster {row['cluster']}"]
            marks += [f"image {row['source_sha256']}"] if row.get("source_sha256") else []
            for mark in marks:
                splits_of.setdefault(mark, set()).add(row["split"])
    for row in contents.rows("spuriverse", images=False):
        splits_of.setdefault(f"type {row['type']}", set()).add(row["split"])
    faults = [
        f"{mark} is in {' and '.join(sorted(splits))}"
        for mark, splits in splits_of.items()
        if len(splits) > 1
    ]
    return result(faults, "no type, cue or cluster of cues is in two splits")


def controls_apart(contents: Contents) -> Result:
    """No control was screened as spurious, and none has the image of an anchor or a pair."""
    images: set[str] = set()
    for row in contents.rows("pairs", images=False):
        images |= {row[f"{arm}_sha256"] for arm in ARMS} | {row["source_sha256"]}
    spurious = {
        row["sample"]
        for row in contents.rows("candidates", images=False)
        if row["stage"] != "screen"
    }
    for row in contents.rows("anchors", images=False):
        images.add(row["image_sha256"])
        spurious.add(row["sample"])
    faults, count = [], 0
    for row in contents.rows("controls", images=False):
        count += 1
        if row["sample"] in spurious:
            faults.append(f"control {row['id']} was screened as spurious")
        elif row["image_sha256"] in images:
            faults.append(f"control {row['id']} has the image of an anchor or a pair")
    return result(faults, f"none of {count} controls is an anchor or was screened as spurious")


def private_withheld(contents: Contents) -> Result:
    """A public release has no row of the private split, and a private release has no other."""
    withheld = contents.manifest["private"] is True
    faults = [
        f"{config} {row['id']} is in the split {row['split']}"
        for config in ASKING
        for row in contents.rows(config, images=False)
        if (row["split"] == "private") != withheld
    ]
    return result(
        faults, "only what is withheld is here" if withheld else "nothing that is withheld is here"
    )
