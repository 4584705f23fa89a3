"""Connector kinds and hooks: what the hub is made of beyond its core, each part loaded alone.

Our own connectors are named here as strings and loaded when a configured instance asks for them. Plugins of others come
by entry points of the group `b2b_hub`, or of `b2b_hub.connectors` where connectors are all they bring; one that does
not load is kept in `broken` with its reason and stops no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub import plugin_loading as loading
from hub.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from hub.model.batch import Batch, Reject
    from hub.sdk.connector import Connector
    from hub.sdk.publisher import Publisher

log = logging.getLogger(__name__)

BUILT_IN = {
    "business_central": "connectors.business_central",
    "csv": "connectors.files",
    "dynamics": "connectors.dynamics",
    "files": "connectors.files",
    "magento": "connectors.magento",
    "oracle_scm": "connectors.oracle_scm",
    "salesforce": "connectors.salesforce",
    "sap": "connectors.sap",
    "sap_b1": "connectors.sap_b1",
    "shopify": "connectors.shopify",
}
"""Kind -> our module that brings it."""

PUBLISHERS = {
    "folder": "connectors.folder",
    "powerbi": "connectors.powerbi",
    "tableau": "connectors.tableau",
}
"""Kind of publisher -> our module that brings it."""

OWN_METRICS = "metrics.catalogue"
"""Our own metrics come through the same hook as a stranger's."""

ORIGIN = "b2b-hub"


class Registry:
    """All that can be plugged in. Nothing is imported before it is asked for.

    broken   plugin or kind -> why it did not load, as far as it was asked for; `kinds()` asks for all plugins
    """

    def __init__(self) -> None:
        self.broken: dict[str, PluginError] = {}
        self._plugins: dict[str, loading.Plugin] = {}
        self._connectors: dict[str, type[Connector[Any]]] = {}
        self._origins: dict[str, str] = {}

    # -- connectors --------------------------------------------------------------------------------------------

    def kinds(self) -> dict[str, str]:
        """Every kind that can be configured, and the distribution that brings it."""
        self._load_all()
        return {**self._origins, **dict.fromkeys(BUILT_IN, ORIGIN)}

    def knows(self, kind: str) -> bool:
        """Whether a plugin, be it a broken one, is there for this kind."""
        return kind in BUILT_IN or kind in self._entry_points or kind in self.kinds()

    def unknown(self, kind: str) -> str:
        """What to tell about a kind that no plugin brings."""
        from hub.settings.mistakes import nearest

        hint = nearest(kind, self.kinds())
        broken = " A plugin did not load: see `hub plugins`." if self.broken else ""
        return (
            f"there is no connector kind `{kind[:40]}`.{hint}{broken} Further kinds come with plugins (`pip install`)."
        )

    def connector(self, kind: str) -> type[Connector[Any]]:
        """The connector class of a kind. Loads only the plugin that brings it, where its name tells.

        Raises PluginError when that plugin does not load, ConfigError when no plugin brings the kind.
        """
        if kind not in self._connectors:
            self._load_for(kind)
        if kind in self._connectors:
            return self._connectors[kind]
        if kind in self.broken:
            raise self.broken[kind]
        raise ConfigError(self.unknown(kind))

    def _load_for(self, kind: str) -> None:
        if kind in BUILT_IN:
            self._load(kind, ORIGIN, loading.importer(BUILT_IN[kind]))
            return
        if kind in self._entry_points:
            self._load_entry_point(kind, self._entry_points[kind])
        if kind not in self._connectors and kind not in self.broken:
            self._load_all()

    def plugins(self) -> list[loading.Plugin]:
        """Every plugin of others that loads."""
        self._load_all()
        return [plugin for name, plugin in sorted(self._plugins.items()) if name in self._entry_points]

    # -- hooks -------------------------------------------------------------------------------------------------

    @property
    def before_merge(self) -> Callable[[str, str, Batch], list[Reject]] | None:
        """Runs every plugin's `hub_before_merge`; None where no plugin has one.

        The result raises PluginError when a plugin fails: what it should have looked at must not be stored.
        """
        plugins = list(self.with_hook("hub_before_merge"))
        if not plugins:
            return None

        def run(source: str, stream: str, batch: Batch) -> list[Reject]:
            rejects: list[Reject] = []
            for plugin in plugins:
                refused = plugin.call("hub_before_merge", source=source, stream=stream, batch=batch)
                rejects += _checked_rejects(plugin.name, refused, len(batch))
            return rejects

        return run

    def after_run(self, source: str, stream: str, report: Any) -> None:
        """Tell every plugin that a run has ended. A failure is logged and changes nothing."""
        for plugin in self.with_hook("hub_after_run"):
            try:
                plugin.call("hub_after_run", source=source, stream=stream, report=report)
            except Exception as error:  # one plugin must not spoil a run that is stored already
                log.warning("%s", error, exc_info=error.__cause__)

    def metrics(self) -> list[Any]:
        """Every metric, ours first."""
        self._load(OWN_METRICS, ORIGIN, loading.importer(OWN_METRICS))
        return self._collected("hub_metrics")

    def publisher(self, kind: str) -> type[Publisher[Any]]:
        """The publisher class of a kind. Raises PluginError where its plugin does not load, ConfigError where none
        brings it."""
        if kind in PUBLISHERS:
            self._load(PUBLISHERS[kind], ORIGIN, loading.importer(PUBLISHERS[kind]))
            if PUBLISHERS[kind] in self.broken:
                raise self.broken[PUBLISHERS[kind]]
        found = self._publishers()
        if kind not in found:
            from hub.settings.mistakes import nearest

            hint = nearest(kind, self.publisher_kinds())
            raise ConfigError(f"there is no publisher kind `{kind[:40]}`.{hint}")
        return found[kind]

    def publisher_kinds(self) -> list[str]:
        """Every kind of publisher that can be configured."""
        return sorted({*PUBLISHERS, *self._publishers()})

    def _publishers(self) -> dict[str, type[Publisher[Any]]]:
        """The publishers of all plugins that load, by kind; a plugin that returns something else is a broken one."""
        from hub.sdk.publisher import Publisher

        found: dict[str, type[Publisher[Any]]] = {}
        for plugin in self.with_hook("hub_publishers"):
            try:
                for entry in _listed(plugin, "hub_publishers"):
                    if not (isinstance(entry, type) and issubclass(entry, Publisher) and hasattr(entry, "kind")):
                        raise _fault(plugin, f"`hub_publishers` returned {entry!r:.60}, which is no Publisher class")
                    found.setdefault(entry.kind, entry)
            except PluginError as error:
                self.broken[plugin.name] = error
        return found

    def _collected(self, hook: str) -> list[Any]:
        collected: list[Any] = []
        for plugin in self.with_hook(hook):
            try:
                collected += _listed(plugin, hook)
            except PluginError as error:
                self.broken[plugin.name] = error
        return collected

    def with_hook(self, hook: str) -> Iterator[loading.Plugin]:
        """Every plugin that loads and has this hook. Those that only bring connectors are not even looked at."""
        for name, point in self._entry_points.items():
            if point.group != loading.CONNECTORS_GROUP or hook == "hub_connectors":
                self._load_entry_point(name, point)
        return (plugin for plugin in list(self._plugins.values()) if hook in plugin.hooks)

    # -- loading -----------------------------------------------------------------------------------------------

    @cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        return loading.entry_points()

    def _load_all(self) -> None:
        for name, point in self._entry_points.items():
            self._load_entry_point(name, point)

    def _load_entry_point(self, name: str, point: EntryPoint) -> None:
        self._load(name, loading.origin_of(point), point.load, only_connectors=point.group == loading.CONNECTORS_GROUP)

    def _load(self, name: str, origin: str, get: Callable[[], object], *, only_connectors: bool = False) -> None:
        if name in self._plugins or name in self.broken:
            return
        try:
            plugin = loading.load(name, origin, get)
            if only_connectors:
                _require_only_connectors(plugin)
            connectors = _connectors(plugin, self._taken(origin)) if "hub_connectors" in plugin.hooks else {}
        except PluginError as error:
            self.broken[name] = error
            return
        self._plugins[name] = plugin
        self._connectors.update(connectors)
        self._origins.update(dict.fromkeys(connectors, origin))

    def _taken(self, origin: str) -> dict[str, str]:
        """Kinds that a plugin of this origin may not bring, and whose they are."""
        others = {kind: owner for kind, owner in self._origins.items() if owner != origin}
        return others if origin == ORIGIN else {**others, **dict.fromkeys(BUILT_IN, ORIGIN)}


