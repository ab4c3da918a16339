"""The two phases of a run, over ports: collect what the world says, settle what we make of it.

parts.py       what a run is made of
filling.py     history: a batch of what a collection holds, through the same queue
recorded.py    a recording with feeds in it, moment by moment
collecting.py  feeds -> queue -> articles; every feed one Poll, every entry one Outcome
minding.py     Fetch that minds its hosts: Retry-After, robots.txt, Crawl-delay
rulebook.py    robots.txt at hand, for wherever the redirects of a page lead
desk.py        which requests may go on, and which wait for a robots.txt
tending.py     articles that are shown, looked at again
settling.py    articles -> pairs -> links; a concept's box whole or not at all
"""

from pipeline.flow.collecting import collect
from pipeline.flow.minding import Minding, Remembered, minded
from pipeline.flow.parts import Parts
from pipeline.flow.settling import Settled, settle
from pipeline.flow.tending import tend

__all__ = ["Minding", "Parts", "Remembered", "Settled", "collect", "minded", "settle", "tend"]
