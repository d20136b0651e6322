"""Tests of deploy/monitoring/."""
