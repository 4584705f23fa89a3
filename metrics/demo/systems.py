"""The demo's other systems: each is a strict simulator on a loopback port, synced like the real one.

They all belong to one made-up group of companies, so that the same customers and articles are found in several of them.
They live as long as the demo does; `hub simulate KIND` brings one back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from hub.errors import PluginError
from hub.output import talk
from hub.plugins import Registry

SECRET = "simulated"  # noqa: S105  what the simulators accept is no secret
_SIZE = 60
_NOWHERE = "http://127.0.0.1:9"
_SECRET_FILE = "secrets/simulated"  # noqa: S105  a path
_HEAD = """\
# {title}, as `hub simulate {kind}` plays it. Written by `hub demo` each time it runs.
"""


class System(NamedTuple):
    """One simulated system: the kind of its connector, and its settings but for the address. `SECRET` stands for the
    reference to the secret, `ADDRESS` for the address."""

    kind: str
    settings: str


SYSTEMS = (
    System("shopify", "access_token: SECRET\n"),
    System(
        "magento",
        "consumer_key: SECRET\nconsumer_secret: SECRET\naccess_token: SECRET\naccess_token_secret: SECRET\n",
    ),
    System("salesforce", "client_id: hub\nclient_secret: SECRET\n"),
    System("dynamics", "login_url: ADDRESS\ntenant_id: demo.example\nclient_id: hub\nclient_secret: SECRET\n"),
    System(
        "business_central",
        "login_url: ADDRESS\ntenant_id: demo.example\nclient_id: hub\nclient_secret: SECRET\n"
        "company: CRONUS International Ltd.\n",
    ),
    System("sap", "user: hub\npassword: SECRET\n"),
    System("sap_b1", "company: SBODEMO\nuser: hub\npassword: SECRET\ntime_zone: Europe/Berlin\n"),
    System("oracle_scm", "username: hub\npassword: SECRET\ncurrency: EUR\nunits: {zzu: KGM}\n"),
)


@contextmanager
def running(registry: Registry, folder: Path, seed: int) -> Iterator[list[str]]:
    """Start all systems and write their settings below `folder`; yields their names. They end with the block.

    Those whose library is not installed are configured, but not enabled, and the demo says how to get it.
    """
    from hub.sdk.simulator import serve
    from hub.simulate import simulator_of

    _keep(folder / _SECRET_FILE, SECRET)
    with ExitStack() as stack:
        names = []
        for kind, _ in SYSTEMS:
            text = _HEAD.format(kind=kind, title=registry.connector(kind).title)
            try:
                app = simulator_of(registry, kind)(seed=seed, size=_SIZE, secret=SECRET)
            except PluginError as missing:
                talk(f"hub: {missing} Until then the demo goes on without it.")
                address, text = _NOWHERE, f"{text}enabled: false\n"
            else:
                names.append(kind)
                address = stack.enter_context(serve(app))
            text += settings_of(kind, address, f"${{file:{_SECRET_FILE}}}")
            (folder / "config" / "connectors" / f"{kind}.yaml").write_text(text, encoding="utf-8")
        yield names


def settings_of(kind: str, address: str, secret: str) -> str:
    """The YAML that lets a connector read its simulator at an address; `secret` is the reference to its secret."""
    own = next(system.settings for system in SYSTEMS if system.kind == kind)
    return f"kind: {kind}\nbase_url: {address}\n" + own.replace("SECRET", secret).replace("ADDRESS", address)


def _keep(path: Path, secret: str) -> None:
    """Write a secret where only its owner reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.chmod(0o600)
    path.write_text(secret, encoding="utf-8")
