"""How relevant an article is to a concept: fielded TF-IDF vectors, a cosine, a probability, and why.

terms.py       what is counted: stemmed n-grams of articles and concepts
epochs.py      Statistics: document frequencies, frozen and numbered
scoring.py     Scorer: articles in, Scored pairs out
evidence.py    the terms and the passage behind a pair
neighbours.py  related concepts from the same vectors
measuring.py   how good it is, on judged pairs
"""
