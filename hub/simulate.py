"""`hub simulate KIND`: a strict stand-in for a vendor's system on a loopback port, to try a configuration on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import PluginError, UsageError
from hub.output import talk

if TYPE_CHECKING:
    from hub.plugins import Registry
    from hub.sdk.simulator import Simulator


def hub_cli(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Kind of connector: see `hub plugins`.")],
    *,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65_535)] = 8765,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = 1,
    size: Annotated[int, typer.Option(help="Rows of the main objects.", min=0)] = 1000,
    orders: Annotated[int | None, typer.Option(help="Orders; as many as --size without.", min=0)] = None,
    secret: Annotated[str, typer.Option(help="The password, token or client secret it accepts.")] = "simulated",  # noqa: S107
    faults: Annotated[float, typer.Option(help="Share of requests that fail.", min=0, max=1)] = 0.0,
    latency_ms: Annotated[int, typer.Option(help="How late every answer is.", min=0)] = 0,
) -> None:
    """Run a strict stand-in for a vendor's system, with made-up data, until Ctrl-C."""
    factory = simulator_of(context.obj.registry, kind)
    from hub.sdk.simulator import FaultPlan, run

    plan = FaultPlan(share=faults, seed=seed, latency_seconds=latency_ms / 1000)
    simulator = factory(seed=seed, size=size, orders=orders, secret=secret, faults=plan)
    talk(f"{kind} is simulated at http://127.0.0.1:{port} (Ctrl-C ends it). Put into config/connectors/*.yaml:")
    talk(f"  base_url: http://127.0.0.1:{port}")
    talk(f"What it holds: http://127.0.0.1:{port}/_sim/truth")
    run(simulator, port)


def simulator_of(registry: Registry, kind: str) -> type[Simulator]:
    """The simulator class that a connector names. UsageError where it names none, PluginError where it is not there."""
    name = registry.connector(kind).simulator
    if name is None:
        raise UsageError(f"{kind} has no simulator.", fix="`hub plugins` lists the kinds; not all of them need one.")
    module, _, attribute = name.partition(":")
    try:
        factory: Any = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the simulator of {kind} cannot be loaded: {error}.", fix="Report it to its author."
        ) from error
    return factory  # type: ignore[no-any-return]
