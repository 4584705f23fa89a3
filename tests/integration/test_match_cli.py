"""`hub match` as an operations person uses it: two exports, one wrong link, and reports that follow."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from support.project import Project

HEAD = "source_id,name,country,city,tax_id,email,source_updated_at\n"
ERP = HEAD + (
    "K1,ACME Corp. GmbH,DE,Berlin,DE136695976,info@acme.de,2024-01-01T00:00:00Z\n"
    "K2,Beta Valves Ltd,GB,Leeds,,office@beta-valves.co.uk,2024-01-01T00:00:00Z\n"
)
SHOP = HEAD + (
    "7,Acme Corporation,DE,Berlin,DE 136 695 976,shop@acme.de,2024-02-01T00:00:00Z\n"
    "8,Gamma Optique SARL,FR,Lyon,,contact@gamma-optique.fr,2024-02-01T00:00:00Z\n"
)
ORDERS = "source_id,customer_source_id,total,currency,ordered_at,source_updated_at\n"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    project = Project(tmp_path, capsys)
    project.export("customers.csv", ERP)
    project.export("orders.csv", ORDERS + "o1,K1,100,EUR,2024-03-01T00:00:00Z,2024-03-01T00:00:00Z\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "customers.csv").write_text(SHOP)
    (tmp_path / "shop" / "orders.csv").write_text(
        ORDERS + "s1,7,50,EUR,2024-03-02T00:00:00Z,2024-03-02T00:00:00Z\n"
        "s2,8,5,EUR,2024-03-02T00:00:00Z,2024-03-02T00:00:00Z\n"
    )
    project.settings("connectors/shop.yaml", "kind: csv\nfolder: shop\n")
    return project


def test_from_a_sync_to_a_split_that_reports_follow(project: Project) -> None:
    synced = project.hub("sync", "--json")
    assert synced.code == 0, synced.err
    assert synced.json["identity"]["compared"] == {"customers": 4, "products": 0}

    shown = project.hub("match", "show", "shop/7").out
    assert "C000001  " in shown
    assert "Linked with erp/K1 by tax id" in shown
    assert "The tax number speaks strongly for it (+14.0): DE 136 695 976 / DE136695976." in shown
    assert "C000002  Beta Valves Ltd" in project.hub("match", "show", "valves").out

    revenue = project.hub("metrics", "show", "revenue", "--by", "customer", "--json").json["rows"]
    assert {row["customer_id"]: row["gross"] for row in revenue} == {"C000001": "150.00", "C000003": "5.00"}

    split = project.hub("match", "split", "shop/7", "--why", "another company", "--json")
    assert split.code == 0, split.err
    assert [(each["kind"], each["why"]) for each in split.json] == [("split", "another company")]
    revenue = project.hub("metrics", "show", "revenue", "--by", "customer", "--json").json["rows"]
    assert {row["customer_id"]: row["gross"] for row in revenue} == {
        "C000001": "100.00", "C000004": "50.00", "C000003": "5.00"
    }  # fmt: skip
    shown = project.hub("match", "show", "shop/7").out
    assert "Stands alone: a person said so (decision 1)" in shown
    assert "another company" in shown

    undone = project.hub("match", "undo", "1")
    assert "undone by" in undone.out
    assert project.hub("match", "show", "shop/7", "--json").json["golden_id"] == "C000001"


def test_questions_go_to_a_spreadsheet_and_back(project: Project) -> None:
    project.settings("hub.yaml", "store: sqlite:///hub.db\nidentity: {link_score: 40, review_score: 2}\n")
    assert project.hub("sync").code == 0
    listed = project.hub("match", "list", "--json").json
    assert [(each["left"], each["right"]) for each in listed] == [("erp/K1", "shop/7")]
    number = str(listed[0]["id"])
    shown = project.hub("match", "show", number).out
    assert "are these two one?" in shown
    assert "Linked by itself only from 40.0 on." in shown
    assert f"{number}  erp/K1 and shop/7 may be one" in project.hub("match", "show", "erp/K1").out

    rows = list(csv.DictReader(io.StringIO(project.hub("match", "export").out)))
    assert [(row["what"], row["answer"]) for row in rows] == [("question", "")]
    work = project.folder / "work.csv"
    assert project.hub("match", "export", str(work)).code == 0
    unchanged = project.hub("match", "import", str(work), "--json")
    assert (unchanged.code, unchanged.json["decided"], unchanged.json["unanswered"]) == (0, 0, 1)

    (row,) = csv.DictReader(io.StringIO(work.read_text()))
    answered, wrong = {**row, "answer": "same", "why": "checked by phone"}, {**row, "answer": "maybe"}
    with work.open("w", newline="") as file:
        writer = csv.DictWriter(file, row.keys())
        writer.writeheader()
        writer.writerows([answered, wrong])
    heeded = project.hub("match", "import", str(work))
    assert heeded.code == 1
    assert "1 decided" in heeded.out
    assert "line 3: `answer` is not one of same, apart." in heeded.err
    assert project.hub("match", "list", "--decisions", "--json").json[0]["why"] == "checked by phone"

    decisions = project.hub("match", "export").out
    (project.folder / "decisions.csv").write_text(decisions)
    again = project.hub("match", "import", str(project.folder / "decisions.csv"), "--json").json
    assert (again["decided"], again["already"]) == (0, 1)


def test_statistics_and_evaluation(project: Project) -> None:
    project.hub("sync")
    stats = project.hub("match", "stats", "--json").json
    assert stats["customers"]["rules"] == {"alone": 2, "tax id": 2}
    assert (stats["customers"]["records"], stats["customers"]["golden"], stats["customers"]["singletons"]) == (4, 3, 2)
    assert "4 records are 3; 2 have one record only" in project.hub("match", "stats").out
    truth = project.folder / "truth.csv"
    truth.write_text("left,right,same\nerp/K1,shop/7,yes\nerp/K2,shop/8,no\nerp/K9,shop/8,no\n")
    measured = project.hub("match", "evaluate", str(truth), "--json").json
    assert (measured["pairs"]["precision"], measured["pairs"]["recall"], measured["unknown"]) == (1.0, 1.0, 1)
    truth.write_text("record,cluster\nerp/K1,1\nshop/7,1\nerp/K2,2\nshop/8,2\n")
    measured = project.hub("match", "evaluate", str(truth), "--json").json
    assert (measured["clusters"]["precision"], measured["clusters"]["recall"]) == (1.0, 0.5)
    assert "recall 0.5000" in project.hub("match", "evaluate", str(truth)).out


def test_what_cannot_be_is_told_with_a_remedy(project: Project) -> None:
    early = project.hub("match", "list")
    assert (early.code, "hub match run" in early.err) == (2, True)
    project.hub("sync")
    for arguments, told in (
        (("accept", "77"), "there is no question 77"),
        (("split", "erp/K2"), "has no other record"),
        (("undo", "5"), "there is no decision 5"),
        (("show", "nobody"), "no name contains"),
        (("evaluate", "none.csv"), "cannot be read"),
        (("import", "none.csv"), "cannot be read"),
    ):
        result = project.hub("match", *arguments)
        assert (result.code, told in result.err) == (2, True), result.err


def test_one_system_is_left_alone_and_never_means_never(project: Project) -> None:
    assert project.hub("sync", "erp", "--json").json["identity"] is None
    project.settings("hub.yaml", "store: sqlite:///hub.db\nidentity: {after_sync: never}\n")
    assert project.hub("sync", "--json").json["identity"] is None
    ran = project.hub("match", "run", "--json").json
    assert (ran["kind"], ran["compared"]["customers"]) == ("full", 4)
    assert project.hub("match", "run").out == "Nothing has changed since the last resolution.\n"
