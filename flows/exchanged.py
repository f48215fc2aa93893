"""`spuriforge annotate export` and `import`: judgments by way of files, for teams that use another
tool.
"""

from pathlib import Path

from spuriforge.annotation import exchange
from spuriforge.pipeline.records import Control, CueType, Pair

from .checking import open_cues, open_pairs, tied
from .controls import by_value, cue_controls, pair_controls
from .opened import Opened

#: No more problems of a file than this are told one by one.
SHOWN = 20


def export(recipe_path: str, folder: Path) -> Path:
    """Writes the cues and pairs that await judgment, with controls among them; gives the tasks'
    file.
    """
    opened = Opened(recipe_path)
    opened.keep_proposals()
    cues, pairs = by_value(opened, open_cues(opened)), open_pairs(opened)
    if not cues and not pairs:
        raise ValueError(
            "Nothing awaits judgment: run the recipe until it screens, or there is nothing left to "
            "judge"
        )
    controls: list[tuple[Control, CueType | Pair]] = []
    controls += cue_controls(opened) if cues else []
    controls += pair_controls(opened) if pairs else []
    ties = tied(opened, "cue") | tied(opened, "pair")
    return exchange.export_tasks(
        cues,
        pairs,
        opened.types,
        opened.workspace,
        opened.recipe,
        folder,
        controls=controls,
        ties=ties,
    )


def take_in(recipe_path: str, file: Path, *, partial: bool) -> exchange.Imported:
    """Takes in a file's judgments, and decides what they suffice for."""
    opened = Opened(recipe_path)
    done = exchange.import_judgments(file, opened.workspace, opened.recipe, partial=partial)
    opened.keep_decisions()
    return done
