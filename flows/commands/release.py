"""`spuriforge release`: lists, compares, verifies, exports and yanks releases.

    spuriforge release list releases/NAME
    spuriforge release diff releases/NAME/1.0.0 releases/NAME --html changes.html

The work is done in `pipeline/release`.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .options import ReleasePath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spuriforge.pipeline.release.versions.changes import Diff

release_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Releases: list them, compare two, verify one, export one, mark one as not to be used.",
)
Home = Annotated[Path, typer.Argument(help="The folder of releases, like releases/NAME.")]
_A_RELEASE = "a release, like releases/NAME/1.0.0, or a folder of releases: then its latest."


@release_app.command("list")
def list_releases(folder: Home) -> None:
    """List the releases in a folder: types, pairs, size; the latest, the signed, the yanked."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from spuriforge.pipeline.release.texts.markdown import flat
    from spuriforge.pipeline.release.versions import release_folder

    releases = release_folder.list_releases(folder)
    table = Table(
        "version", "types", "pairs", "size", "", title=flat(releases[-1].name), title_justify="left"
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    for release in releases:
        flags = (("latest", release.latest), ("signed", release.signed))
        marks = [word for word, true in flags if true]
        marks += [] if release.yanked is None else [f"yanked: {flat(release.yanked)}"]
        size = f"{release.size / 1e6:,.1f} MB"
        types, pairs = f"{release.types:,}", f"{release.pairs:,}"
        table.add_row(release.version, types, pairs, size, Text(", ".join(marks)))
    Console().print(table)


@release_app.command("diff")
def diff_releases(
    old: Annotated[Path, typer.Argument(metavar="OLD", help=f"The older: {_A_RELEASE}")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help=f"The newer: {_A_RELEASE}")],
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with every pair, instead of text.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", help="Also write a page with the images of what changed to this file."
        ),
    ] = None,
) -> None:
    """Say what changed between two releases: types, pairs, answers, effects, columns, texts.

    The first line says what the change makes the next version: patch for texts and figures, minor
    for something added, major for anything removed, re-answered or with other columns.
    """
    from spuriforge.pipeline.release import diff
    from spuriforge.pipeline.release.versions import release_folder

    before, after = release_folder.find(old), release_folder.find(new)
    change = diff(before, after)
    if json:
        from json import dumps

        from spuriforge.pipeline.release.versions.diff import as_json

        typer.echo(dumps(as_json(change), indent=1, ensure_ascii=False))
    else:
        _show(change)
    if html:
        from spuriforge.pipeline.release.versions import gallery

        typer.echo(gallery.write(before, after, html, change), err=json)


def _show(change: "Diff") -> None:
    """Prints the difference, without control characters that a benchmark's texts might hold."""
    from spuriforge.pipeline.release.texts.markdown import flat
    from spuriforge.pipeline.release.versions import wording

    typer.echo(
        f"{change.old} -> {change.new}: "
        f"{'nothing changed' if change.empty else f'a {change.bump} change'}"
    )
    for sentence in wording.sentences(change):
        typer.echo(f"- {flat(sentence)}")
    for title, types in wording.details(change):
        typer.echo(f"\n{title}")
        for line in types:
            typer.echo(f"- {flat(line)}")


@release_app.command("yank")
def yank_release(
    folder: Annotated[
        str,
        typer.Argument(
            help=(
                "The folder of releases, like releases/NAME, or where it was published: s3:// or "
                "hf://."
            )
        ),
    ],
    version: Annotated[str, typer.Argument(help="The version, like 1.0.0.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why it is not to be used; its readers see it.")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the mark off again.")] = False,
) -> None:
    """Mark a release as not to be used.

    Nothing is deleted; `latest` goes to the highest version without a mark.
    """
    if undo and reason:
        raise ValueError("--undo takes no --reason: give one of them.")
    done = "is not yanked any more" if undo else "is yanked"
    if "://" in folder:
        from spuriforge.pipeline.release import destinations

        destinations.restore(folder, version) if undo else destinations.yank(
            folder, version, reason
        )
        typer.echo(f"{version} {done} at {folder}.")
        return
    from spuriforge.pipeline.release.versions import release_folder

    home = Path(folder)
    top = (
        release_folder.restore(home, version)
        if undo
        else release_folder.yank(home, version, reason)
    )
    latest = f"the latest is {top}" if top else "no version is left, so there is no latest"
    typer.echo(f"{version} {done}; {latest}.")


@release_app.command("verify")
def verify_release(
    folder: Annotated[Path, typer.Argument(help=f"What to verify: {_A_RELEASE}")],
    signers: Annotated[
        Path | None,
        typer.Option(
            "--signers",
            help="Who may sign: an allowed-signers file of ssh-keygen, a line for each key.",
        ),
    ] = None,
) -> None:
    """Check a release's files, signature and contents; exit code 1 if a check fails.

    Without --signers the signature is checked and its key's fingerprint shown, but not whose key
    that is.
    """
    from spuriforge.pipeline.release.texts.markdown import flat
    from spuriforge.pipeline.release.versions import release_folder

    release = release_folder.find(folder)
    typer.echo(release)
    if (reason := release_folder.yank_reason(release.parent, release.name)) is not None:
        typer.secho(f"yanked  {flat(reason)}", fg="yellow")
    verdicts = []
    for passed, name, explanation in _checks(release, signers):
        typer.secho("ok      " if passed else "not ok  ", fg="green" if passed else "red", nl=False)
        typer.echo(f"{name}: {flat(explanation)}")
        verdicts.append(passed)
    if failed := verdicts.count(False):
        typer.echo(
            f"{failed} of {len(verdicts)} checks failed: fetch the release again, or tell its "
            "publisher.",
            err=True,
        )
        raise typer.Exit(1)


def _checks(release: Path, signers: Path | None) -> "Iterator[tuple[bool, str, str]]":
    """Yields whether each check passed, its name, and what it saw; the files' own checks first."""
    from spuriforge.pipeline.release import checks, signature

    files = signature.verify(release, signers)
    yield files.passed, "files_and_signature", "; ".join(files.sentences())
    for verdict in checks.run(release):
        yield verdict.passed, verdict.name, verdict.explanation


_NEXT = {
    "vlmevalkit": (
        "Copy the files to $LMUData, then, in VLMEvalKit: python run.py --data {name} --model ..."
    ),
    "lmms-eval": "Next: lmms-eval --include_path {out} --tasks {name} --model ... --model_args ...",
    "inspect": "Next, in {out}: inspect eval {file} --model ...",
}


@release_app.command("export")
def export_release(
    release: ReleasePath,
    to: Annotated[
        Literal["vlmevalkit", "lmms-eval", "inspect"],
        typer.Option("--to", help="For which harness."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="The folder to write to; files of the same names are replaced."),
    ],
    split: Annotated[
        Literal["all", "train", "validation", "test"],
        typer.Option("--split", help="Which split; test for a model that was trained on train."),
    ] = "all",
    hub: Annotated[
        str | None,
        typer.Option(
            "--hub", help="OWNER/NAME: load this version from the Hub, not from this machine."
        ),
    ] = None,
) -> None:
    """Write a release for another evaluation harness: the same questions, the same prompt."""
    from spuriforge.pipeline.release.exports import export

    written = export(release, to, out, split=split, hub=hub)
    for path in written:
        typer.echo(path)
    name = written[0 if to == "vlmevalkit" else -1].stem
    step = _NEXT[to].format(name=name, out=shlex.quote(str(out)), file=written[0].name)
    typer.echo(step, err=True)
