"""Tags the images and proposes cues: candidates, and types merged over the models."""

from prefect import flow

from pipeline.describe import merge
from pipeline.records import Candidate, CueType, ImageTags, PersistentError
from pipeline.screen import associate, tag_images, tags_key

from .opened import Opened
from .stage import record_stage, run_shards, runner


@flow(name="screen")
def screen(recipe_path: str) -> int:
    """Gives the number of types that the screener proposes."""
    return screen_benchmark.with_options(task_runner=runner(Opened(recipe_path).recipe))(recipe_path)


@flow(name="screen-benchmark")
def screen_benchmark(recipe_path: str) -> int:
    """The stages of screening, on the recipe's task runner."""
    opened = Opened(recipe_path)
    recipe, workspace = opened.recipe, opened.workspace
    samples, clip = opened.samples(), opened.clip()
    images = sorted({sample.image for sample in samples})
    run_shards(
        "tag", workspace, [(tags_key(sha, clip.name, recipe.screen), sha) for sha in images], ImageTags,
        lambda shard: tag_images(shard, clip, recipe.screen, workspace.image), size=recipe.run.shard, images=len,
    )  # fmt: skip
    errors = workspace.records(PersistentError)
    candidates = associate(samples, errors, workspace.records(ImageTags), recipe.screen)
    new = {one.key for one in candidates} - workspace.keys(Candidate)
    with record_stage("associate", workspace, inputs=len(errors), pending=len(new)) as tally:
        tally.outputs = workspace.append([one for one in candidates if one.key in new])
    types = merge(candidates, samples, recipe.screen)
    known = workspace.keys(CueType)
    workspace.append([one for one in types if one.key not in known])
    return len(types)
