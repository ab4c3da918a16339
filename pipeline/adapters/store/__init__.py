"""The store: one SQLite file behind the ports Feeds, Articles, Links and Runs.

engine.py      connections: WAL, foreign keys, BEGIN IMMEDIATE, whose file it is
migrating.py   the schema made or brought up to date; Alembic only when it must
feeds.py articles.py links.py runs.py    the four ports
courtesy.py hosts.py checking.py    what feeds and hosts asked for, and what they see of us
changes.py     what sites lose is noted, boxes to be made anew are marked
inheriting.py  what people said follows an article or a concept to its new name
notices.py     short texts that stand under several titles of a host
pruning.py keeping.py    what is old leaves; the file made small, checked, copied
publishing.py  what sites may read as one compact file
concepts.py    the words of the concepts' pages
words.py epochs.py fillings.py tending.py decisions.py judgments.py    what their names say
"""
