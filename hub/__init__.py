"""b2b-hub: customers, orders and stock of every system in one canonical, trusted copy."""

__version__ = "0.1.0"
