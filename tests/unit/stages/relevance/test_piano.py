"""The shipped glossary, parameters and background on the everyday sense of a name."""

from dataclasses import replace

import numpy as np
import pytest

from config import loading
from config.glossary import glossary
from config.relevance import background, parameters
from pipeline.stages.features import count
from pipeline.stages.relevance import epochs
from pipeline.stages.relevance.scoring import Scorer

LEARNED = parameters(loading.SHIPPED)
MODEL = count(
    "Fine-tuning a small model",
    "Fine-tuning takes an afternoon. A pretrained language model is trained further on labelled examples of one task, and its "
    "weights change little. The team compares accuracy on a test set with that of a larger model that saw only a prompt. "
    "Fine-tuning on a thousand examples was enough; with fewer the model overfits the training data.",
    "page",
)
PIANO = count(
    "Fine-tuning a grand piano",
    "Fine-tuning takes an afternoon. A wire is stretched further with a lever at one pin of the frame, and its pitch "
    "changes little. The technician compares the octave by ear with that of an older instrument that stood only in a hall. "
    "Fine-tuning on two hundred strings was enough; with damp air the wood swells before the evening concert.",
    "page",
)


@pytest.fixture(scope="module")
def scorer():
    words = glossary(loading.SHIPPED, "en")
    return Scorer(words, LEARNED, epochs.make(1, words, LEARNED, [MODEL, PIANO], background("en")))


def test_fine_tuning_of_a_piano_is_no_link_and_that_of_a_model_is_one(scorer):
    signals, column = scorer.signals([MODEL, PIANO]), scorer.rows["fine-tuning"]
    assert signals.mentions[0, column] == signals.mentions[1, column] > 0
    model, piano = scorer.relevance(signals, ["page", "page"])[:, column]
    assert model >= LEARNED.cut > piano


def test_the_piano_is_further_from_the_field_and_that_alone_makes_it_less_relevant(scorer):
    signals, column = scorer.signals([MODEL, PIANO]), scorer.rows["fine-tuning"]
    assert signals.field[0, column] > 2 * signals.field[1, column]
    alike = {name: np.repeat(getattr(signals, name)[:1], 2, axis=0) for name in ("similarity", "headline", "names", "context")}
    model, piano = scorer.relevance(replace(signals, **alike), ["page", "page"])[:, column]
    assert model > piano


def test_no_other_concept_takes_the_piano_for_its_own(scorer):
    relevance = scorer.relevance(scorer.signals([PIANO]), ["page"])[0]
    assert (relevance < LEARNED.cut).all()
