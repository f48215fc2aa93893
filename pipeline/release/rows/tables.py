"""What a release holds: the rows of its seven configs, from the workspace, in an order that lasts.

    cluster_of = clusters.of(workspace, settled, recipe.publish, embed)
    for part in parts(workspace, recipe, settled, cluster_of):
        files += write(folder, part, SCHEMAS[part.config], ...)

`pairs`, `anchors` and `spuriverse` are split by cue cluster, `controls` by image; the others are
whole, in the split "full". With recipe.publish.private some clusters are withheld: their rows are
those of `parts(..., private=True)`.
"""

from collections.abc import Iterator, Mapping, Sequence

from ...recipe import Recipe
from ...records import CueType, Judgment
from ...workspace import Workspace
from ..files.parquet import Part
from ..type_outcomes import Outcome
from . import controls, record_rows
from .splits import PRIVATE, SPLITS, assign
from .type_rows import BY_TYPE, Told


def pseudonyms(workspace: Workspace, recipe: Recipe) -> dict[str, str]:
    """Each annotator's neutral name in the release, in the recipe's order: a nickname never leaves
    the workspace.
    """
    judged = workspace.read(Judgment, ["annotator", "scripted"]).to_pylist()
    scripted = {row["annotator"] for row in judged if row["scripted"]}
    if not judged and recipe.annotate.by == "scripted":
        scripted = set(recipe.annotate.annotators)
    others = sorted({row["annotator"] for row in judged} - set(recipe.annotate.annotators))
    names = [*recipe.annotate.annotators, *others]
    return {
        name: f"{'scripted' if name in scripted else 'annotator'}-{n}"
        for n, name in enumerate(names, start=1)
    }


def told(
    settled: Sequence[Outcome],
    cluster_of: Mapping[str, str],
    recipe: Recipe,
    *,
    private: bool = False,
) -> list[Outcome]:
    """The types that the public release tells of, or that the private one does, published or not,
    by their keys.
    """
    tells = _tells(cluster_of, recipe, private)
    return sorted((one for one in settled if tells(one.type.key)), key=lambda one: one.type.key)


def parts(
    workspace: Workspace,
    recipe: Recipe,
    settled: Sequence[Outcome],
    cluster_of: Mapping[str, str],
    *,
    private: bool = False,
) -> Iterator[Part]:
    """Every split of every config of the public release, or of the private one; a part may have no
    rows.
    """
    tells = _tells(cluster_of, recipe, private)
    published = [one for one in told(settled, cluster_of, recipe, private=private) if one.published]
    facts = Told.of(workspace, recipe, published, cluster_of)
    splits, split_of = (PRIVATE,) if private else SPLITS, assign(cluster_of, recipe.publish.private)
    chosen = controls.choose(
        workspace,
        settled,
        recipe.publish.controls_per_type * len(published),
        recipe.publish.private,
        withheld=private,
    )
    shown = controls.cues_shown(workspace)
    for split in splits:
        here = [one for one in published if split_of[one.type.key] == split]
        for config, rows in BY_TYPE.items():
            yield Part(config, split, rows(here, facts))
        mine = [one for one in chosen if controls.split(one, recipe.publish.private) == split]
        yield Part("controls", split, controls.rows(mine, facts.rights, shown))
    pairs = {checked.pair.key for one in published for checked in one.pairs}
    subjects = pairs | {one.type.key for one in published}
    types = {one.key: one for one in (*workspace.records(CueType), *(one.type for one in settled))}
    names = pseudonyms(workspace, recipe)
    yield Part("candidates", "full", record_rows.candidates(workspace, settled, tells))
    yield Part("annotations", "full", record_rows.annotations(workspace, names, subjects, tells))
    yield Part("responses", "full", record_rows.responses(workspace, types, pairs, tells))


def _tells(cluster_of: Mapping[str, str], recipe: Recipe, private: bool) -> record_rows.Tells:
    """Whether a release tells of a type, candidate or judgment, by its keys: of what is withheld,
    the private alone.
    """
    withheld = {
        key for key, split in assign(cluster_of, recipe.publish.private).items() if split == PRIVATE
    }
    return lambda *keys: (not withheld.isdisjoint(keys)) == private
