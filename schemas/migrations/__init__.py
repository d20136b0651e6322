"""Migrations of the database. How to add your stage's tables:

1. Declare them in `schemas/tables/<stage>.py` (on `METADATA`) and import that module in `schemas/tables/__init__.py`.
2. Add one file `schemas/migrations/versions/NNNN_<stage>.py` with `revision = "NNNN"`, `down_revision = None`,
   `branch_labels = None`, `depends_on = None` (or the number of a revision whose tables yours refer to) and
   `def upgrade() -> None:` of plain `op.create_table(...)`, `op.create_index(...)`: a frozen copy.
3. No chain between owners: each first revision starts its own branch, a later one of the same owner names the one
   before it as `down_revision`. `infra.database.migrate` applies all heads under an advisory lock.
4. `python -m schemas.migrations STAGE` prints the body of `upgrade()` for the tables whose `info["writer"]` is STAGE.
5. `pytest tests/infra/test_database.py` proves that all migrations together produce exactly METADATA.
"""
