"""Alembic's steps from the first schema on; run by pipeline.adapters.store when the stored revision differs."""
