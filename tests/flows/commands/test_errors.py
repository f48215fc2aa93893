"""Every error of a command is one sentence with what to do, and help says who uses a command."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from spuriforge.flows.commands.errors import MODELS, RUN, Commands, sentence
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


# --- help -----------------------------------------------------------------------------------------


def _headings(text: str) -> list[str]:
    """The headings of a help page, in order."""
    lines = text.splitlines()
    return [line.rstrip(":") for line in lines if line.endswith(":") and not line.startswith(" ")]


def test_help_lists_the_commands_by_who_uses_them() -> None:
    shown = invoke("--help").output
    headings = [heading for heading in _headings(shown) if heading != "Options"]
    assert headings == ["Run", "Annotate", "Releases", "Models"]
    places = [shown.index(f"\n  {name} ") for name in ("doctor", "annotate", "publish", "evaluate")]
    bounds = [shown.index(f"{heading}:") for heading in headings]
    assert sorted([*places, *bounds]) == [
        place for pair in zip(bounds, places, strict=True) for place in pair
    ]


def test_other_headings_come_last_and_hidden_commands_do_not_show() -> None:
    app = typer.Typer(cls=Commands, rich_markup_mode=None)

    def work() -> None:
        """Do the work."""

    for name, heading in (("plain", None), ("asked", MODELS), ("ran", RUN)):
        app.command(name, rich_help_panel=heading)(work)
    app.command("secret", hidden=True)(work)
    shown = CliRunner().invoke(app, ["--help"]).output
    headings = [heading for heading in _headings(shown) if heading != "Options"]
    assert headings == ["Run", "Models", "Commands"]
    assert "Do the work." in shown
    assert "secret" not in shown


# --- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("two\n  lines"), "two lines."),
        (RuntimeError("Is it on?"), "Is it on?"),
        (KeyError(), "KeyError: KeyError. Run it again as `spuriforge --debug ...` to see where."),
        (
            ValueError(),
            "ValueError: ValueError. Run it again as `spuriforge --debug ...` to see where.",
        ),
    ],
)
def test_an_error_is_one_line_that_ends(error: Exception, expected: str) -> None:
    assert sentence(error) == expected


def test_an_error_of_the_machine_is_no_mistake_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("spuriforge.flows.commands.status.load", full)
    result = invoke("status", "recipe.toml")
    assert result.exit_code == 1
    assert error_sentence(result) == "Error: No space left on device."
