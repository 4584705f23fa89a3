"""One contract class for each hostile connector, with only the checks that must catch it. Run by test_kit.py."""

from __future__ import annotations

from hostile.connectors import HOSTILE

from hub.testing import ConnectorContract

CHECKS = tuple(name for name in dir(ConnectorContract) if name.startswith("test_"))

for _connector, _catching in HOSTILE.items():
    _wanted = {f"test_{check}" for check in _catching}
    assert _wanted <= set(CHECKS), f"{_connector.__name__}: no such checks {_wanted - set(CHECKS)}"
    _body = {name: None for name in CHECKS if name not in _wanted}
    _body |= {"connector": _connector, "settings": {"page_size": 5}, "__module__": __name__}
    globals()[f"Test{_connector.__name__}"] = type(f"Test{_connector.__name__}", (ConnectorContract,), _body)


class TestExcusesWithoutReason(ConnectorContract):
    """An exemption needs a reason, and a check that exists."""

    connector = next(iter(HOSTILE))
    exempt = {"deletes_are_seen": "no", "something_else": "There is no such check here."}
