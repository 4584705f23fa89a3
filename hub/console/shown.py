"""How values are written on pages: times in the hub's zone with UTC beside, ages, numbers, shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from hub.console.words import counted, told

NOTHING = "–"
_CODE = re.compile(r"`([^`]{1,200})`")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Shown:
    """Values as one person reads them: in a language, and in the hub's time zone."""

    def __init__(self, language: str, zone: str, now: datetime) -> None:
        self.language, self.zone_name, self.now = language, zone, now
        self._zone = ZoneInfo(zone)

    def moment(self, at: datetime | None) -> Markup:
        """A time in the hub's zone; UTC in the tooltip, and for machines."""
        if at is None:
            return Markup('<span class="none">{}</span>').format(NOTHING)
        local = at.astimezone(self._zone)
        today = local.date() == self.now.astimezone(self._zone).date()
        text = f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M}"
        return self._time(at, text)

    def moment_in_full(self, at: datetime | None) -> Markup:
        """The same with its day, its seconds and its zone."""
        if at is None:
            return Markup('<span class="none">{}</span>').format(NOTHING)
        local = at.astimezone(self._zone)
        return self._time(at, f"{local:%Y-%m-%d %H:%M:%S %Z}")

    def ago(self, at: datetime | None) -> Markup:
        """How long ago, or in how long; the time itself in the tooltip."""
        if at is None:
            return Markup('<span class="none">{}</span>').format(told(self.language, "never"))
        seconds = (self.now - at).total_seconds()
        span = self.span(abs(seconds))
        if abs(seconds) < 1:
            text = told(self.language, "now")
        elif seconds > 0:
            text = told(self.language, "%(span)s ago", span=span)
        else:
            text = told(self.language, "in %(span)s", span=span)
        return self._time(at, text, local=True)

    def span(self, seconds: float | timedelta | None) -> str:
        """A length of time in its two largest units."""
        if seconds is None:
            return NOTHING
        total = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
        if total < _MINUTE:
            return told(self.language, "%(number)s s", number=max(total, 0))
        if total < _HOUR:
            return told(self.language, "%(number)s min", number=total // _MINUTE)
        if total < _DAY:
            hours, minutes = total // _HOUR, total % _HOUR // _MINUTE
            text = told(self.language, "%(number)s h", number=hours)
            return f"{text} {told(self.language, '%(number)s min', number=minutes)}" if minutes else text
        days, hours = total // _DAY, total % _DAY // _HOUR
        text = counted(self.language, "%(number)s day", "%(number)s days", days)
        return f"{text} {told(self.language, '%(number)s h', number=hours)}" if hours and days < 7 else text

    def _time(self, at: datetime, text: str, *, local: bool = False) -> Markup:
        utc = at.astimezone(UTC)
        title = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
        if local:
            title = f"{at.astimezone(self._zone):%Y-%m-%d %H:%M:%S %Z} · {title}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(f"{utc:%Y-%m-%dT%H:%M:%SZ}", title, text)

    @staticmethod
    def text(words: str) -> Markup:
        """A sentence with what stands in backticks as code."""
        return Markup(_CODE.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before

    @staticmethod
    def number(value: int | Decimal | None) -> str:
        """A number with its thousands apart; a dash for none."""
        return NOTHING if value is None else f"{value:,}"

    @staticmethod
    def amount(text: str | Decimal | None, digits: int = 2) -> str:
        """An exact amount for reading: rounded, thousands apart; whole numbers without a fraction."""
        if text is None:
            return NOTHING
        value = Decimal(text)
        short = value.quantize(Decimal(1).scaleb(-digits)) if abs(value) < 10**20 else value
        return f"{int(value):,}" if value == value.to_integral_value() else f"{short:,f}"

    @staticmethod
    def is_number(text: str) -> bool:
        """Whether a text is a number that `amount` can show."""
        return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None

    @staticmethod
    def share(part: int | None, whole: int | None) -> str:
        """A percentage that never rounds up to a hundred; a dash where it is not known."""
        if part is None or not whole:
            return NOTHING
        if part >= whole:
            return "100 %"
        percent = int(part * 1000 / whole) / 10
        return f"{percent:.1f} %"
