"""Servers that speak the vendors' wire formats, with their faults: for the demo and for tests.

They know nothing of our connectors, and our connectors nothing of them: each side cites the vendor's own pages, so
that a misreading on one side shows as a difference. What no page says is marked `unsure` where it stands.
"""
