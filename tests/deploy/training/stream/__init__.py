"""Tests of the simulated stream."""
