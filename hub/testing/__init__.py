"""PUBLIC: the conformance kit. A connector runs it in three lines:

    class TestAcme(ConnectorContract):
        connector = AcmeConnector
        settings = {"page_size": 5}

It needs a simulator (`Connector.simulator`), or a `World` of its own for what is not reached by HTTP.
"""

# ruff: noqa: E402  the checks' asserts are rewritten first, so that a failure shows its values
import pytest

for _module in ("settings_checks", "reading_checks", "change_checks", "fault_checks"):
    pytest.register_assert_rewrite(f"hub.testing.{_module}")

from hub.testing.clock import FakeClock
from hub.testing.contract import ConnectorContract
from hub.testing.network import Network, Trouble
from hub.testing.reading import Held, Reading
from hub.testing.world import SECRET, SimulatorWorld, World

__all__ = [
    "SECRET",
    "ConnectorContract",
    "FakeClock",
    "Held",
    "Network",
    "Reading",
    "SimulatorWorld",
    "Trouble",
    "World",
]
