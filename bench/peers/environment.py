"""An environment of its own for dlt, made once under `bench/data/`, so that nothing of it touches ours."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.data import CACHE
from bench.measure import ROOT, Timing, run

VERSION = "1.31"
PEERS = Path(__file__).parent


def python() -> str:
    """The interpreter of dlt's environment."""
    folder = CACHE / "dlt"
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        run([uv, "venv", "-q", "--python", sys.executable, str(folder)])
        run(
            [
                uv,
                "pip",
                "install",
                "-q",
                "--python",
                str(interpreter),
                f"dlt[postgres,sqlalchemy,parquet]~={VERSION}.0",
                "pyarrow",
            ]
        )
    return str(interpreter)


def dlt(script: str, *arguments: str, sqlite: bool) -> Timing:
    """One dlt process. SQLite allows one writer, so dlt gets one load worker there."""
    workers = {"LOAD__WORKERS": "1"} if sqlite else {}
    environment = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", **workers}
    given = [argument.replace("//postgres@", "//postgres:none@") for argument in arguments]  # dlt wants a password
    return run([python(), str(PEERS / script), *given], cwd=ROOT, env=environment)
