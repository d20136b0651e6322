"""Tests of operations/ledger/."""
