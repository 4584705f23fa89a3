"""Loading one plugin so that nothing it does can stop the others: every failure is a PluginError with its reason."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.errors import HubError, PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "b2b_hub"
"""Entry points of plugins with any hooks: loaded whenever somebody must be asked, so at every sync."""
CONNECTORS_GROUP = "b2b_hub.connectors"
"""Entry points of plugins with nothing but `hub_connectors`: loaded when one of their kinds is configured."""


class Plugin(NamedTuple):
    """A loaded plugin and its hooks: hook name -> (function, the arguments it wants)."""

    name: str
    origin: str
    hooks: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call one hook. Raises PluginError, with the original as its cause, whatever goes wrong inside."""
        function, wanted = self.hooks[hook]
        with guarded(self.name, f"in `{hook}`"):
            return function(**{name: arguments[name] for name in wanted})


def entry_points() -> dict[str, EntryPoint]:
    """Plugins that are installed, by name. Of two with one name, the first on the path counts, as in imports."""
    if not any_declared(sys.path):
        return {}
    from importlib import metadata

    found: dict[str, EntryPoint] = {}
    installed = metadata.entry_points()
    for group in (GROUP, CONNECTORS_GROUP):
        for point in installed.select(group=group):
            found.setdefault(point.name, point)
    return found


def any_declared(path: Iterable[str]) -> bool:
    """Whether anything on the import path declares a plugin. Most hubs have none, and this look at files tells so in a
    tenth of the time that `importlib.metadata` takes, which has the last word. When in doubt, yes."""
    unusual = any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder)
    return unusual or any(map(_declares, path))


def _declares(folder: str) -> bool:
    folder = folder or "."
    try:
        changed = Path(folder).stat().st_mtime_ns
        look = _look if time.time_ns() - changed < _SETTLED_NS else _look_once
        return look(folder, changed)
    except NotADirectoryError:  # an archive
        return True
    except OSError:  # no such folder
        return False


def _look(folder: str, changed: int) -> bool:
    with os.scandir(folder) as entries:
        return any(map(_is_plugin, entries))


_look_once = lru_cache(maxsize=64)(_look)
"""Whatever is installed, replaced or removed changes its folder: a process looks once at what stays as it is."""
_SETTLED_NS = 2_000_000_000
"""Two changes of a folder within a moment may bear the same time."""


def _is_plugin(entry: os.DirEntry[str]) -> bool:
    if not entry.name.endswith((".dist-info", ".egg-info")):
        return entry.name.endswith(".egg")
    try:
        return GROUP.encode() in Path(entry.path, "entry_points.txt").read_bytes()
    except OSError:  # it declares nothing
        return False


def origin_of(point: EntryPoint) -> str:
    """`b2b-hub-acme 1.2`, for people."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def load(name: str, origin: str, get: Callable[[], object]) -> Plugin:
    """Import one plugin and look at its hooks. Raises PluginError."""
    with guarded(name, "while it was loaded"):
        module = get()
    with guarded(name, "while its hooks were looked at"):
        _require_sdk(name, module)
        return Plugin(name, origin, _hooks(name, module))


def importer(module: str) -> Callable[[], object]:
    """Something for `load` that imports a module of ours."""
    return lambda: import_module(module)


@contextlib.contextmanager
def guarded(name: str, when: str) -> Iterator[None]:
    """Turn whatever a plugin raises into a PluginError. What it prints goes to stderr: stdout is for results."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (HubError, KeyboardInterrupt):
        raise
    except ImportError as error:
        raise PluginError(
            f"plugin {name} failed {when}: {error}.",
            fix=f"Install what it needs, or uninstall it. Missing: {error.name or 'see above'}.",
        ) from error
    except SyntaxError as error:
        raise PluginError(
            f"plugin {name} is not valid Python {sys.version_info.major}.{sys.version_info.minor}: {error.msg} "
            f"({error.filename}, line {error.lineno}).",
            fix="Install a release of it for this Python.",
        ) from error
    except BaseException as error:  # one plugin must not stop the others, not even by sys.exit
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise PluginError(
            f"plugin {name} failed {when} ({reason}).", fix="Report it to its author, or uninstall it."
        ) from error


def _require_sdk(name: str, module: object) -> None:
    from hub.sdk.hooks import SDK_VERSION

    wanted = getattr(module, "HUB_SDK", SDK_VERSION)
    if wanted == SDK_VERSION:
        return
    newer = isinstance(wanted, int) and wanted > SDK_VERSION
    raise PluginError(
        f"plugin {name} needs hub SDK {wanted}, this is {SDK_VERSION}.",
        fix="Upgrade b2b-hub, or install an older release of the plugin."
        if newer
        else "Install a newer release of it.",
    )


def _hooks(name: str, module: object) -> dict[str, tuple[Callable[..., Any], tuple[str, ...]]]:
    """The plugin's hooks, checked by pluggy against their specifications."""
    import pluggy

    from hub.sdk import hooks

    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    try:
        manager.register(module, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(
            f"plugin {name} has a hook that the hub does not know: {' '.join(str(error).split())}.",
            fix="Install a release of it for this hub, or report it to its author.",
        ) from error
    found = {}
    for caller in manager.get_hookcallers(module) or ():
        for implementation in caller.get_hookimpls():
            if implementation.wrapper or implementation.hookwrapper:
                raise PluginError(
                    f"plugin {name} wraps `{caller.name}`; hooks here are called one by one.",
                    fix="Report it to its author.",
                )
            found[caller.name] = (implementation.function, tuple(implementation.argnames))
    if not found:
        raise PluginError(
            f"plugin {name} has no hook.", fix="Its author marks functions such as `hub_connectors` with `@hookimpl`."
        )
    return found