def _connectors(plugin: loading.Plugin, taken: dict[str, str]) -> dict[str, type[Connector[Any]]]:
    """What `hub_connectors` returned, checked: one bad class makes the plugin a broken one."""
    from hub.sdk.connector import Connector

    found: dict[str, type[Connector[Any]]] = {}
    for entry in _listed(plugin, "hub_connectors"):
        if not (isinstance(entry, type) and issubclass(entry, Connector)):
            raise _fault(plugin, f"`hub_connectors` returned {entry!r:.60}, which is no Connector class")
        kind = getattr(entry, "kind", None)
        if not isinstance(kind, str) or not kind:
            raise _fault(plugin, f"{entry.__name__} names no `kind`")
        if plugin.origin != ORIGIN and not _is_settings_model(getattr(entry, "config_model", None)):
            raise _fault(plugin, f"{entry.__name__}.config_model is no ConnectorConfig class")
        if kind in taken or kind in found:
            raise _fault(plugin, f"the kind `{kind}` is already brought by {taken.get(kind, 'itself')}")
        found[kind] = entry
    return found


def _require_only_connectors(plugin: loading.Plugin) -> None:
    """A hook that is called now and then only, by whether a connector was needed, would be worse than none."""
    others = sorted(plugin.hooks.keys() - {"hub_connectors"})
    if others:
        raise _fault(plugin, f"it is listed under `{loading.CONNECTORS_GROUP}`, but has `{others[0]}` as well")


def _is_settings_model(model: object) -> bool:
    """Not asked of our own connectors: it would import their models, which a start may not need."""
    from hub.sdk.config import ConnectorConfig

    return isinstance(model, type) and issubclass(model, ConnectorConfig)


def _listed(plugin: loading.Plugin, hook: str) -> list[Any]:
    result = plugin.call(hook)
    if not isinstance(result, list | tuple):
        raise _fault(plugin, f"`{hook}` returned {type(result).__name__}, not a list")
    return list(result)


def _checked_rejects(name: str, refused: Any, records: int) -> list[Reject]:
    from hub.model.batch import Reject

    if not refused:
        return []
    if not isinstance(refused, list | tuple) or not all(isinstance(reject, Reject) for reject in refused):
        raise PluginError(
            f"plugin {name} returned something else than rejects from `hub_before_merge`.",
            fix="Report it to its author.",
        )
    if not all(0 <= reject.row < records for reject in refused):
        raise PluginError(
            f"plugin {name} refused a record that the batch does not have.",
            fix="Report it to its author: `Reject.row` is the record's position within the batch.",
        )
    return list(refused)


def _fault(plugin: loading.Plugin, problem: str) -> PluginError:
    return PluginError(
        f"plugin {plugin.name} ({plugin.origin}): {problem}.", fix="Report it to its author, or uninstall it."
    )
