"""The store: one SQLite file behind the ports Feeds, Articles, Links and Runs.

engine.py      connections: WAL, foreign keys, BEGIN IMMEDIATE, whose file it is
migrating.py   the schema made or brought up to date; Alembic only when it must
feeds.py articles.py links.py runs.py    the four ports
reading.py     what the command line shows, read from the contract views alone
"""
