"""PUBLIC: the base for simulators, strict stand-ins for a vendor's API that refuse what the vendor would refuse.

    class AcmeSimulator(Simulator):
        def fill(self) -> list[Table]: ...       the data, made from `self.seed`
        def routes(self) -> list[Route]: ...     the vendor's paths

`serve(simulator)` runs it on a loopback port, `in_process(simulator)` is an httpx transport without a network.
Every simulator also answers `/_sim/truth`, `/_sim/log`, `POST /_sim/mutate` and `POST /_sim/faults`.
"""

from hub.errors import PluginError

try:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
except ImportError as missing:
    raise PluginError(
        "simulators need starlette and uvicorn.", fix="Install them: pip install 'b2b-hub[simulate]'."
    ) from missing

from hub.sdk.simulator.base import Refuse, Simulator, form_of, json_answer
from hub.sdk.simulator.company import Company
from hub.sdk.simulator.desk import RequestLimit, TokenDesk
from hub.sdk.simulator.faults import Fault, FaultPlan
from hub.sdk.simulator.serving import in_process, run, serve
from hub.sdk.simulator.table import Table

__all__ = [
    "Company",
    "Fault",
    "FaultPlan",
    "Refuse",
    "Request",
    "RequestLimit",
    "Response",
    "Route",
    "Simulator",
    "Table",
    "TokenDesk",
    "form_of",
    "in_process",
    "json_answer",
    "run",
    "serve",
]
