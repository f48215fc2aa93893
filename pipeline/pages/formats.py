"""Figures as the project's pages print them: shares, differences, p values and durations.

percent(0.31)        # "31 %"
signed(-0.62)        # "\N{MINUS SIGN}0.62", with a true minus
small(0.0002)        # "< 0.001"
duration(3725)       # "1 h 02 min"
"""


def signed(value: float) -> str:
    """Returns a difference of shares with its sign: a true minus, and no sign for a zero."""
    return "0.00" if abs(value) < 0.005 else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def percent(share: float | None) -> str:
    """Returns a share in per cent, or an empty string for None."""
    return "" if share is None else f"{100 * share:.0f} %"


def small(q: float | None) -> str:
    """Returns a p or q value with three decimals; None becomes an empty string."""
    return "" if q is None else "< 0.001" if q < 0.001 else f"{q:.3f}"


def duration(seconds: float, *, short: bool = False) -> str:
    """Returns a duration in words a person reads; `short` uses a single unit."""
    if short and seconds >= 100:
        return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
