"""Questioning a number from the command line: explain, reconcile, history, and reports of now and of then."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import Project

ORDERS = "source_id,number,customer_source_id,ordered_at,total,tax,currency\n"
FIRST = ORDERS + "1,A-1001,K1,2024-01-05,119,19,EUR\n2,A-1002,K1,2024-02-05,50,,EUR\n"
SHOP = ORDERS + "7,1001,K9,2024-01-05,119,0,EUR\n8,A1002,K9,2024-02-05,50,0,EUR\n9,A1003,K9,2024-02-06,8,0,EUR\n"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """An ERP and a shop that hold the same orders, nearly."""
    project = Project(tmp_path, capsys)
    (tmp_path / "shop").mkdir()
    project.settings("connectors/shop.yaml", "kind: csv\nfolder: shop\n")
    project.export("orders.csv", FIRST)
    (tmp_path / "shop" / "orders.csv").write_text(SHOP.replace("1001,", "A-1001,"))
    assert project.hub("sync").code == 0
    return project


def test_a_number_is_taken_apart_from_the_command_line(project: Project) -> None:
    told = project.hub("explain", "revenue", "2024-02", "--json").json
    assert told["inputs"] == {"gross": "108", "returns": "0"}
    assert [row["source_id"] for row in told["records"]["rows"]] == ["2", "8", "9"]
    assert project.hub("explain", "revenue", "2024-02", "--csv").out.count("\n") == 4
    assert "Formula:" in project.hub("explain", "revenue").out


@pytest.mark.parametrize(
    "arguments",
    [("explain", "revenue", "--by", "month"), ("explain", "average_order_value", "K1"), ("explain", "revenu"),
     ("explain", "revenue", "1999-01"), ("explain", "revenue", "--as-of", "2020-01-01")],
)  # fmt: skip
def test_a_question_that_means_nothing_is_refused_with_a_remedy(project: Project, arguments: tuple[str, ...]) -> None:
    refused = project.hub(*arguments)
    assert refused.code == 2
    assert refused.err.startswith("hub: ")


def test_two_systems_are_reconciled(project: Project) -> None:
    (told,) = project.hub("reconcile", "revenue", "--between", "erp", "shop", "--by", "month", "--json").json
    assert told["difference"]["value"] == "-27.00"
    assert {cause["cause"]: cause["value"] for cause in told["causes"]} == {"tax": "-19.00", "late": "-8.00"}
    assert "the difference of the totals" in project.hub("reconcile", "orders", "--between", "erp", "shop").out
    assert project.hub("reconcile", "orders", "--between", "erp", "nobody").code == 2
    assert project.hub("reconcile", "stock", "--between", "erp", "shop").code == 2


def test_last_months_report_is_printed_again_and_the_change_is_explained(project: Project) -> None:
    assert project.hub("report", "-o", str(project.folder / "report.pdf")).code == 0
    project.export("orders.csv", FIRST.replace(",50,", ",70,") + "3,A-1003,K1,2024-03-05,30,,EUR\n")
    moment = project.hub("metrics", "history", "revenue", "--by", "month", "--by", "source", "--json").json
    assert [entry["value"] for entry in moment] == ["327.00"]
    assert project.hub("sync", "erp").code == 0

    now = project.hub("explain", "revenue", "--as-of", moment[0]["taken_at"][:19], "--json")
    assert now.code == 2  # that second had not ended when it was computed
    restated = project.hub("explain", "revenue", "--as-of", "2099-01-01", "--json").json["restated"]
    assert {part["part"]: part["amount"] for part in restated["bridge"]["parts"]} == {
        "late records": "30.00", "changed": "20.00",
    }  # fmt: skip
    assert "327.00" in project.hub("report", "--as-of", "2099-01-01").out
    assert "377.00" in project.hub("report").out
    moment = project.hub("metrics", "history", "revenue", "--by", "month,source", "--json").json
    assert [entry["value"] for entry in moment] == ["377.00", "327.00"]


def test_a_report_of_chosen_metrics(project: Project) -> None:
    out = project.folder / "tables"
    told = project.hub("report", "--metric", "revenue", "-o", str(out), "--format", "csv")
    assert told.code == 0
    assert (out / "revenue.csv").read_text().splitlines()[0] == "month,gross,returns,net"
    assert project.hub("report", "--metric", "nothing").code == 2
    assert project.hub("report", "-o", str(project.folder / "r.docx")).code == 2
