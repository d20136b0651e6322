"""Tests of the organisation file."""
