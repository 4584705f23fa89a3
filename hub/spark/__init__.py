"""Spark as an engine: a session, folders that its workers see, and our SQL in its words.

Metrics and matching both run there where `analytics:` in hub.yaml says so; neither knows the other.
"""
