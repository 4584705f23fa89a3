"""The web console: what is broken, since when, and what to do next; with a JSON API for all of it.

It is a process of its own (`hub console`, begun by `hub run`), shares nothing with the daemon but the store and the
settings, and knows neither syncs nor metrics: those bring their pages through `hub_console`, as a plugin would.
"""
