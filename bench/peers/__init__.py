"""dlt, installed in an environment of its own, in its best setting for each path."""
