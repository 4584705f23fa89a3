"""Where metrics are computed: DuckDB over the replica, PostgreSQL, Spark. `analytics:` in hub.yaml chooses."""
