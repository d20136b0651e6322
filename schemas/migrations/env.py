"""What Alembic runs: upgrades over the connection that `infra.database.migrate` hands in, in one transaction."""

from alembic import context

from schemas.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
