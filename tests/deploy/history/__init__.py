"""Tests of deploy/history/."""
