"""The settings of a fine-tuning, as a frozen object whose key names the training.

TrainingSettings(path="data/proving_ground/models/subject-a", condition="consistent", steps=300)
"""

from dataclasses import asdict, dataclass
from typing import Literal

from ..recipe_models import version_of
from ..records import key_of
from .conditions import CONDITIONS, Condition

Precision = Literal["float32", "bfloat16", "4bit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """One fine-tuning. Conditions with equal settings take equally many steps, each with as many
    images.
    """

    #: The model to start from: a folder, or a Hub id at a pinned revision.
    path: str
    revision: str | None = None
    condition: Condition = "pairs"
    seed: int = 0
    #: Steps, images a step, and how many of these are clean questions of the benchmark: what is not
    #: rehearsed is lost.
    steps: int = 300
    images: int = 64
    replay: float = 0.5
    #: Train on so many of the training types, the first by a hash of the seed; None: on all.
    types: int | None = None
    #: The peak of the learning rate (linear warm-up, then linear to zero) and AdamW's weight decay.
    rate: float = 1e-4
    decay: float = 0.05
    #: The answer is asked for at this temperature: over 1, the model has to be surer of it than the
    #: loss alone wants.
    temperature: float = 1.0
    #: Weight of answering clean images as before the training, their own questions and others': see
    #: `recall`.
    recall: float = 1.0
    #: Weight of the consistency term, where the condition has it.
    consistency: float = 1.0
    #: Every trained matrix is made smaller by this share before the first step ("shrink and
    #: perturb", arXiv 1910.08475, without the noise): what training rehearses grows back, a
    #: shortcut that nothing rehearses does not.
    shrink: float = 0.0
    #: The rank of LoRA; None trains all weights outside the vision tower.
    lora: int | None = None
    #: "bfloat16" and "4bit" are for GPUs; 4-bit weights can only be trained by LoRA.
    precision: Precision = "float32"
    device: str = "cpu"
    #: Look at the validation types, and keep a checkpoint, every so many steps.
    every: int = 50
    #: Stop after so many looks without a smaller loss; None trains to the end, and keeps what the
    #: last step gave.
    patience: int | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        if self.condition not in CONDITIONS:
            raise ValueError(
                f"There is no condition {self.condition!r}; there are {', '.join(CONDITIONS)}."
            )
        if self.steps < 1 or self.every < 1 or self.images < 4:
            raise ValueError(
                "A training needs at least one step of four images, and a look every one step or "
                "more."
            )
        if not 0 <= self.replay < 1:
            raise ValueError(
                f"replay is a share of the images, from 0 to less than 1, not {self.replay}."
            )
        if self.temperature <= 0 or self.rate <= 0 or self.consistency < 0 or self.recall < 0:
            raise ValueError(
                "rate and temperature must be over 0, consistency and recall not under it."
            )
        if not 0 <= self.shrink < 1:
            raise ValueError(
                f"shrink is a share of the weights, from 0 to less than 1, not {self.shrink}."
            )
        if self.shrink and self.lora is not None:
            raise ValueError(
                "LoRA leaves the weights as they are, so they cannot shrink: set shrink to 0."
            )
        if self.precision == "4bit" and self.lora is None:
            raise ValueError("4-bit weights cannot be trained themselves: set a rank for LoRA.")

    @property
    def key(self) -> str:
        """What the training is made of: equal settings on the same weights, equal key."""
        return key_of("finetune", asdict(self), version_of(self.path, self.revision))
