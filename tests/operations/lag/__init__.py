"""Tests of operations/lag/."""
