"""Bare driver scripts: the least work that moves the same rows, with no check, no ledger, no history."""
