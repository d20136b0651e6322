"""Tests of the working pages."""
