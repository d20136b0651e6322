"""Signed JSON events."""
