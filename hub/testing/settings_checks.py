"""Checks that need no source: settings, names, maps."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub.sdk import ConnectorConfig, HttpConnectorConfig, Mode, Stream
from hub.testing.checks import Checks, opened
from hub.testing.world import SECRET, secret_settings

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SOUNDS_SECRET = re.compile(r"(password|secret|token|api_key|private_key)$")
_INSECURE = "http://shop.example/api"


class SettingsChecks(Checks):
    """Settings, names and maps."""

    def test_settings_are_described_and_strict(self) -> None:
        model = self.connector.config_model
        assert issubclass(model, ConnectorConfig), "settings are a subclass of ConnectorConfig"
        silent = [name for name, field in model.model_fields.items() if not (field.description or "").strip()]
        assert not silent, f"settings without a description: {silent}"
        assert model.model_config.get("extra") == "forbid", "unknown settings must be refused"
        assert model.model_json_schema(), "the settings have a JSON schema"

    def test_secrets_are_secret(self) -> None:
        model = self.connector.config_model
        named = {name for name in model.model_fields if _SOUNDS_SECRET.search(name)}
        open_ones = sorted(named - set(secret_settings(self.connector)))
        assert not open_ones, f"these settings sound like secrets and are no SecretStr: {open_ones}"

    def test_settings_never_print_secrets(self, folder: Path) -> None:
        world = self.world(1, folder)
        with opened(world) as connector:
            assert SECRET not in f"{connector!r} {connector} {connector.config!r} {connector.config}"
            assert SECRET not in " ".join(repr(value) for value in vars(connector).values())

    def test_addresses_must_be_safe(self, folder: Path) -> None:
        model = self.connector.config_model
        if not issubclass(model, HttpConnectorConfig):
            pytest.skip("no setting of this connector is an address")
        good = dict(self.world(0, folder).settings)
        for name in [name for name in model.model_fields if name.endswith("_url")]:
            for bad in (_INSECURE, "https://user:password@shop.example"):
                with pytest.raises(ValidationError):
                    model.model_validate({**good, name: bad})
            model.model_validate({**good, name: _INSECURE, "allow_insecure_http": True})
            model.model_validate({**good, name: "https://shop.example/api"})

    def test_kind_is_folder_and_entry_point(self) -> None:
        kind = self.connector.kind
        assert _NAME.fullmatch(kind), f"a kind is written in small letters: {kind}"
        parts = self.connector.__module__.split(".")
        if parts[0] == "connectors":
            assert parts[1] == kind, f"{kind} lies in connectors/{parts[1]}"
            return
        groups = ("b2b_hub.connectors", "b2b_hub")
        points = {point.name: point for group in groups for point in entry_points(group=group)}
        assert kind in points, f"no entry point `{kind}` in the group b2b_hub.connectors or b2b_hub: is it installed?"
        brought = points[kind].load().hub_connectors()
        assert self.connector in brought, f"hub_connectors of `{kind}` does not bring {self.connector.__name__}"

    def test_streams_are_named_and_ordered(self) -> None:
        streams = self.streams_under_test()
        names = [stream.name for stream in streams]
        assert names, "a connector has streams"
        assert len(set(names)) == len(names), f"stream names repeat: {names}"
        assert all(_NAME.fullmatch(name) for name in names), f"names in small letters: {names}"
        for stream in streams:
            unknown = set(stream.depends_on) - set(names)
            assert not unknown, f"{stream.name} depends on streams that do not exist: {sorted(unknown)}"

    def test_maps_fill_what_is_required(self) -> None:
        for stream in self.streams_under_test():
            assert stream.maps, f"{stream.name} becomes nothing"
            for fields in stream.maps:
                _require_map(stream, fields)


def _require_map(stream: Stream, fields: Any) -> None:
    entity, mapped = fields.entity, set(fields.fields)
    where = f"{stream.name} -> {entity.name}"
    unknown = mapped - set(entity.by_name)
    assert not unknown, f"{where}: no such columns: {sorted(unknown)}"
    missing = {column.name for column in entity.columns if column.required} - mapped
    assert not missing, f"{where}: required columns are not mapped: {sorted(missing)}"
    if stream.mode is Mode.INCREMENTAL:
        assert "source_updated_at" in mapped, f"{where}: without source_updated_at a stale row could overwrite a newer"
    if fields.replaces is not None:
        assert fields.each is not None, f"{where}: `replaces` is for the children of an `each` map"
        assert fields.replaces in mapped, f"{where}: `replaces` names a column that is not mapped"
