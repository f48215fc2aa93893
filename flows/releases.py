"""The releases' part of the command line: what there is, what changed, is it sound, and what is not
to be used.

    spuriforge release list releases/NAME
    spuriforge release diff releases/NAME/1.0.0 releases/NAME --html changes.html

Thin: a folder of releases and a difference are `shelf.py` and `diff.py` of
`pipeline/release/versions`. Nothing slow is imported here, as in `cli.py`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .using import export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spuriforge.pipeline.release.versions.diff import Diff

release_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Releases: list them, compare two, verify one, export one, mark one as not to be used.",
)
release_app.command("export")(export)

Home = Annotated[Path, typer.Argument(help="The folder of releases, like releases/NAME.")]
_A_RELEASE = "a release, like releases/NAME/1.0.0, or a folder of releases: then its latest."


@release_app.command("list")
def list_releases(folder: Home) -> None:
    """List the releases in a folder: types, pairs, size, which is the latest, which are signed or
    yanked.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from spuriforge.pipeline.release.texts.markdown import flat
    from spuriforge.pipeline.release.versions import shelf

    found = shelf.shelved(folder)
    table = Table(
        "version", "types", "pairs", "size", "", title=flat(found[-1].name), title_justify="left"
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in found:
        marks = [word for word, true in (("latest", one.latest), ("signed", one.signed)) if true]
        marks += [] if one.yanked is None else [f"yanked: {flat(one.yanked)}"]
        size = f"{one.size / 1e6:,.1f} MB"
        table.add_row(one.version, f"{one.types:,}", f"{one.pairs:,}", size, Text(", ".join(marks)))
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
    """Say what changed between two releases: types with reasons, pairs, answers, effects, columns,
    texts.

    The first line says what the change makes the next version: patch for texts and figures, minor
    for something added, major for anything removed, re-answered or with other columns.
    """
    from spuriforge.pipeline.release import diff
    from spuriforge.pipeline.release.versions import shelf

    before, after = shelf.find(old), shelf.find(new)
    change = diff(before, after)
    if json:
        from json import dumps

        typer.echo(dumps(change.as_json(), indent=1, ensure_ascii=False))
    else:
        _show(change)
    if html:
        from spuriforge.pipeline.release.versions import gallery

        typer.echo(gallery.write(before, after, html, change), err=json)


def _show(change: "Diff") -> None:
    """The difference as text; what could move the cursor is left out of texts from benchmarks."""
    from spuriforge.pipeline.release.texts.markdown import flat

    typer.echo(
        f"{change.old} -> {change.new}: "
        f"{'nothing changed' if change.empty else f'a {change.bump} change'}"
    )
    for one in change.sentences():
        typer.echo(f"- {flat(one)}")
    for title, types in change.details():
        typer.echo(f"\n{title}")
        for one in types:
            typer.echo(f"- {flat(one)}")


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
    """Mark a release as not to be used: nothing is deleted, and `latest` goes to the highest
    version without a mark.
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
    from spuriforge.pipeline.release.versions import shelf

    home = Path(folder)
    top = shelf.restore(home, version) if undo else shelf.yank(home, version, reason)
    typer.echo(
        f"{version} {done}; {f'the latest is {top}' if top else 'no version is left, so there is no latest'}."
    )


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
    """Check a release's files, signature and contents, a line for each check; exit code 1 if one
    fails.

    Without --signers a signature is checked, and told with its key's fingerprint, but not whose key
    that is.
    """
    from spuriforge.pipeline.release.texts.markdown import flat
    from spuriforge.pipeline.release.versions import shelf

    release = shelf.find(folder)
    typer.echo(release)
    if (reason := shelf.yanked(release.parent, release.name)) is not None:
        typer.secho(f"yanked  {flat(reason)}", fg="yellow")
    verdicts = []
    for passed, name, told in _checked(release, signers):
        typer.secho("ok      " if passed else "not ok  ", fg="green" if passed else "red", nl=False)
        typer.echo(f"{name}: {flat(told)}")
        verdicts.append(passed)
    if failed := verdicts.count(False):
        said = f"{failed} of {len(verdicts)} checks failed: fetch the release again, or tell who published it."
        typer.echo(said, err=True)
        raise typer.Exit(1)


def _checked(release: Path, signers: Path | None) -> "Iterator[tuple[bool, str, str]]":
    """Whether each check passed, its name, and what it saw; the files first, as the others read
    them.
    """
    from spuriforge.pipeline.release import checks, signature

    found = signature.verify(release, signers)
    yield found.passed, "files_and_signature", "; ".join(found.sentences())
    for one in checks.run(release):
        yield one.passed, one.name, one.explanation
