"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from hub import log

# The suite is run at each change and has to be quick; `HYPOTHESIS_PROFILE=thorough make test` searches longer.
settings.register_profile(
    "quick", max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)  # other tests run beside
settings.register_profile("thorough", max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def what_one_test_hides_is_no_secret_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has one list of texts that must never be shown; tests share the process."""
    monkeypatch.setattr(log, "_secrets", set(log._secrets))
    monkeypatch.setattr(log, "_pattern", log._pattern)
