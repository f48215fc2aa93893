"""What a release holds: the rows of its seven configs, read from the workspace in a lasting order.

    cluster_of = clusters.of(workspace, settled, recipe.publish, embed)
    for part in parts(workspace, recipe, settled, cluster_of):
        files += write(folder, part, SCHEMAS[part.config], Images.of(workspace))

`pairs`, `anchors` and `spuriverse` are split by cue cluster and `controls` by image; the other
configs are whole, in the split "full". With recipe.publish.private some clusters are withheld:
`parts(..., private=True)` yields their rows.
"""

from collections.abc import Iterator, Mapping, Sequence

from ...recipe import Recipe
from ...records import CueType, Judgment
from ...workspace import Workspace
from ..files.parquet import Part
from ..type_outcomes import Outcome
from . import controls, record_rows
from .splits import PRIVATE, SPLITS, assign
from .type_rows import BY_TYPE, TypeFacts


def pseudonyms(workspace: Workspace, recipe: Recipe) -> dict[str, str]:
    """Returns each annotator's neutral name, numbered in the recipe's order.

    A nickname never leaves the workspace.
    """
    judgments = workspace.read(Judgment, ["annotator", "scripted"]).to_pylist()
    scripted = {row["annotator"] for row in judgments if row["scripted"]}
    if not judgments and recipe.annotate.by == "scripted":
        scripted = set(recipe.annotate.annotators)
    others = sorted({row["annotator"] for row in judgments} - set(recipe.annotate.annotators))
    names = [*recipe.annotate.annotators, *others]
    return {
        name: f"{'scripted' if name in scripted else 'annotator'}-{number}"
        for number, name in enumerate(names, start=1)
    }


def included_outcomes(
    settled: Sequence[Outcome],
    cluster_of: Mapping[str, str],
    recipe: Recipe,
    *,
    private: bool = False,
) -> list[Outcome]:
    """Returns the types that the public or the private release covers, published or not, by key."""
    includes = _includes(cluster_of, recipe, private)
    included = [outcome for outcome in settled if includes(outcome.type.key)]
    return sorted(included, key=lambda outcome: outcome.type.key)


def parts(
    workspace: Workspace,
    recipe: Recipe,
    settled: Sequence[Outcome],
    cluster_of: Mapping[str, str],
    *,
    private: bool = False,
) -> Iterator[Part]:
    """Yields every split of every config of the public or private release; some have no rows."""
    withheld = recipe.publish.private
    included = included_outcomes(settled, cluster_of, recipe, private=private)
    published = [outcome for outcome in included if outcome.published]
    facts = TypeFacts.of(workspace, recipe, cluster_of)
    count = recipe.publish.controls_per_type * len(published)
    samples = controls.choose(workspace, settled, count, withheld, withheld=private)
    shown, split_of = controls.cues_shown(workspace), assign(cluster_of, withheld)
    for split in (PRIVATE,) if private else SPLITS:
        types_here = [outcome for outcome in published if split_of[outcome.type.key] == split]
        for config, rows in BY_TYPE.items():
            yield Part(config, split, rows(types_here, facts))
        controls_here = [sample for sample in samples if controls.split(sample, withheld) == split]
        yield Part("controls", split, controls.rows(controls_here, facts.licences, shown))
    pairs = {checked.pair.key for outcome in published for checked in outcome.pairs}
    subjects = pairs | {outcome.type.key for outcome in published}
    types = {cue_type.key: cue_type for cue_type in workspace.records(CueType)}
    types |= {outcome.type.key: outcome.type for outcome in settled}
    names, includes = pseudonyms(workspace, recipe), _includes(cluster_of, recipe, private)
    yield Part("candidates", "full", record_rows.candidates(workspace, settled, includes))
    yield Part("annotations", "full", record_rows.annotations(workspace, names, subjects, includes))
    yield Part("responses", "full", record_rows.responses(workspace, types, pairs, includes))


def _includes(cluster_of: Mapping[str, str], recipe: Recipe, private: bool) -> record_rows.Includes:
    """Returns the test whether a release covers a type, candidate or judgment, by its keys.

    Only the private release covers what is withheld.
    """
    withheld = {
        key for key, split in assign(cluster_of, recipe.publish.private).items() if split == PRIVATE
    }
    return lambda *keys: (not withheld.isdisjoint(keys)) == private
