"""The ECB's reference rates: a wide file, newest first, becomes one row for each day and currency."""

from __future__ import annotations

import pytest
from support.real_data import DATA, Hub, synced


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield synced(tmp_path_factory.mktemp("hub"), "ecb_fx", "ECB_FX_DIR", DATA / "ecb_fx", monkeypatch)


def test_days_and_currencies(hub: Hub) -> None:
    assert hub.rows("SELECT count(DISTINCT rate_on), count(DISTINCT currency) FROM fx_rates") == [(7_126, 41)]


def test_the_known_day(hub: Hub) -> None:
    rates = "SELECT currency, rate FROM fx_rates WHERE rate_on = '2011-12-09' AND currency IN ('USD', 'GBP')"
    assert dict(hub.rows(rates)) == {"USD": 1_338_400, "GBP": 853_150}


def test_a_day_without_a_rate_has_no_row(hub: Hub) -> None:
    """CYP ended with 2007; N/A after that is no rate, and no reject either."""
    assert hub.rows("SELECT max(rate_on) FROM fx_rates WHERE currency = 'CYP'") == [("2007-12-31",)]
    assert hub.number("SELECT count(*) FROM hub_quarantine") == 0


def test_the_base_is_the_euro(hub: Hub) -> None:
    assert hub.rows("SELECT DISTINCT base_currency FROM fx_rates") == [("EUR",)]
