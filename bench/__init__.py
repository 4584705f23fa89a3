"""Benchmarks: the hub against bare driver scripts and dlt, as ratios in one run. See README.md."""
