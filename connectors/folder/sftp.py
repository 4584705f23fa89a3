"""SFTP that talks to nobody whose key it does not know: fsspec's own takes any server at its word.

A server is known by `known_hosts` of the hub's user, or by `host_key` among the options: the fingerprint that
`ssh-keyscan HOST | ssh-keygen -lf -` prints.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from hub.sdk import AuthError

_WAIT_SECONDS = 30.0


class Sftp(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
    """One connection, which no other run shares."""

    cachable = False

    def __init__(self, host: str, host_key: str = "", **options: Any) -> None:
        self._host_key = host_key
        super().__init__(host, **options)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        if not self._host_key:
            self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(_Pinned(self._host_key))
        waits = {"timeout": _WAIT_SECONDS, "banner_timeout": _WAIT_SECONDS, "auth_timeout": _WAIT_SECONDS}
        try:
            self.client.connect(self.host, **{**waits, **self.ssh_kwargs})
        except paramiko.BadHostKeyException as error:
            raise AuthError(
                f"{self.host} shows another key than known_hosts has: {_fingerprint(error.key)}.",
                fix="Ask its owner whether the key was changed; nothing was sent.",
            ) from error
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(_WAIT_SECONDS)


class _Pinned(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
    """Takes the one key that the settings name."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted.strip().rstrip("=")

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        found = _fingerprint(key)
        if found != self._wanted:
            told = "is not the one that `host_key` names" if self._wanted else "is not known"
            raise AuthError(
                f"the key of {hostname} {told}: {found}. Nothing was sent.",
                fix="Compare it with what its owner says, then set `options: host_key`, or add it to known_hosts.",
            )


def _fingerprint(key: Any) -> str:
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"
