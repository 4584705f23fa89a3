"""What holds for every test."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from hub import log

# The suite is run at each change and has to be quick; `HYPOTHESIS_PROFILE=thorough make test` searches longer.
# How long an example takes says nothing: other tests run beside.
settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Eight thousand collected tests are a million objects that never go away: looking through them again and again takes a
# fifth of the time of collecting.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.fixture(autouse=True)
def what_one_test_hides_is_no_secret_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has one list of texts that must never be shown; tests share the process."""
    monkeypatch.setattr(log, "_secrets", set(log._secrets))
    monkeypatch.setattr(log, "_pattern", log._pattern)
