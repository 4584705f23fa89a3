"""The schema's history, one alembic revision a file under `versions/`. Light: the sync path only needs `HEAD`."""

HEAD = "0007"
"""The revision that this release works with; a test holds it against the newest file."""

POSTGRES_LOCK = 4_716_253_001
"""Advisory lock of whoever changes the schema: any number that no other program takes."""
