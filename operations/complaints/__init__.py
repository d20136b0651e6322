"""One complaint as operators see it: its clocks, its conversation, its reasons, what was done about it."""
