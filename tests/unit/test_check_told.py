"""What `hub check` prints: every finding, and each remedy once."""

from __future__ import annotations

import pytest

from sync_jobs.checks import Checked, tell


def test_findings_that_share_a_remedy_are_told_with_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        Checked("erp", "a.csv", False, "warning", "is not read.", "Rename it.", 0),
        Checked("erp", "b.csv", False, "warning", "is not read.", "Rename it.", 0),
        Checked("erp", "orders", True, "error", "1 file", "", 0),
        Checked("erp", "c.csv", False, "error", "is empty.", "Rename it.", 2),
    ]
    tell(found)
    assert capsys.readouterr().out.splitlines() == [
        "WARN  erp: a.csv: is not read.",
        "WARN  erp: b.csv: is not read.",
        "      Rename it.",
        "ok    erp: orders: 1 file",
        "FAIL  erp: c.csv: is empty.",
        "      Rename it.",
    ]
