"""Tags the images and proposes cues: candidates, and types merged over the models."""

from prefect import flow

from pipeline.records import ImageTags
from pipeline.screen import tag_images, tags_key

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
    samples, clip = opened.samples, opened.clip()
    images = sorted({sample.image for sample in samples})
    run_shards(
        "tag", workspace, [(tags_key(sha, clip.name, recipe.screen), sha) for sha in images], ImageTags,
        lambda shard: tag_images(shard, clip, recipe.screen, workspace.image), size=recipe.run.shard, images=len,
    )  # fmt: skip
    with record_stage("associate", workspace, inputs=len(opened.candidates), pending=0) as tally:
        tally.pending = tally.outputs = opened.keep_proposals()
    return len(opened.types)
