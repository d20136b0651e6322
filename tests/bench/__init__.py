"""Benchmarks against named peers and minimal loops, in one run on one broker with the same records."""
