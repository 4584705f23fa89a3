"""Carries alerts to the channels, and tries again what did not arrive."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.store.base import Store
from hub.store.operations import Delivery, Operations
from sync_jobs import channels
from sync_jobs.alerts import Alert, alert_of

if TYPE_CHECKING:
    from hub.plugins import Registry
    from hub.settings.operations import NotificationSettings

log = logging.getLogger(__name__)

_PLUGIN = "plugin "
_TRYING = timedelta(minutes=2)
"""How long one try may take before somebody else may try."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_GIVE_UP = timedelta(days=3)


class Post:
    """What is to be sent, and how. `channel_names` is who wants to hear of a kind of alert."""

    def __init__(self, notifications: NotificationSettings, registry: Registry) -> None:
        self._channels = dict(notifications.channels)
        self._plugins = {f"{_PLUGIN}{plugin.name}": plugin for plugin in registry.with_hook("hub_notify")}

    def channel_names(self, kind: str) -> list[str]:
        wanted = [name for name, channel in self._channels.items() if not channel.kinds or kind in channel.kinds]
        return [*wanted, *self._plugins]

    def deliver(self, store: Store, now: Callable[[], datetime], stopped: Callable[[], bool] = lambda: False) -> int:
        """Send all that is due; returns how much arrived. What fails waits, longer each time."""
        ops, arrived = Operations(store), 0
        names: Sequence[str] = [*self._channels, *self._plugins]
        while not stopped() and (delivery := ops.take_delivery(now(), now() + _TRYING, names)) is not None:
            entry = ops.alert(delivery.alert_id)
            error = self._send(delivery, alert_of(entry, delivery.event)) if entry else ""
            ops.settle_delivery(self._settled(delivery, error, now()))
            arrived += not error
        return arrived

    def _send(self, delivery: Delivery, alert: Alert) -> str:
        """Why it did not arrive; empty where it did."""
        try:
            if delivery.channel in self._plugins:
                self._plugins[delivery.channel].call("hub_notify", alert=alert)
            else:
                channels.send(self._channels[delivery.channel], alert)
        except HubError as error:
            return error.problem
        except Exception as error:  # one channel must not stop the others
            log.warning("the channel %s failed", delivery.channel, exc_info=error)
            return type(error).__name__
        return ""

    @staticmethod
    def _settled(delivery: Delivery, error: str, now: datetime) -> Delivery:
        if not error:
            return replace(delivery, done_at=now, error="")
        wait = min(_FIRST_WAIT * (1 << min(delivery.attempts - 1, 20)), _LONGEST_WAIT)
        if delivery.attempts == 1:
            log.warning("alert %d did not reach %s: %s It is tried again.", delivery.alert_id, delivery.channel, error)
        if delivery.attempts * _LONGEST_WAIT > _GIVE_UP:
            log.error("alert %d never reached %s: %s", delivery.alert_id, delivery.channel, error)
            return replace(delivery, done_at=now, error=error)
        return replace(delivery, next_at=now + wait, error=error)
