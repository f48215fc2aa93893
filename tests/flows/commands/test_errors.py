"""Every error of a command is one sentence with what to do, and help says who uses a command."""

from pathlib import Path

import pytest

from tests.flows.command_line import error_sentence, invoke


@pytest.mark.parametrize("command", ["run", "status", "report", "publish", "serve"])
def test_a_recipe_that_is_not_there(command: str) -> None:
    result = invoke(command, "nowhere.toml")
    assert result.exit_code == 2
    assert error_sentence(result) == "Error: There is no recipe at nowhere.toml."


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[run]\nname = "x"\nworkspce = "."\n')
    result = invoke("status", str(recipe))
    assert result.exit_code == 2
    assert "run.workspce" in error_sentence(result)


def test_debug_shows_the_traceback() -> None:
    result = invoke("--debug", "status", "nowhere.toml")
    assert isinstance(result.exception, ValueError)


def test_an_error_that_nobody_foresaw_says_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: Path) -> None:
        raise KeyError("cue")

    monkeypatch.setattr("spuriforge.flows.commands.status.load", broken)
    result = invoke("status", "recipe.toml")
    assert result.exit_code == 1
    assert (
        error_sentence(result)
        == "Error: KeyError: 'cue'. Run it again as `spuriforge --debug ...` to see where."
    )


def test_ctrl_c_says_that_the_run_goes_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spuriforge.flows.commands.status.load", interrupted)
    result = invoke("status", "recipe.toml")
    assert result.exit_code == 130
    assert (
        error_sentence(result) == "Interrupted. The same command continues where this one stopped."
    )
