"""Who holds a stream, and when a holder counts as gone."""

from __future__ import annotations

import os
import subprocess
import sys

from hub.holder import started
from sync_jobs import lease


def test_we_are_alive() -> None:
    assert not lease._is_dead(f"{lease.holder()}#1")


def test_a_later_process_with_our_number_is_not_us() -> None:
    host, pid, _, space = lease.holder().split(":")
    assert lease._is_dead(f"{host}:{pid}:12345:{space}#1")


def test_a_process_that_ended_is_gone_and_so_is_one_nobody_has_waited_for() -> None:
    host, _, _, space = lease.holder().split(":")
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    holder = f"{host}:{child.pid}:{started(child.pid)}:{space}#1"
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert lease._is_dead(holder)
    child.wait()
    assert lease._is_dead(holder)


def test_of_others_we_know_nothing() -> None:
    host, pid, start, space = lease.holder().split(":")
    for name in (
        f"elsewhere:{pid}:0:{space}#1",
        f"{host}:{pid}:0:another#1",
        "somebody",
        f"{host}:x:{start}:{space}",
        "",
    ):
        assert not lease._is_dead(name)


def test_people_are_told_the_process_and_the_machine() -> None:
    assert lease.shown("erp-server:4711:99:abc#3") == "process 4711 on erp-server"
    assert lease.shown("somebody") == "somebody"
