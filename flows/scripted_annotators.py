"""The demo's annotators: scripts that see what a person could see and answer in Label Studio.

They know a benchmark image by its scene, and a generated image by what the independent reader reads
in it.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from spuriforge.annotation.scripted import ScriptedAnswer
from spuriforge.data.proving_ground import benchmark
from spuriforge.data.proving_ground.annotators import ScriptedAnnotator
from spuriforge.data.proving_ground.scene_reader import SceneReader
from spuriforge.data.proving_ground.world import Scene
from spuriforge.pipeline.records import Pair

from .catch_trials import cue_trials, pair_trials
from .state.snapshot import Snapshot

Judge = Callable[[str, dict[str, Any], str], ScriptedAnswer]
#: The independent reader serves every world: it reads renders and knows of no shortcut.
READER = Path(benchmark.__file__).parent / "models" / "reader"


class Scripts:
    """All scripted annotators of a recipe; `judge` answers a task."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Opens what the scripts may look at: scenes, types, pairs and catch trials."""
        self.workspace = snapshot.workspace
        trials = {cue_type.key: cue_type for _, cue_type in cue_trials(snapshot)}
        self.types = snapshot.types | trials
        settings, world = snapshot.recipe.annotate, snapshot.recipe.proving_ground
        rates = zip(settings.annotators, settings.error_rates, strict=True)
        self.annotators = {name: ScriptedAnnotator(name, rate) for name, rate in rates}
        assert world is not None, "the recipe sees to it: scripts judge nothing else"
        anchors = {cue_type.anchor for cue_type in self.types.values()}
        self.scenes: dict[str, Scene] = {
            key: question.scene
            for question in benchmark.questions(Path(world.path), world.questions, world.seed)
            if (key := benchmark.sample_key(question, world.seed)) in anchors
        }
        self.pairs = {pair.key: pair for pair in snapshot.workspace.records(Pair)}
        self.pairs |= {pair.key: pair for _, pair in pair_trials(snapshot)}
        self._reader = SceneReader.load(READER)
        self._read: dict[str, list[dict[str, str | None]]] = {}
        self._lock = Lock()

    def judge(self, kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        """Returns an annotator's answer to the task on a type or pair."""
        script = self.annotators[annotator]
        if kind == "pair":
            pair = self.pairs[data["key"]]
            seen = self._seen(pair)
            return ScriptedAnswer(verdict=script.judge_pair(pair, self.types[pair.type], *seen))
        cue_type = self.types[data["key"]]
        verdict = script.judge_cue(cue_type, self.scenes[cue_type.anchor])
        return ScriptedAnswer(verdict=verdict)

    def _seen(self, pair: Pair) -> list[dict[str, str | None]]:
        with self._lock:
            if pair.key not in self._read:
                arms = (pair.image_with, pair.image_without)
                images = [self.workspace.image(digest) for digest in arms]
                self._read[pair.key] = list(self._reader.read(images))
            return self._read[pair.key]
