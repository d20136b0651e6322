"""Tests of the notify stage."""
