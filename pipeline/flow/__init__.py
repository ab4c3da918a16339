"""The two phases of a run, over ports: collect what the world says, settle what we make of it.

parts.py       what a run is made of
collecting.py  feeds -> queue -> articles; every feed one Poll, every entry one Outcome
settling.py    articles -> pairs -> links; a concept's box whole or not at all
"""

from pipeline.flow.collecting import collect
from pipeline.flow.parts import Parts
from pipeline.flow.settling import Settled, settle

__all__ = ["Parts", "Settled", "collect", "settle"]
