"""The kit tested from both sides: a good plugin passes all of it, and every hostile connector is caught."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from support.acme import ACME, PLUGINS, install_acme

ROOT = Path(__file__).parents[2]
sys.path.append(str(ACME / "src"))
sys.path.append(str(PLUGINS))

from hostile.connectors import HOSTILE  # noqa: E402  needs the two folders above


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Both files of contracts, run in a process of their own: (class, check) -> how it ended."""
    folder = tmp_path_factory.mktemp("kit")
    path = os.pathsep.join([str(install_acme(folder)), str(PLUGINS), str(ROOT)])
    contracts = [ACME / "tests" / "test_contract.py", PLUGINS / "hostile" / "contracts.py"]
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(PLUGINS), *map(str, contracts),
               "-q", "-W", "error", "-p", "no:cacheprovider", f"--junitxml={report}"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    ends: dict[tuple[str, str], str] = {}
    for case in ET.parse(report).iter("testcase"):
        key = (case.get("classname", "").rpartition(".Test")[2], case.get("name", "").partition("[")[0][5:])
        end = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")
        ends[key] = "failure" if ends.get(key) == "failure" else end
    return ends


def test_a_good_plugin_passes_all_of_it(results: dict[tuple[str, str], str]) -> None:
    own = {check: end for (name, check), end in results.items() if name == "Acme"}
    assert len(own) > 30
    assert set(own.values()) == {"passed"}, {check: end for check, end in own.items() if end != "passed"}


@pytest.mark.parametrize(
    ("connector", "check"),
    [(connector.__name__, check) for connector, checks in HOSTILE.items() for check in checks],
)
def test_a_hostile_connector_is_caught(connector: str, check: str, results: dict[tuple[str, str], str]) -> None:
    assert results[connector, check] == "failure"


def test_an_exemption_needs_a_reason_and_a_check(results: dict[tuple[str, str], str]) -> None:
    assert results["ExcusesWithoutReason", "deletes_are_seen"] == "error"
    assert results["ExcusesWithoutReason", "exemptions_name_checks_that_exist"] == "failure"


def test_every_check_catches_somebody() -> None:
    from hub.testing import ConnectorContract

    checks = {name.removeprefix("test_") for name in dir(ConnectorContract) if name.startswith("test_")}
    caught = {check for checks in HOSTILE.values() for check in checks}
    assert checks - caught == {"exemptions_name_checks_that_exist"}
