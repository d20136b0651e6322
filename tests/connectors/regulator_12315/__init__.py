"""Tests of the channel of authorities."""
