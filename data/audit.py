"""Everything wrong with a source, in one pass over its rows.

    report = audit(read("seed_meta.csv"), pipeline.lvlm.parse.parse, source="seed_meta.csv")
    report.as_json(), report.table()

Of a row only its id, its place and a few hashes are kept; images are read one at a time and
dropped. data/audit_findings.py lists the kinds of findings.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .audit_across_rows import FewerOptions, GoldPlaces, Repeats
from .audit_findings import KINDS, Finding, Report, Spot, finding
from .audit_images import ImageAudit
from .audit_options import option_faults
from .audit_predictions import Parse, prediction_faults
from .benchmark_rows import Row


def audit(rows: Iterable[Row], parse: Parse, *, source: str, check_images: bool = True) -> Report:
    """Returns the report on a source.

    `parse` reads a published answer against its options: pipeline.lvlm.parse.parse.
    """
    count = published = 0
    faults: dict[str, list[Spot]] = defaultdict(list)
    repeats, image_names = Repeats(), set[int]()
    checks_across_rows = (repeats, GoldPlaces(), FewerOptions())
    with ImageAudit(check_images) as images:
        for number, row in enumerate(rows):
            count += 1
            published += row.published is not None
            spot = Spot(row.id, row.where, row=number)
            for kind, note in (*option_faults(row), *prediction_faults(row, parse)):
                faults[kind].append(replace(spot, note=note))
            for check in checks_across_rows:
                check.see(row, spot)
            images.see(row, spot)
            if name := row.image_name or (row.image.name if row.image else ""):
                image_names.add(hash(name))
        findings = [finding(kind, spots) for kind, spots in faults.items()]
        findings += [result for check in checks_across_rows for result in check.findings()]
        findings += images.findings()
    return Report(
        source,
        rows=count,
        ids=len(repeats.ids),
        images=len(image_names),
        opened=images.opened,
        published=published,
        findings=_gravest_first(findings),
    )


def _gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Merges findings of one kind, and puts them in the order of KINDS."""
    merged: dict[str, Finding] = {}
    for result in findings:
        before = merged.get(result.kind)
        merged[result.kind] = (
            finding(result.kind, (*before.spots, *result.spots)) if before else result
        )
    return tuple(merged[kind] for kind in KINDS if kind in merged)
