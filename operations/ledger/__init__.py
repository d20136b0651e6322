"""The conservation ledger: judges that everything that was stored is in exactly one state, and nowhere twice."""
