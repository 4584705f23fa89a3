"""A settings model that is imported when settings are to be judged by it, not when its connector is loaded."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _LateModel:
    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __get__(self, instance: object, owner: type) -> Any:
        return getattr(import_module(self._module), self._name)


def late_model(module: str, name: str) -> Any:
    """A connector's `config_model` in a module of its own. For connectors with `plain_settings`: see there."""
    return _LateModel(module, name)
