"""QR codes in the stores: made and drawn, scanned within a limit, revoked."""
