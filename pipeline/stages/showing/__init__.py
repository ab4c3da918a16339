"""What readers see, made from what is stored: values in, files as values out.

ages.py        "3d ago"; assets/ages.js says the same in browsers
markdown.py    the glossary's Markdown as safe HTML
feeds.py       JSON Feed and Atom of a concept's box
linked.py      schema.org terms as JSON-LD
fragment.py    a box as HTML to be put into someone's page
wording.py     dates, chances, notes; terms.py: which terms tell a reader something; names.py: which names do
letters.py     A to Z; latest.py: the newest across the glossary
contract.py    what sites may read, in words
exporting.py   all of these for every concept, and an index
site.py        a whole site of pages; templates/ and assets/ are what it is made of
"""
