"""The stages of a build, in their order; `--until` is one of them. Imports nothing slow."""

from typing import Literal, get_args

BuildStage = Literal["mine", "screen", "annotate", "generate", "verify", "publish"]
BUILD_STAGES: tuple[BuildStage, ...] = get_args(BuildStage)
