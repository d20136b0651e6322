"""Tests of workers/text/."""
