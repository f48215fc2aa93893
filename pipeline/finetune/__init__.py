"""Fine-tuning an LVLM on a release, to see whether a shortcut can be unlearned.

    from spuriforge.pipeline.finetune import TrainingSettings, finetune
    trained = finetune("releases/demo", TrainingSettings(path="Qwen/Qwen2.5-VL-3B-Instruct", condition="pairs"), Path("tuned"))
    evaluate("releases/demo", TransformersLVLM.load(TransformersModel(name="tuned", path="tuned")), split="test")

The types that it is judged on are never seen, neither by the gradient nor by the early stopping;
`leaks` says so.
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
