"""Tests of what departments may ask of us."""
