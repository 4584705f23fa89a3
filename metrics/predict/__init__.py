"""Probability models of what customers will do. Floats live here and end here: what comes out is rounded decimals."""
