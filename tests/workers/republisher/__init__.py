"""Tests of workers/republisher/."""
