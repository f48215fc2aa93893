"""`spuriforge models`: the endpoint presets as a table."""


def models() -> None:
    """List the endpoint presets: address, model, the variable that holds the key, and prices."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from spuriforge.pipeline.presets import presets

    table = Table(
        title='backend = "endpoint" and preset = "NAME" under [[models]]', box=SIMPLE_HEAD
    )
    table.title_justify, table.pad_edge = "left", False
    for column in ("name", "key variable", "in", "out", "as of"):
        table.add_column(
            column, justify="right" if column in ("in", "out") else "left", no_wrap=True
        )
    for one in presets().values():
        table.add_row(
            one.name,
            one.key_variable or "-",
            _price(one.price_in),
            _price(one.price_out),
            one.as_of,
        )
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        "in, out: US dollars per million tokens, from memory: check them before you rely on them.\n"
    )
    for one in presets().values():
        console.print(
            f"{one.name}: {one.model} at {one.url}{' (' + one.note + ')' if one.note else ''}"
        )


def _price(price: float | None) -> str:
    return "-" if price is None else f"{price:.2f}"
