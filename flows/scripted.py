"""The demo's annotators: scripts that see what a person could see, answering through Label Studio's
own API.

They know a benchmark image by its scene, and a generated one by what the independent reader reads
in it.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from spuriforge.annotation.scripted import ScriptedAnswer as Answer
from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.annotators import ScriptedAnnotator
from spuriforge.data.proving_ground.reader import Reader
from spuriforge.data.proving_ground.world import Scene
from spuriforge.pipeline.records import CueType, Pair

from .controls import cue_controls, pair_controls
from .opened import Opened

Judge = Callable[[str, dict[str, Any], str], Answer]
#: The independent reader is the same for every world: it reads renders, and knows of no shortcut.
READER = Path(benchmark.__file__).parent / "models" / "reader"


class Scripts:
    """All scripted annotators of a recipe; `judge` is what answers a task."""

    def __init__(self, opened: Opened) -> None:
        """Opens what the scripts may look at: scenes, types, pairs and the reader; controls like
        all others.
        """
        self.opened = opened
        self.types = opened.types | {one.key: one for _, one in cue_controls(opened)}
        rates = zip(
            opened.recipe.annotate.annotators, opened.recipe.annotate.error_rates, strict=True
        )
        self.annotators = {name: ScriptedAnnotator(name, rate) for name, rate in rates}
        world = opened.recipe.proving_ground
        assert world is not None, "the recipe sees to it: scripts judge nothing else"
        anchors = {one.anchor for one in self.types.values()}
        self.scenes: dict[str, Scene] = {
            key: one.scene
            for one in benchmark.questions(Path(world.path), world.questions, world.seed)
            if (key := benchmark.sample_key(one, world.seed)) in anchors
        }
        self.pairs = {pair.key: pair for pair in opened.workspace.records(Pair)}
        self.pairs |= {pair.key: pair for _, pair in pair_controls(opened)}
        self._reader = Reader.load(READER)
        self._read: dict[str, list[dict[str, str | None]]] = {}
        self._lock = Lock()

    def judge(self, kind: str, data: dict[str, Any], annotator: str) -> Answer:
        """One annotator's answer to the task on one type or pair."""
        script = self.annotators[annotator]
        if kind == "pair":
            pair = self.pairs[data["key"]]
            return Answer(verdict=script.judge_pair(pair, self.types[pair.type], *self._seen(pair)))
        cue = self.types[data["key"]]
        verdict = script.judge_cue(cue, self.scenes[cue.anchor])
        return _agreed(verdict, cue) if verdict == "spurious" else Answer(verdict=verdict)

    def _seen(self, pair: Pair) -> list[dict[str, str | None]]:
        with self._lock:
            if pair.key not in self._read:
                images = [
                    self.opened.workspace.image(sha)
                    for sha in (pair.image_with, pair.image_without)
                ]
                self._read[pair.key] = list(self._reader.read(images))
            return self._read[pair.key]


def _agreed(verdict: str, cue: CueType) -> Answer:
    """The verdict with the proposed texts as they are: scripts edit nothing."""
    return Answer(
        verdict=verdict,
        cue=cue.cue,
        core=cue.core,
        description_with=cue.description_with,
        description_without=cue.description_without,
    )
