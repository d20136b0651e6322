"""Vendors that behave, and what we make of what they do."""
