"""Who else on this machine can read or change what the hub keeps: settings, files with secrets, the database, var/.

What everybody can change is refused: they could send credentials elsewhere, or make themselves admins. What others can
read is told. Windows has other means, and is left alone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.session import Session

log = logging.getLogger(__name__)

_READ, _WRITE = stat.S_IRGRP | stat.S_IROTH, stat.S_IWGRP | stat.S_IWOTH
_MOUNTED = (Path("/run/secrets"), Path("/var/run/secrets"))
"""Where containers and orchestrators put secrets, readable for all inside."""
_SQLITE = "sqlite:///"


class Exposure(NamedTuple):
    """One file or folder that others get at."""

    path: Path
    problem: str
    fix: str
    is_refused: bool

    def __str__(self) -> str:
        return f"{self.path} {self.problem}. {self.fix}"


def guard(session: Session) -> None:
    """Raise ConfigError where others can change what the hub trusts. Costs some looks at the file system."""
    if os.name != "posix":
        return
    for path, what in (*_settings(session.config_dir), *_database(session.store_url)):
        found = _writable(path, what)
        if found is not None:
            raise ConfigError(f"{found.path} {found.problem}.", fix=found.fix)


def exposures(session: Session) -> list[Exposure]:
    """All that others get at, for `hub check`, `hub run` and the console."""
    if os.name != "posix":
        return []
    written = [*_settings(session.config_dir), *_database(session.store_url), *_secret_files(session)]
    private = [*_database(session.store_url)[:1], *_secret_files(session), (session.state_dir, "what it caches")]
    found = [_writable(path, what) for path, what in dict(written).items()]
    found += [_readable(path, what) for path, what in private]
    return [each for each in found if each is not None]


def warn(session: Session) -> None:
    """Say it in the log."""
    for each in exposures(session):
        log.warning("%s", each)


def make_private(folder: Path) -> None:
    """A folder that only its owner gets at; one that is there stays. Whoever needs it tells where this fails."""
    if not folder.exists():
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _settings(config_dir: Path) -> list[tuple[Path, str]]:
    instances = config_dir / "connectors"
    files = sorted(instances.glob("*.yaml")) if instances.is_dir() else []
    return [(path, "the settings") for path in (config_dir, config_dir / "hub.yaml", instances, *files)]


def _database(url: str) -> list[tuple[Path, str]]:
    if not url.startswith(_SQLITE):
        return []
    path = Path(url.removeprefix(_SQLITE))
    return [(path, "the database"), (path.parent, "the folder of the database")]


def _secret_files(session: Session) -> list[tuple[Path, str]]:
    """Files that settings refer to, and the console's private key."""
    import re

    found = {}
    for path, _ in _settings(session.config_dir):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            for target in re.findall(r"(?<!\$)\$\{file:([^{}]+)\}", text):
                found[session.project_dir / Path(target.strip()).expanduser()] = "a secret"
    return list(found.items())


def _writable(path: Path, what: str) -> Exposure | None:
    mode = _mode(path)
    if mode is None or not mode & stat.S_IWOTH or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        return None
    return Exposure(path, f"({what}) can be changed by everybody on this machine", f"Run `chmod o-w {path}`.", True)


def _readable(path: Path, what: str) -> Exposure | None:
    mode = _mode(path)
    if mode is None or not mode & (_READ | _WRITE) or any(place in path.parents for place in _MOUNTED):
        return None
    who = "everybody on this machine" if mode & stat.S_IROTH else "its group"
    return Exposure(path, f"({what}) can be read by {who}", f"Run `chmod {_private(mode)} {path}`.", False)


def _private(mode: int) -> str:
    return "700" if stat.S_ISDIR(mode) else "600"


def _mode(path: Path) -> int | None:
    """The mode of what is there; None where nothing is, or it may not be looked at."""
    try:
        return path.stat().st_mode
    except OSError:
        return None
