"""Tests of posts to departments."""
