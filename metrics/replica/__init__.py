"""A columnar copy of the canonical tables, for metrics: a cache that follows the store, and is rebuilt when deleted."""
