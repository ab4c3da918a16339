"""relevance.toml changed by the program: numbers replaced, nothing else, whole or not at all."""

import tomllib
from dataclasses import asdict, replace

import pytest

from config import relevance
from config.loading import SHIPPED
from config.relevance_file import check, write
from models.errors import ConfigError, UsageError
from models.parameters import Calibration

LEARNED = Calibration(offset=-0.5, similarity=1.25, headline=0.0, names=2.5, context=0.0001, field=3.0)
TEXT = (SHIPPED / "relevance.toml").read_text("utf-8")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_shipped_file_is_begun_with_and_only_the_learned_numbers_differ(tmp_path):
    done = write(tmp_path, {"page": LEARNED, "feed": LEARNED}, "30 pairs")
    assert (done.path, done.before, names(tmp_path)) == (tmp_path / "relevance.toml", None, ["relevance.toml"])
    made, shipped = relevance.parameters(tmp_path), relevance.parameters(SHIPPED)
    assert made.relevance["page"] == made.relevance["feed"] == LEARNED
    assert made.relevance["summary"] == shipped.relevance["summary"]
    assert replace(made, relevance={}, digest="") == replace(shipped, relevance={}, digest="")
    assert made.digest != shipped.digest  # so that the next run scores anew


def test_comments_and_order_stay_and_the_head_says_what_was_learned_from(tmp_path):
    write(tmp_path, {"summary": LEARNED}, "30 pairs of this site")
    head, *rest = (tmp_path / "relevance.toml").read_text("utf-8").splitlines()
    assert head == "# Learned by conceptwire learn: 30 pairs of this site"
    differing = [(was, now) for was, now in zip(TEXT.splitlines(), rest, strict=True) if was != now]
    start = rest.index("[relevance.summary]")
    assert [now for _, now in differing] == [line for line in rest[start + 1 :] if line]
    assert len(differing) == len(asdict(LEARNED))


def test_learning_again_keeps_one_head_and_the_file_before_beside_it(tmp_path):
    write(tmp_path, {"page": LEARNED}, "first")
    first = (tmp_path / "relevance.toml").read_bytes()
    done = write(tmp_path, {"page": replace(LEARNED, offset=1.0)}, "second")
    assert done.before == tmp_path / "relevance.toml.before"
    assert done.before.read_bytes() == first
    text = done.path.read_text("utf-8")
    assert (text.count("# Learned by"), "second" in text, "first" in text) == (1, True, False)
    assert relevance.parameters(tmp_path).relevance["page"].offset == 1.0


def test_an_editors_own_numbers_comments_and_line_ends_stay(tmp_path):
    own = TEXT.replace("title = 4.0", "title = 5.5  # headlines count here").replace("offset = 3.36", "offset = 3.36 # ours")
    (tmp_path / "relevance.toml").write_text(own.replace("\n", "\r\n"), "utf-8", newline="")
    write(tmp_path, {"summary": LEARNED}, "x")
    text = (tmp_path / "relevance.toml").read_text("utf-8")
    assert "title = 5.5  # headlines count here" in text
    assert "offset = -0.5 # ours" in text
    assert tomllib.loads(text)["article_weights"]["title"] == 5.5


def test_the_programs_own_folder_is_refused_and_stays_as_it_is(tmp_path):
    (tmp_path / "by-another-name").symlink_to(SHIPPED)
    for folder in (SHIPPED, tmp_path / "by-another-name"):
        with pytest.raises(UsageError, match="conceptwire init"):
            write(folder, {"page": LEARNED}, "x")
    check(tmp_path)
    assert (SHIPPED / "relevance.toml").read_text("utf-8") == TEXT


@pytest.mark.parametrize(
    "content", ["", "scorer = ", 'scorer = "tfidf-2"\n[calibration.page]\nslope = 1.0\n', TEXT[: len(TEXT) // 2]]
)
def test_a_file_that_is_wrong_already_is_named_and_not_touched(tmp_path, content):
    (tmp_path / "relevance.toml").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"relevance\.toml"):
        write(tmp_path, {"page": LEARNED}, "x")
    assert (names(tmp_path), (tmp_path / "relevance.toml").read_text("utf-8")) == (["relevance.toml"], content)


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path):
    write(tmp_path, {"page": LEARNED}, "x")
    before = (tmp_path / "relevance.toml").read_bytes()
    (tmp_path / "relevance.toml.before").mkdir()  # in the way
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path, {"page": replace(LEARNED, offset=9.0)}, "y")
    assert names(tmp_path) == ["relevance.toml", "relevance.toml.before"]
    assert (tmp_path / "relevance.toml").read_bytes() == before
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "nowhere", {"page": LEARNED}, "x")
