"""Collections of articles in files: what they hold, item by item, in an order that stays; bounded memory whatever their size.

detect.py  what kind a file or folder is
warc.py    web archives: every answer that is a page
lists.py   JSONL and CSV: articles, or addresses only; plain or gzip
folder.py  saved pages
pieces.py  a file as it is
"""
