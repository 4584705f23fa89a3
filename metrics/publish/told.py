"""What became of publishers, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.output import say, talk
from hub.sdk.connector import Finding
from metrics import text
from metrics.publish.run import Report


def table(reports: Sequence[Report]) -> str:
    """One line each."""
    rows = [["PUBLISHER", "STATUS", "TABLES", "ROWS", "SECONDS"]]
    rows += [
        [each.name, _status(each), str(len(each.rows)), f"{sum(each.rows.values()):,}", f"{each.seconds:.1f}"]
        for each in reports
    ]
    return "\n".join(text.aligned(rows, [False, False, True, True, True]))


def _status(report: Report) -> str:
    return "failed" if report.error else "unchanged" if report.unchanged else "published"


def document(reports: Sequence[Report]) -> dict[str, Any]:
    """The JSON of `hub publish`: `publishers`, one object each: name, kind, status (published, unchanged, failed), rows
    by table, notes, error, exit_code, seconds."""
    return {
        "publishers": [
            {
                "name": each.name, "kind": each.kind, "status": _status(each), "rows": each.rows, "notes": each.notes,
                "error": str(each.error) if each.error else None, "exit_code": each.exit_code,
                "seconds": round(each.seconds, 3),
            }
            for each in reports
        ]
    }  # fmt: skip


def tell_findings(findings: Sequence[tuple[str, Finding]]) -> None:
    """One line each; what is not well with its remedy."""
    for name, finding in findings:
        say(f"{'ok ' if finding.ok else 'NO '} {name}: {finding.subject}: {finding.detail}")
        if not finding.ok and finding.fix:
            talk(f"    {finding.fix}")


def findings_document(findings: Sequence[tuple[str, Finding]]) -> dict[str, Any]:
    """The JSON of `hub publish --check`: `findings`, one object each."""
    return {
        "findings": [
            {"publisher": name, "subject": each.subject, "ok": each.ok, "detail": each.detail, "fix": each.fix}
            for name, each in findings
        ]
    }


def findings_exit_code(findings: Sequence[tuple[str, Finding]]) -> int:
    """0 where all is well or only warned of; 2 where a publisher cannot run."""
    return 2 if any(not each.ok and each.severity == "error" for _, each in findings) else 0
