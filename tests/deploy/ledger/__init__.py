"""Tests of deploy/ledger/."""
