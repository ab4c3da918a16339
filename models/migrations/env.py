"""Alembic's entry: runs inside the store's own transaction, on the connection it is handed."""

from alembic import context

from models import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transaction_per_migration=False,
)
context.run_migrations()
