"""Tests of the command line, on the real parts."""
