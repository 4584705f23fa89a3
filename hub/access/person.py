"""Who sits before the command line."""

from __future__ import annotations

import os

from hub.access.principal import Principal, Role


def at_the_command_line() -> Principal:
    """Whoever may run `hub` here may read the database, too, and so is an admin. Named by the operating system."""
    return Principal(_user(), Role.ADMIN, "command line")


def the_daemon() -> Principal:
    """`hub run`, where it does by itself what is to be noted."""
    return Principal("hub run", Role.ADMIN, "daemon")


def _user() -> str:
    sudo = os.environ.get("SUDO_USER")
    if hasattr(os, "getuid"):
        import pwd

        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container runs under any number
            name = f"uid {os.getuid()}"
    else:
        name = os.environ.get("USERNAME", "somebody")
    return f"{sudo} as {name}" if sudo and sudo != name else name
