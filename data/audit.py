"""Everything wrong with a source, in one pass over its rows.

    report = audit(read("seedbench_meta.csv"), pipeline.lvlm.parse.parse, source="seedbench_meta.csv")
    report.as_json(), report.table()

Nothing is kept of a row but its id, its place and a few hashes; images are read one by one and
dropped. The kinds of findings are in data/audit_findings.py.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .audit_across_rows import FewerOptions, GoldPlaces, Repeats
from .audit_findings import KINDS, Finding, Report, Spot, finding
from .audit_images import ImageAudit
from .audit_options import option_faults
from .audit_predictions import Parse, published_faults
from .benchmark_rows import Row


def audit(rows: Iterable[Row], parse: Parse, *, source: str, check_images: bool = True) -> Report:
    """The report on a source; `parse` reads a published answer against its options
    (pipeline.lvlm.parse.parse).
    """
    seen = published = 0
    faults: dict[str, list[Spot]] = defaultdict(list)
    repeats, names = Repeats(), set[int]()
    whole = (repeats, GoldPlaces(), FewerOptions())
    with ImageAudit(check_images) as images:
        for number, row in enumerate(rows):
            seen += 1
            published += row.published is not None
            spot = Spot(row.id, row.where, row=number)
            for kind, note in (*option_faults(row), *published_faults(row, parse)):
                faults[kind].append(replace(spot, note=note))
            for one in whole:
                one.see(row, spot)
            images.see(row, spot)
            if name := row.image_name or (row.image.name if row.image else ""):
                names.add(hash(name))
        found = [finding(kind, spots) for kind, spots in faults.items()]
        found += [one for part in whole for one in part.findings()]
        found += images.findings()
    return Report(
        source, seen, len(repeats.ids), len(names), images.opened, published, _gravest_first(found)
    )


def _gravest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding a kind, in the order of KINDS."""
    kinds: dict[str, Finding] = {}
    for one in found:
        before = kinds.get(one.kind)
        kinds[one.kind] = finding(one.kind, (*before.spots, *one.spots)) if before else one
    return tuple(kinds[kind] for kind in KINDS if kind in kinds)
