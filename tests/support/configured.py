"""A configuration folder for tests, and a connector of a kind of its own that settings can be checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.errors import ConfigError
from hub.model.catalog import Customer, Order
from hub.plugins import Registry
from hub.sdk import Connector, ConnectorConfig, FieldMap, Stream, at
from hub.settings import Settings, load


class Login(BaseModel):
    """A group of settings with a secret in it."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(description="Who.")
    password: SecretStr = Field(description="Their password.")


class ShopConfig(ConnectorConfig):
    """Settings of every sort."""

    url: str = Field("https://shop.example", description="Where it is.")
    token: SecretStr | None = Field(None, description="The way in.")
    login: Login | None = Field(None, description="Another way in.")
    keys: dict[str, SecretStr] = Field(default_factory=dict, description="Secrets by name.")
    version: str = Field("1", description="Of the API.")
    size: int = Field(100, ge=1, le=250, description="Rows a page.")
    region: Literal["eu", "us"] = Field("eu", description="Where the data lies.")
    tags: list[str] = Field(default_factory=list, description="Words.")
    prefix: str | None = Field(None, pattern=r"^[A-Z]+-$", description="Of order numbers.")


class ShopConnector(Connector[ShopConfig]):
    kind = "shop"
    config_model = ShopConfig
    streams = (
        Stream("customers", (FieldMap(Customer, {"source_id": at("id")}),)),
        Stream("orders", (FieldMap(Order, {"source_id": at("id")}),)),
    )


class ShopRegistry(Registry):
    """What is installed, and the kind `shop`."""

    def __init__(self) -> None:
        super().__init__()
        self._connectors["shop"] = ShopConnector
        self._origins["shop"] = "tests"


class Config:
    """A project's folder; files are written as text, and loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "config"
        (self.folder / "connectors").mkdir(parents=True)
        self.registry = ShopRegistry()

    def hub(self, text: str | bytes) -> Config:
        return self.write("hub.yaml", text)

    def shop(self, text: str | bytes) -> Config:
        """config/connectors/web.yaml"""
        return self.write("connectors/web.yaml", text)

    def write(self, name: str, text: str | bytes) -> Config:
        raw = text if isinstance(text, bytes) else text.encode("utf-8")
        (self.folder / name).write_bytes(raw)
        return self

    def load(self, only: list[str] | None = None) -> Settings:
        return load(self.folder, self.registry, only)

    def web(self) -> ShopConfig:
        """The settings of `web`."""
        config = self.load(["web"]).instances["web"].config
        assert isinstance(config, ShopConfig)
        return config

    def mistakes(self) -> list[str]:
        """Every mistake, files named from the configuration folder on."""
        with pytest.raises(ConfigError) as caught:
            self.load()
        folder = f"{self.folder}/"
        return [mistake.replace(folder, "") for mistake in caught.value.mistakes]
