"""Tests of operations/pages/."""
