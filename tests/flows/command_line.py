"""Runs commands in the process of a test."""

from typer.testing import CliRunner, Result

from spuriforge.flows.cli import app

RUNNER = CliRunner()


def invoke(*arguments: str) -> Result:
    """Runs a command in this process, without ANNOTATE and colours."""
    return RUNNER.invoke(app, list(arguments), env={"ANNOTATE": "", "NO_COLOR": "1"})


def error_sentence(result: Result) -> str:
    """The error sentence: one line on stderr."""
    (line,) = result.stderr.strip().splitlines()
    return line
