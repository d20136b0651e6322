"""Print the body of `upgrade()` that creates the tables of one writer: `python -m schemas.migrations STAGE`."""

import sys

from alembic.autogenerate.api import render_python_code
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation, UpgradeOps

from schemas.tables import METADATA


def body(writer: str) -> str:
    """Render the creation of every table whose `info["writer"]` is `writer`, indexes included."""
    operations: list[MigrateOperation] = []
    for table in METADATA.sorted_tables:
        if table.info.get("writer") == writer:
            create = CreateTableOp.from_table(table)
            create.info = {}
            operations.append(create)
            operations += [
                CreateIndexOp.from_index(index) for index in sorted(table.indexes, key=lambda i: str(i.name))
            ]
    return render_python_code(UpgradeOps(operations))


if __name__ == "__main__":
    sys.stdout.write(body(sys.argv[1]) + "\n")
