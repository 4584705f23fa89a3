"""Currencies that became the euro, at the rates that were fixed for ever: no rate list goes on after the change."""

from __future__ import annotations

FIXED = {
    "1999-01-01": {
        "ATS": "13.7603", "BEF": "40.3399", "DEM": "1.95583", "ESP": "166.386", "FIM": "5.94573", "FRF": "6.55957",
        "IEP": "0.787564", "ITL": "1936.27", "LUF": "40.3399", "NLG": "2.20371", "PTE": "200.482",
    },
    "2001-01-01": {"GRD": "340.750"},
    "2007-01-01": {"SIT": "239.640"},
    "2008-01-01": {"CYP": "0.585274", "MTL": "0.429300"},
    "2009-01-01": {"SKK": "30.1260"},
    "2011-01-01": {"EEK": "15.6466"},
    "2014-01-01": {"LVL": "0.702804"},
    "2015-01-01": {"LTL": "3.45280"},
    "2023-01-01": {"HRK": "7.53450"},
    "2026-01-01": {"BGN": "1.95583"},
}  # fmt: skip
"""Day of the change -> currency -> units for one euro, as in regulation (EC) 2866/98 and those that amended it."""


def fixed_rates_sql() -> str:
    """SQL for these rates in the columns (base, currency, day, rate)."""
    rows = (
        f"('EUR', '{currency}', DATE '{day}', CAST({rate} AS DECIMAL(20, 6)))"
        for day, rates in FIXED.items()
        for currency, rate in rates.items()
    )
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS fixed(base, currency, day, rate)"
