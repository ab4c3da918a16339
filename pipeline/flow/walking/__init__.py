"""History on the web, page by page: callables (after, chosen) that give Items in an order that stays.

asking.py   one page at a time, at a pace, with a few more tries where it fails for the moment
parsing.py  what is asked for is parsed by workers: what hangs them is that page's trouble
marks.py    the cursor: which page, and how many of its items are finished
feeds.py    FeedArchive: a feed and the pages behind it
sitemaps.py Sitemap: what a site lists, or a file of its own

Both have `problem`, which says why a walk is not complete ("" where it is), and `left_out`, the items that were not given
for another reason than their dates. A walk that stops at a problem goes on from its last cursor.
"""

from pipeline.flow.walking.asking import Pace
from pipeline.flow.walking.feeds import FeedArchive
from pipeline.flow.walking.parsing import Parsing
from pipeline.flow.walking.sitemaps import Sitemap

__all__ = ["FeedArchive", "Pace", "Parsing", "Sitemap"]
