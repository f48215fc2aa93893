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
    for preset in presets().values():
        prices = _price(preset.price_in), _price(preset.price_out)
        table.add_row(preset.name, preset.key_variable or "-", *prices, preset.as_of)
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        "in, out: US dollars per million tokens, from memory: check them before you rely on them.\n"
    )
    for preset in presets().values():
        note = f" ({preset.note})" if preset.note else ""
        console.print(f"{preset.name}: {preset.model} at {preset.url}{note}")


def _price(price: float | None) -> str:
    return "-" if price is None else f"{price:.2f}"
