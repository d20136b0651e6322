"""Real stages together in one process, on the real broker and database: moved, raced, poisoned."""
