"""The report of an audit is JSON and a table, whatever its texts hold."""

import json
from io import StringIO

from rich.console import Console

from spuriforge.data.audit import audit
from spuriforge.pipeline.lvlm.parse import parse
from tests.data.audit_rows import row


def test_a_report_is_json_and_a_table_whatever_the_texts_hold() -> None:
    report = audit([row("[red]", choices=("[bold]x", "[bold]x"))], parse, source="f[/x].csv")
    plain = json.loads(json.dumps(report.as_json()))
    assert [finding["kind"] for finding in plain["findings"]] == [
        "gold-duplicated",
        "duplicate-options",
    ]
    assert plain["rows"] == 1
    for finding in plain["findings"]:
        assert finding["count"] == len(finding["ids"]) == len(finding["rows"])
        assert finding["rows"][0] == {
            "id": "[red]", "row": 0, "where": "f line [red]", "note": "A and B: '[bold]x'"
        }  # fmt: skip
    console = Console(file=StringIO(), width=200)
    console.print(report.table())
    assert isinstance(console.file, StringIO)
    assert "[red]: A and B: '[bold]x'" in console.file.getvalue()
    assert "f[/x].csv: 1 rows" in console.file.getvalue()
