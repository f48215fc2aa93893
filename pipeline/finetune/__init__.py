"""Fine-tuning an LVLM on a release, to see whether a shortcut can be unlearned.

    from spuriforge.pipeline.finetune import TrainingSettings, finetune
    settings = TrainingSettings(path="Qwen/Qwen2.5-VL-3B-Instruct", condition="pairs")
    trained = finetune("releases/demo", settings, Path("tuned"))
    tuned = TransformersLVLM.load(TransformersModel(name="tuned", path="tuned"))
    evaluate("releases/demo", tuned, split="test")

Neither the gradient nor early stopping sees the types that the model is judged on; `leaks` checks
that.
"""

from .conditions import CONDITIONS, Condition
from .leaks import check
from .partition import by_release, by_seed, clusters
from .settings import TrainingSettings
from .train import Trained, finetune

__all__ = [
    "CONDITIONS",
    "Condition",
    "Trained",
    "TrainingSettings",
    "by_release",
    "by_seed",
    "check",
    "clusters",
    "finetune",
]
