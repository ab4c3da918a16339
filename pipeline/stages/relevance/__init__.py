"""How relevant an article is to a concept: TF-IDF vectors and counts, five signals, a probability, and why.

terms.py       what is counted: stemmed n-grams, names as they are written
counting.py    articles as counts
vectors.py     counts as TF-IDF weights
contexts.py    words of a concept's best articles (Rocchio's expansion)
epochs.py      Statistics: document frequencies and contexts, frozen and numbered
scoring.py     Scorer: articles in, Scored pairs out
evidence.py    the terms and the passage behind a pair
neighbours.py  related concepts from the same vectors
linting.py     what an editor should know of the glossary
fitting.py     the calibration, learned from judgments
measuring.py   how good it is, on judged pairs
plain.py       what anybody would try first, to compare with

What helped, step by step, and what did not. A logistic regression each, cross-validated over concepts on 665 judged pairs of
24 concepts, learned with 945 pairs of rarer ones:

                                                             nDCG@10   P@5  pooled AP  recall@p0.9  recall@p0.8
    similarity alone                                           0.771  0.775   0.753       0.23         0.43
    + mentions of a name, by stem                              0.785  0.828   0.813       0.41         0.63
    names as written: singular, hyphens, initials              0.778  0.828   0.832       0.46         0.70
    + similarity of the headline                               0.795  0.836   0.832       0.50         0.70
    + similarity with 8 best articles by similarity            0.800  0.845   0.835       0.53         0.71
    of 20 to 30 best by nearness, own name left out            0.806  0.845   0.842       0.56         0.71
    mentions saturate, m / (m + 4), instead of ln(1 + m)       0.806  0.854   0.849       0.58         0.70
    contexts of single words instead of 1-3-grams              0.812  0.845   0.856       0.57         0.71
    background of 500 articles in the statistics               0.811  0.854   0.855       0.57         0.72
    lead of 100 words at 2.0, examples at 0.3                  0.816  0.871   0.862       0.56         0.74
    + field, learned with articles in everyday senses          0.818  0.854   0.865       0.56         0.74
      (no gain among AI news; on tests/data/medicine P@5 0.76 to 0.89, pooled AP 0.77 to 0.87, precision at the cut
      0.62 to 0.90)

    in place of, or beside, the first three steps (0.778, 0.828, 0.832, 0.46, 0.70):
    passages of 120 words, the best of an article              0.779  0.828   0.829       0.45         0.70
    density of the name                                        0.779  0.819   0.815       0.43         0.70
    closeness to the glossary as a whole, linear               0.778  0.828   0.831       0.47         0.70
    standing of the concept within the article                 0.786  0.828   0.831       0.50         0.69
    share of news that name the concept                        0.787  0.845   0.817       0.38         0.67
    names by their longest match; boilerplate left out         0.778  0.828   0.832       0.46         0.70
    beside the first four (0.795, 0.836, 0.832, 0.50, 0.70):
    150 latent dimensions (LSA) in place of contexts           0.796  0.845   0.835       0.50         0.70
    naive Bayes against the concept's best articles            0.797  0.828   0.833       0.48         0.71
    relevance of the 10 nearest articles                       0.807  0.822   0.833       0.43         0.65
    beside the first eight (0.815, 0.845, 0.857, 0.57, 0.71):
    mentions weighed by what stands around them                0.821  0.836   0.855       0.60         0.71
    mentions over length, as BM25                              0.818  0.845   0.854       0.55         0.71
    boosted trees of depth 2 on 12 signals, monotone           0.762  0.845   0.841       0.54         0.70
    20 signals, logistic regression                            0.797  0.836   0.803       0.21         0.64

What remains wrong: everyday and narrower senses within the field (training of people, a library called Transformer), and
articles about a concept that do not name it (fairness, guardrails, hallucination).
"""
