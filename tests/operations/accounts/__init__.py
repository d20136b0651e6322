"""Tests of accounts, tokens and the audit log, as an administrator uses them."""
