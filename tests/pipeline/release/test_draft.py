"""A draft lies in a hidden folder that goes unless it is renamed."""

from pathlib import Path

import pytest

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.release.draft import Source, hidden_folder, write_data, write_texts
from spuriforge.pipeline.release.rows import clusters
from spuriforge.pipeline.release.type_outcomes import outcomes
from spuriforge.pipeline.workspace import Workspace
from tests import worlds


def _source(workspace: Workspace, recipe: Recipe) -> Source:
    settled = outcomes(workspace, recipe)
    return Source(workspace, recipe, settled, clusters.of(workspace, settled, recipe.publish), None)


def test_a_hidden_folder_goes_unless_it_is_renamed(tmp_path: Path) -> None:
    with hidden_folder(tmp_path / "releases") as folder:
        assert folder.name.startswith(".draft-")
    with hidden_folder(tmp_path / "releases") as folder:
        (folder / "README.md").write_text("a card")
        folder.rename(tmp_path / "releases" / "1.0.0")
    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["1.0.0"]


def test_a_hidden_folder_goes_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), hidden_folder(tmp_path):
        raise RuntimeError("killed")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick_builds")
def test_a_draft_gets_its_version_with_its_texts_and_the_manifest_lists_all(
    tmp_path: Path,
) -> None:
    source = _source(*worlds.finished(tmp_path, types=1))
    draft = write_data(tmp_path / "draft", source, private=False, last=None)
    assert (draft.manifest["version"], draft.change) == (None, None)
    assert not (tmp_path / "draft" / "README.md").exists()
    write_texts(draft, "1.0.0")
    assert draft.manifest["version"] == "1.0.0"
    files = {path for path in (tmp_path / "draft").rglob("*") if path.is_file()}
    names = {path.relative_to(tmp_path / "draft").as_posix() for path in files}
    assert names == draft.manifest["files"].keys() | {"MANIFEST.json"}


def test_a_source_counts_what_the_public_release_leaves_out(tmp_path: Path) -> None:
    workspace, recipe = worlds.finished(tmp_path, types=3)
    assert _source(workspace, recipe).withheld.types == 0
    publish = recipe.publish.model_copy(update={"private": 0.5})
    source = _source(workspace, recipe.model_copy(update={"publish": publish}))
    public, private = (source.published(private=private) for private in (False, True))
    assert source.withheld.types == len(private) > 0
    assert len(public) + len(private) == 3
