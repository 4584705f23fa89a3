"""An SFTP server on loopback that keeps its files in a folder, and shows who did what.

`python -m support.sftp_server FOLDER` prints its port and its key's fingerprint, and serves until it is ended.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "hub", "sftp-secret"


@dataclass
class Files:
    """What a server has, and how it behaves.

    done       what was done, in order: `open`, `rename`, `remove`, `mkdir`, each with its path
    breaks_at  ends the connection when so many files have been opened for writing
    asked      passwords that were shown to it
    """

    folder: Path
    done: list[tuple[str, str]] = field(default_factory=list)
    breaks_at: int | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0
    fingerprint: str = ""
    transports: list[Any] = field(default_factory=list)

    def note(self, what: str, path: str) -> None:
        self.done.append((what, path))
        written = sum(each == "write" for each, _ in self.done)
        if what == "write" and self.breaks_at is not None and written >= self.breaks_at:
            self.breaks_at = None
            for transport in self.transports:
                transport.close()


class _Login(paramiko.ServerInterface):
    def __init__(self, files: Files) -> None:
        self._files = files

    def check_auth_password(self, username: str, password: str) -> int:
        self._files.asked.append(password)
        right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _Handle(paramiko.SFTPHandle):
    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Server(paramiko.SFTPServerInterface):
    def __init__(self, server: Any, files: Files) -> None:
        super().__init__(server)
        self._files = files

    def _at(self, path: str) -> Path:
        return Path(f"{self._files.folder}{self.canonicalize(path)}")

    def list_folder(self, path: str) -> Any:
        return _tried(lambda: [_attributes(entry) for entry in os.scandir(self._at(path))])

    def stat(self, path: str) -> Any:
        return _tried(lambda: paramiko.SFTPAttributes.from_stat(self._at(path).stat()))

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        self._files.note("write" if writes else "read", path)

        def opened() -> _Handle:
            handle = _Handle(flags)
            mode = "r+b" if writes else "rb"
            file = os.fdopen(os.open(self._at(path), flags, 0o600), mode, buffering=0)
            handle.readfile = handle.writefile = file
            return handle

        return _tried(opened)

    def remove(self, path: str) -> Any:
        self._files.note("remove", path)
        return _tried(lambda: self._at(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> Any:
        return paramiko.SFTP_FAILURE if self._at(newpath).exists() else self.posix_rename(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        self._files.note("rename", newpath)
        return _tried(lambda: self._move(oldpath, newpath))

    def _move(self, oldpath: str, newpath: str) -> None:
        self._at(oldpath).replace(self._at(newpath))

    def mkdir(self, path: str, attr: Any) -> Any:
        self._files.note("mkdir", path)
        return _tried(self._at(path).mkdir)

    def rmdir(self, path: str) -> Any:
        self._files.note("remove", path)
        return _tried(self._at(path).rmdir)


def _attributes(entry: os.DirEntry[str]) -> Any:
    return paramiko.SFTPAttributes.from_stat(entry.stat(), filename=entry.name)


def _tried(work: Any) -> Any:
    try:
        found = work()
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno)
    return paramiko.SFTP_OK if found is None else found


@contextmanager
def serving(folder: Path) -> Iterator[Files]:
    """A server for as long as the block lasts."""
    key, files = paramiko.ECDSAKey.generate(), Files(folder)
    files.fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        files.port = listening.getsockname()[1]
        threading.Thread(target=_accept, args=(listening, key, files), daemon=True).start()
        try:
            yield files
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for transport in files.transports:
                transport.close()


def _accept(listening: socket.socket, key: Any, files: Files) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Server, files)
        files.transports.append(transport)
        transport.start_server(event=threading.Event(), server=_Login(files))


if __name__ == "__main__":
    with serving(Path(sys.argv[1])) as served:
        print(served.port, served.fingerprint, flush=True)
        threading.Event().wait()
