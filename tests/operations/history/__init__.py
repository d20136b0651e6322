"""Tests of operations/history/."""
