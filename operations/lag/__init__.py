"""How far every stage and department is behind, in records and in time."""
