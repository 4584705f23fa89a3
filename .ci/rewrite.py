"""Rewrite the asserts of all tests once, as pytest does: else each of its workers does so by itself, for every file.

What is rewritten lies beside the tests where pytest looks for it, and is used as long as the file is the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from _pytest.assertion import rewrite

TESTS = Path(__file__).resolve().parents[1] / "tests"
SILENT: Any = SimpleNamespace(trace=lambda told: None)
"""What pytest tells its troubles: a file that cannot be kept is rewritten by the workers, as ever."""


def main() -> None:
    """Rewrite all that has changed, on all cores."""
    cores = os.cpu_count() or 1
    files = sorted([*TESTS.rglob("test_*.py"), *TESTS.rglob("conftest.py")], key=lambda path: path.stat().st_size)
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(keep_all, [files[first::cores] for first in range(cores)]))


def keep_all(files: Iterable[Path]) -> None:
    for path in files:
        kept = rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
        if rewrite._read_pyc(path, kept) is None:
            found, code = rewrite._rewrite_test(path, None)  # no settings of ours bear on it
            rewrite.try_makedirs(kept.parent)
            rewrite._write_pyc(SILENT, code, found, kept)


if __name__ == "__main__":
    main()
