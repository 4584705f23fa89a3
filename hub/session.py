"""What a command works with: the configuration, the plugins and the store, each loaded when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.plugins import Registry
    from hub.sdk.connector import Connector
    from hub.settings import HubSettings, Instance, Settings
    from hub.store.base import Store


class Session:
    """One call of `hub`. Commands find it in `typer.Context.obj`."""

    def __init__(self, config: Path | None = None, *, debug: bool = False, log_json: bool = False) -> None:
        self._config = config
        self.debug = debug
        self.log_json = log_json
        self._judged: tuple[str, Settings] | None = None

    @cached_property
    def config_dir(self) -> Path:
        from hub.settings import find_config

        return find_config(self._config)

    @cached_property
    def project_dir(self) -> Path:
        """The folder that holds `config/`: relative paths in the YAML start here, and `var/` lies here."""
        return self.config_dir.resolve().parent

    @property
    def state_dir(self) -> Path:
        """Caches, logs and other files that may be deleted while nothing runs."""
        return self.project_dir / "var"

    @cached_property
    def registry(self) -> Registry:
        from hub.plugins import Registry

        return Registry()

    def start_log(self, level: str = "warning", format: str = "text") -> None:
        """Send the log to stderr; what the command line says wins over the arguments."""
        from hub import log

        log.setup(
            "DEBUG" if self.debug else level.upper(),
            json=self.log_json or format == "json",
            bug_folder=lambda: self.state_dir / "errors",
        )

    @cached_property
    def hub_settings(self) -> HubSettings:
        """Only config/hub.yaml: enough for commands that read what is held, whatever is wrong with a connector."""
        from hub.settings import load_hub

        return self._heeded(load_hub(self.config_dir))

    @cached_property
    def settings(self) -> Settings:
        """Everything, with the secrets of all enabled instances. Raises ConfigError with all mistakes."""
        return self._load(())

    def _heeded(self, settings: HubSettings) -> HubSettings:
        self.start_log(settings.log.level, settings.log.format)
        if settings.telemetry is not None:
            from hub import telemetry

            telemetry.start(settings.telemetry)
        return settings

    def select(self, names: Sequence[str] = ()) -> list[Instance]:
        """The named instances, or all enabled ones, with their secrets; everything else is checked too."""
        return self._load(names).select(names)

    def _load(self, names: Sequence[str]) -> Settings:
        from hub.settings import kept, load

        mark = kept.mark_of(self.config_dir)
        settings = kept.find(self.state_dir, self.config_dir, mark) if mark else None
        if settings is None:
            settings = load(self.config_dir, self.registry, only=names or None)
            self._judged = (mark, settings) if mark else None
        self.__dict__.setdefault("hub_settings", self._heeded(settings.hub))
        return settings

    def keep_settings(self) -> None:
        """Keep the settings for the next start, if they were judged in this one (see `hub.settings.kept`)."""
        if self._judged:
            from hub.settings import kept

            mark, settings = self._judged
            kept.keep(self.state_dir, self.config_dir, mark, settings, self.registry)

    def open_store(self, *, upgrade_empty: bool = True) -> Store:
        """The configured store, checked to be of this release; an empty database gets its tables first."""
        from hub.access import permissions
        from hub.store import open_store

        permissions.guard(self)
        if upgrade_empty:
            permissions.make_private(self.state_dir)
        store = open_store(self.store_url)
        try:
            if upgrade_empty:
                store.prepare()
            else:
                store.require_current()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def store_url(self) -> str:
        """The store's URL; a relative SQLite path starts from the project's folder."""
        url = self.hub_settings.store
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str(self.project_dir / url.removeprefix(prefix))
        return url

    def connector(self, instance: Instance, **context: Any) -> Connector[Any]:
        """A live connector of one configured instance; close it after use."""
        from hub.sdk.connector import Context

        kind = self.registry.connector(instance.kind)
        return kind(instance.config, Context(instance.name, base_dir=str(self.project_dir), **context))
