"""A strict stand-in for a Shopify shop: login, versions, points, filters, pages, bulk operations, events, scopes."""

from hub.sdk import PluginError

try:
    import graphql  # noqa: F401  looked for here, so that its absence is told in one sentence
except ImportError as missing:
    raise PluginError(
        "the simulator of shopify needs graphql-core.", fix="Install it: pip install 'b2b-hub[simulate]'."
    ) from missing

from connectors.shopify.simulator.app import ShopifySimulator

__all__ = ["ShopifySimulator"]
