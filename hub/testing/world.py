"""What the kit tests against: a small source whose content is known, and that can be changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hub.sdk import Connector, Context
from hub.testing.clock import FakeClock
from hub.testing.network import Network

if TYPE_CHECKING:
    from hub.sdk.simulator import Simulator

SECRET = "planted-5ec1e7-0123456789abcdef"  # noqa: S105  it opens nothing
"""Stands in every secret setting; the kit looks for it in all that is printed."""

_BASE_URL = "http://127.0.0.1:9"


class World:
    """Subclass it for a source that is not reached by HTTP: files in `tmp_path`, say.

    settings   of the connector, as in its YAML file
    network    None where there is none
    """

    settings: Mapping[str, Any]
    network: Network | None = None

    def __init__(self, connector: type[Connector[Any]], settings: Mapping[str, Any]) -> None:
        self.kind = connector
        self.settings = settings
        self.clock = FakeClock()
        self.base_dir = "."

    def connector(self) -> Connector[Any]:
        """A new connector to the source, as a new process would make it."""
        config = self.kind.config_model.model_validate(dict(self.settings))
        context = Context("kit", transport=self.network, clock=self.clock, now=self.clock.now, base_dir=self.base_dir)
        return self.kind(config, context)

    def truth(self) -> Mapping[str, set[str]] | None:
        """Canonical entity -> ids that a full read must give; None where that is not known."""
        return None

    def change(self, verb: str, stream: str, count: int) -> list[str] | None:
        """`touch`, `add` or `delete` so many rows; their ids, None where this source cannot be changed so."""
        return None


class SimulatorWorld(World):
    """A connector's own simulator, in process."""

    def __init__(
        self,
        connector: type[Connector[Any]],
        settings: Mapping[str, Any],
        *,
        size: int,
        page_rows: int,
        logins: re.Pattern[str],
        base_path: str = "",
    ) -> None:
        from hub.sdk.simulator import in_process

        filled = with_secrets(connector, {"base_url": _BASE_URL + base_path, **settings})
        super().__init__(connector, {"kind": connector.kind, **filled})
        self.simulator = simulator_class(connector)(size=size, page_rows=page_rows, secret=SECRET)
        self.network = Network(in_process(self.simulator), logins)

    def truth(self) -> Mapping[str, set[str]]:
        return {entity: set(known["ids"]) for entity, known in self.simulator.truth().items()}

    def change(self, verb: str, stream: str, count: int) -> list[str] | None:
        if stream not in self.simulator.tables:
            return None
        return self.simulator.mutate({verb: {stream: count}})[verb][stream] or None


def simulator_class(connector: type[Connector[Any]]) -> type[Simulator]:
    """The simulator that a connector names."""
    assert connector.simulator, f"{connector.__name__} names no simulator: set `simulator`, or override `world`"
    module, _, name = connector.simulator.partition(":")
    found: type[Simulator] = getattr(import_module(module), name)
    return found


def with_secrets(connector: type[Connector[Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the planted secret in every secret one that they leave out, and `{base_url}` filled in."""
    base_url = str(settings.get("base_url", ""))
    filled = {
        name: value.replace("{base_url}", base_url) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    for name in secret_settings(connector):
        if connector.config_model.model_fields[name].is_required():
            filled.setdefault(name, SECRET)
    return filled


def secret_settings(connector: type[Connector[Any]]) -> list[str]:
    """Names of the settings that hold secrets."""
    fields = connector.config_model.model_fields
    return [name for name, field in fields.items() if "SecretStr" in str(field.annotation)]
