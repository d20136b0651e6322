"""Tests of the contract with department systems."""
