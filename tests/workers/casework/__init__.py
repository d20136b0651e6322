"""Tests of the casework stage."""
