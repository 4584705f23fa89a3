"""What SQLite keeps as whole numbers, as exact text: millionths as decimals, microseconds as moments in UTC.

Arguments are SQL expressions, columns as a rule.
"""

from __future__ import annotations


def seconds(sql: str) -> str:
    """Whole seconds before or at a moment, also before 1970."""
    return f"(({sql} - (({sql} % 1000000) + 1000000) % 1000000) / 1000000)"


def moment_text(sql: str) -> str:
    """`2024-05-01T10:00:00Z`, with as many digits behind the seconds as there are. The usual ones come first: whole
    seconds, then those after 1970, which end with their fraction. `strftime` would take twice as long."""
    usual = f"replace(datetime({sql} / 1000000, 'unixepoch'), ' ', 'T')"
    early = (
        f"replace(datetime({seconds(sql)}, 'unixepoch'), ' ', 'T') || '.' ||"
        f" rtrim(substr(1000000 + (({sql} % 1000000) + 1000000) % 1000000, 2), '0')"
    )
    return (
        f"CASE WHEN {sql} % 1000000 = 0 THEN {usual} || 'Z'"
        f" WHEN {sql} > 1000000 THEN {usual} || '.' || rtrim(substr({sql}, -6), '0') || 'Z' ELSE {early} || 'Z' END"
    )


def decimal_text(sql: str) -> str:
    """As people write it, without zeros at the end. Beyond 64 bits a number is kept as text already. The usual ones
    come first, since all others take twice as long: whole numbers, then those with two decimals above zero."""
    part = f"rtrim(substr(1000000 + ({sql} % 1000000) * (1 - 2 * ({sql} < 0)), 2), '0')"
    sign = f"CASE WHEN {sql} < 0 AND {sql} > -1000000 THEN '-' ELSE '' END"
    small = f"CASE {sql} % 1000000 WHEN 0 THEN {sql} / 1000000 ELSE {sign} || ({sql} / 1000000) || '.' || {part} END"
    large = f"rtrim(rtrim(substr({sql}, 1, length({sql}) - 6) || '.' || substr({sql}, -6), '0'), '.')"
    cents = f"CASE {sql} % 100000 WHEN 0 THEN {sql} / 100000 % 10 ELSE substr({sql} / 10000 % 100 + 100, 2) END"
    return (
        f"CASE WHEN typeof({sql}) <> 'integer' THEN CASE typeof({sql}) WHEN 'text' THEN {large} END"
        f" WHEN {sql} % 1000000 = 0 THEN {sql} / 1000000"
        f" WHEN {sql} % 10000 = 0 AND {sql} > 0 THEN ({sql} / 1000000) || '.' || {cents} ELSE {small} END"
    )
