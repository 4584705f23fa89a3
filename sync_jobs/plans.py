"""What the settings want: each stream with its rule, its dependencies and its system's cap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.sdk.connector import Stream
from sync_jobs.joblist import is_enabled, open_instance, ordered
from sync_jobs.rules import Rule, rule_of

if TYPE_CHECKING:
    from hub.sdk.config import ConnectorConfig
    from hub.session import Session
    from hub.settings import HubSettings, Instance
    from sync_jobs.schedule import Key


@dataclass(frozen=True)
class Plan:
    """One scheduled stream.

    after     streams of the same system that come first, where they are due as well
    cap       streams of the system that may run at the same time
    entities  what it yields, as far as that is known without asking the system
    publishes it is no stream that is read, but a publisher
    """

    source: str
    stream: str
    rule: Rule
    after: tuple[str, ...] = ()
    cap: int = 1
    entities: frozenset[str] = frozenset()
    publishes: bool = False

    @property
    def key(self) -> Key:
        return self.source, self.stream

    @property
    def where(self) -> str:
        return f"{self.source}/{self.stream}"


@dataclass(frozen=True)
class Wanted:
    """All that is scheduled.

    plans      by instance and stream
    unlisted   systems that cannot say now which streams they have, and why; of these only what the settings name is
               planned
    """

    plans: dict[Key, Plan]
    unlisted: dict[str, HubError]


def plans_of(session: Session) -> dict[Key, Plan]:
    """Every stream and publisher that has a schedule. Raises ConfigError where the settings have mistakes."""
    return wanted(session).plans


def wanted(session: Session) -> Wanted:
    """The same, with the systems that could not be asked."""
    plans: dict[Key, Plan] = {}
    unlisted: dict[str, HubError] = {}
    for instance in session.settings.select():
        streams, problem = _streams(session, instance)
        plans |= {plan.key: plan for plan in _plans(session, instance, streams)}
        if problem is not None and _has_schedule(session.settings.hub, instance.config):
            unlisted[instance.name] = problem
    from sync_jobs import publishing

    return Wanted(plans | {plan.key: plan for plan in publishing.plans(session)}, unlisted)


def _has_schedule(hub: HubSettings, config: ConnectorConfig) -> bool:
    own = [settings.schedule for settings in config.streams.values()]
    return any(each is not None for each in (hub.defaults.schedule, config.schedule, *own))


def _plans(session: Session, instance: Instance, listed: list[Stream]) -> Iterator[Plan]:
    config, hub = instance.config, session.settings.hub
    streams = [stream for stream in listed if is_enabled(config, stream.name)]
    earlier: set[str] = set()
    for stream in ordered(streams):
        rule = rule_for(hub, config, stream.name)
        if rule is not None:
            after = tuple(name for name in stream.depends_on if name in earlier)
            entities = frozenset(fields.entity.name for fields in stream.maps)
            yield Plan(instance.name, stream.name, rule, after, config.runs_at_once, entities)
            earlier.add(stream.name)


def rule_for(hub: HubSettings, config: ConnectorConfig, stream: str) -> Rule | None:
    """A stream's rule: its own settings, then its connector's, then the defaults. None where none says when."""
    settings = config.streams.get(stream)
    return rule_of([settings.schedule if settings else None, config.schedule, hub.defaults.schedule], hub.time_zone)


def _streams(session: Session, instance: Instance) -> tuple[list[Stream], HubError | None]:
    """The streams of an instance, and why they are not all where it cannot be asked. Only one whose settings or server
    define them has to be opened."""
    try:
        kind = session.registry.connector(instance.kind)
        if kind.streams and "discover" not in vars(kind):
            return list(kind.streams), None
        opened = open_instance(session, instance, lambda: False)
    except HubError as error:
        return _known(session, instance), error
    except Exception:  # a plugin's fault: its streams fail, and say so, when they run
        return [Stream(name, ()) for name in instance.config.streams], None
    try:
        return list(opened.streams), None
    finally:
        opened.close()


def _known(session: Session, instance: Instance) -> list[Stream]:
    """What is known of a system that does not answer, or whose plugin is missing."""
    try:
        known = {stream.name: stream for stream in session.registry.connector(instance.kind).streams}
    except HubError:
        known = {}
    named = {name: Stream(name, ()) for name in instance.config.streams}
    return list({**named, **known}.values())


def upcoming(plan: Plan, slot: datetime, count: int) -> list[datetime]:
    """The next starts of a stream from one slot on, its jitter among them."""
    slots = itertools.accumulate(range(count - 1), lambda at, _: plan.rule.after(at), initial=slot)
    return [plan.rule.due(each, plan.where) for each in slots]


def dependents(plans: Mapping[Key, Plan]) -> dict[Key, list[Key]]:
    """For each stream those that must come first."""
    return {
        key: [(plan.source, name) for name in plan.after if (plan.source, name) in plans] for key, plan in plans.items()
    }
