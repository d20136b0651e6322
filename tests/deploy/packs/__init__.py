"""Each company's written procedure, walked on its pack as far as the software goes; the rest is declared there."""
