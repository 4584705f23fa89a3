"""Known vulnerabilities in what we pin: `make audit`. Exit 1 where there are some.

Where the advisory service cannot be reached nothing is known, which is said, and is no failure: a build must not hang
on somebody else's server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_LONGEST_SECONDS = 90
"""For one lock file: a service that answers, but takes its time for each package, is as good as away."""
REQUIREMENTS = sorted((Path(__file__).parents[1] / "requirements").glob("*.txt"))


def main() -> int:
    """Audit every lock file; the exit code."""
    found = [line for path in REQUIREMENTS for line in audit(path)]
    for line in dict.fromkeys(found):
        sys.stdout.write(line + "\n")
    return 1 if any(line.startswith("VULNERABLE") for line in found) else 0


def audit(path: Path) -> list[str]:
    """One line for each vulnerability, or one that says how it went."""
    options = ["--requirement", str(path), "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
    command = [sys.executable, "-m", "pip_audit", *options, "--timeout=10"]
    try:
        run = subprocess.run(  # noqa: S603  our own tool
            command, capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return told(path.name, "", f"no answer within {_LONGEST_SECONDS} seconds")
    return told(path.name, run.stdout, run.stderr)


def told(name: str, document: str, errors: str) -> list[str]:
    """What pip-audit's answer means."""
    try:
        dependencies = json.loads(document)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = errors.strip().splitlines()[-1] if errors.strip() else "it said nothing"
        return [f"NOT AUDITED {name}: the advisory service could not be asked ({reason[:200]})"]
    vulnerable = [
        f"VULNERABLE {each['name']} {each['version']}: {flaw['id']}, fixed in {' '.join(flaw['fix_versions']) or '-'}"
        for each in dependencies
        for flaw in each.get("vulns", [])
    ]
    return vulnerable or [f"ok {name}: nothing known about {len(dependencies)} packages"]


if __name__ == "__main__":
    sys.exit(main())
