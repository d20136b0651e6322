"""The board: what it shows of a look, in one language, and how it stays fresh in every open browser."""
