"""What holds for every test."""

from __future__ import annotations

import pytest

from hub import log


@pytest.fixture(autouse=True)
def what_one_test_hides_is_no_secret_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has one list of texts that must never be shown; tests share the process."""
    monkeypatch.setattr(log, "_secrets", set(log._secrets))
    monkeypatch.setattr(log, "_pattern", log._pattern)
