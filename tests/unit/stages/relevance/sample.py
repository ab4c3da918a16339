"""A glossary of five concepts, and articles made of its words and others."""

from hypothesis import strategies as st

from models.statistics import Statistics
from pipeline.stages.features import count
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.scoring import Scorer
from tests.unit.stages.making import PARAMETERS, concept, features, glossary

GLOSSARY = glossary(
    concept("fine-tuning", "Fine-tuning", "Training a general model further on data of one task.", related=("token",)),
    concept("foundation-model", "Foundation Model", "A large model trained on broad data.", aliases=("base model",)),
    concept("rlhf", "RLHF (Reinforcement Learning from Human Feedback)", "Training a model on the preferences of people."),
    concept("token", "Token", "The unit of text that a language model reads.", aliases=("tokenizer",)),
    concept("watermarking", "Watermarking", "Hiding a signature in generated pictures."),
)
TEXTS = (
    (
        "Foundation model reads scans",
        "A foundation model trained on broad data reads scans. The model needs no further training.",
    ),
    ("Tram tokens withdrawn", "The town withdraws its tram tokens. Riders hand in every token by May."),
    ("Fine-tuning on a budget", "Fine-tuning a base model on one task takes a day. The data is small, and the tokenizer stays."),
    ("Dam reinforcement begins", "Workers pour concrete. The dam grows by a metre, and people watch."),
    (
        "People rate answers",
        "Reinforcement learning from human feedback follows the preferences of people. RLHF needs many of them.",
    ),
)
WORDS = "foundat model token fine tune train data base broad text languag human feedback prefer of on a peopl dam tram".split()


def article(number):
    """The features of one of TEXTS."""
    title, text = TEXTS[number]
    return count(title, text, "page")


ARTICLES = [article(number) for number in range(len(TEXTS))]
lines = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
drawn = st.builds(features, lines, lines, lines, st.sampled_from(["page", "feed", "summary"]))


def epoch(articles=ARTICLES, parameters=PARAMETERS, words=GLOSSARY) -> Statistics:
    """Statistics over `articles`."""
    return epochs.make(1, words, parameters, articles)


def scorer(articles=ARTICLES, parameters=PARAMETERS, words=GLOSSARY) -> Scorer:
    """A scorer of an epoch over `articles`."""
    return Scorer(words, parameters, epoch(articles, parameters, words))
