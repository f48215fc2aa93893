"""Figures are counted from the data files, and follow them."""

from dataclasses import replace

import pytest

from spuriforge.pipeline.release.texts.figures import Figures
from spuriforge.pipeline.workspace import Workspace
from tests.pipeline.release.texts.drafts import Draft, make_draft


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return make_draft(tmp_path_factory.mktemp("draft"), types=3)


@pytest.fixture(scope="module")
def figures(draft: Draft) -> Figures:
    return draft.figures


def test_the_files_and_the_workspace_are_counted(figures: Figures) -> None:
    assert (figures.types, figures.pairs, figures.placebos) == (3, 9, 9)
    assert (figures.questions, figures.errors) == (15, 6)
    assert (figures.gate_seen, figures.gate_kept, figures.gate_reasons) == (18, 18, ())
    assert figures.models == ("subject-a@main", "subject-b@main")
    assert (figures.judgments, figures.annotators) == (30, 2)
    assert figures.all_scripted
    assert not replace(figures, scripted=29).all_scripted
    assert not replace(figures, judgments=0, scripted=0).all_scripted


def test_rows_that_no_file_holds_are_not_counted(draft: Draft) -> None:
    files = {path: entry for path, entry in draft.manifest["files"].items() if "pairs" not in path}
    assert len(files) < len(draft.manifest["files"])
    workspace = Workspace(draft.folder.parent / "workspace")
    figures = Figures.of(workspace, draft.folder, draft.manifest | {"files": files})
    assert (figures.pairs, figures.types) == (0, 3)


def test_images_and_questions_have_owners(figures: Figures) -> None:
    owned = {(part.config, part.license): part.rows for part in figures.owned}
    assert owned["pairs", "cc-by-4.0"] == 9
    assert owned["anchors", "cc0-1.0"] == 3


def test_the_funnel_starts_with_all_candidates_and_ends_with_what_is_published(
    figures: Figures,
) -> None:
    stopped = replace(figures, stages=(("publish", 3), ("screen", 4), ("gate", 2)))
    assert stopped.candidates == 9
    assert stopped.left == (
        ("propose", 9), ("screen", 5), ("describe", 5), ("annotate", 5), ("generate", 5),
        ("gate", 3), ("verify", 3), ("check", 3),
    )  # fmt: skip


def test_a_split_is_as_many_clusters_as_it_has_names(figures: Figures) -> None:
    rows = [
        row | {"split": split, "cluster": cluster}
        for row, split, cluster in zip(
            figures.rows, ("train", "test", "test"), ("a", "b", "b"), strict=True
        )
    ]
    assert replace(figures, rows=tuple(rows)).clusters == {"train": (1, 1), "test": (1, 2)}


def test_every_type_counts_once_in_a_mean(figures: Figures) -> None:
    rows = [
        row | {"effect": effect, "effect_pairs": pairs}
        for row, effect, pairs in zip(figures.rows, (0.2, 0.4, 0.9), (1, 1, 99), strict=True)
    ]
    assert replace(figures, rows=tuple(rows)).mean("effect") == pytest.approx(0.5)
