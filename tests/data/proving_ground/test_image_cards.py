"""The cards of the reader, the image model and CLIP come from their figures."""

from pathlib import Path
from shutil import copytree

from spuriforge.data.proving_ground import readme_page
from spuriforge.data.proving_ground.image_cards import cards, table, training_note, write_cards

SHIPPED = readme_page.HERE / "models"


def test_a_table_flattens_groups() -> None:
    assert table({"steps": 10, "pairs": {"cue": 0.98}}).splitlines()[2:] == [
        "| steps | 10 |",
        "| pairs: cue | 0.980 |",
    ]


def test_a_new_measurement_is_in_the_cards(tmp_path: Path) -> None:
    for name in ("image-model", "clip", "reader"):
        (tmp_path / name).mkdir()
    copytree(SHIPPED / "reader", tmp_path / "reader", dirs_exist_ok=True)
    measured = {"steps": 7, "guidance": 1.5, "captions": 4, "text-to-image": {"place": 0.25}}
    groups = {"pairs": {}, "inpainting": {}, "clip": {"sky": 0.75}, "decoded": {"cue": 0.5}}
    write_cards(tmp_path, {**measured, **groups})
    assert (
        "num_inference_steps=7, guidance_scale=1.5"
        in cards(tmp_path)[tmp_path / "image-model" / "README.md"]
    )
    text = (tmp_path / "reader" / "README.md").read_text(encoding="utf-8")
    assert "| decoded by the autoencoder: cue | 0.500 |" in text
    assert "| zero-shot: sky | 0.750 |" in (tmp_path / "clip" / "README.md").read_text()


def test_a_training_note_lists_the_facts(tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text('{"seed": 0, "minutes": 12.0}')
    assert training_note(tmp_path) == "seed 0, minutes 12.0."
