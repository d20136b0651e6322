"""What operators see and do, for command line and pages alike: lag, promises, ledger, histories, corrections."""
