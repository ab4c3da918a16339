"""Drafts in a folder: what is added, what is left alone, what cannot stand beside what is there, and all files or none."""

import os
from datetime import date

import pytest

from config.exchange_drafts import Draft
from config.exchange_folder import Said, put
from config.glossary import glossary
from models.errors import ConfigError, UsageError

DAY = date(2026, 8, 31)
TOKEN = "---\nname: Token\naliases: [tokens]\ndefinition: A piece of text.\nadded: 2026-02-12\nwas: [tok]\n---\nBody.\n\n## Analogy\n\nBricks.\n"


def one(name, slug="", definition="It.", **more):
    return Draft("line 2", name, definition, slug, more.pop("key", slug), **more)


def site(tmp_path, text=TOKEN):
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts" / "token.md").write_text(text, "utf-8")
    return tmp_path


def loaded(tmp_path):
    return glossary(tmp_path, "en").by_slug


def files(tmp_path):
    return {path.name: path.read_bytes() for path in (tmp_path / "concepts").iterdir()}


def test_new_concepts_are_files_added_on_the_day(tmp_path):
    done = put(tmp_path, [one("Quay", aliases=("wharf",)), one("Pier", added=date(2020, 1, 1))], DAY, "en")
    assert (done.added, done.place) == (("quay", "pier"), tmp_path / "concepts")
    made = loaded(tmp_path)
    assert (made["quay"].name, made["quay"].aliases, made["quay"].added) == ("Quay", ("wharf",), DAY)
    assert made["pier"].added == date(2020, 1, 1)
    assert set(files(tmp_path)) == {"quay.md", "pier.md"}  # nothing else is left behind


def test_what_is_there_with_the_same_content_is_unchanged_on_another_day(tmp_path):
    site(tmp_path)
    before = files(tmp_path)
    done = put(tmp_path, [one("Token", "token", "A piece of text.", aliases=("tokens",))], DAY, "en", update=True)
    assert (done.unchanged, done.added, done.updated, files(tmp_path)) == (("token",), (), (), before)


def test_what_is_there_with_other_content_is_left_alone_unless_it_shall_be_updated(tmp_path):
    site(tmp_path)
    before = files(tmp_path)
    drafts = [one("Token", "token", "Other."), one("Quay")]
    done = put(tmp_path, drafts, DAY, "en")
    assert (done.differ, done.added, done.updated) == (("token",), ("quay",), ())
    assert files(tmp_path)["token.md"] == before["token.md"]
    done = put(tmp_path, drafts, DAY, "en", update=True)
    assert (done.differ, done.updated, done.unchanged) == ((), ("token",), ("quay",))
    token = loaded(tmp_path)["token"]
    assert (token.definition, token.aliases, token.analogy) == ("Other.", ("tokens",), "Bricks.")  # unspoken of: as it was
    put(tmp_path, [one("Token", "token", "Other.", aliases=(), analogy="")], DAY, "en", update=True)
    token = loaded(tmp_path)["token"]
    assert (token.aliases, token.analogy, token.body, token.was) == ((), "", "Body.", ("tok",))


def test_a_concept_is_known_by_its_name_and_by_a_slug_that_it_had(tmp_path):
    site(tmp_path, TOKEN.replace("name: Token", "name: Token (AI)"))
    assert put(tmp_path, [one("TOKEN (ai)")], DAY, "en").differ == ("token",)
    assert put(tmp_path, [one("Token (AI)", "tok", "A piece of text.")], DAY, "en").unchanged == ("token",)


def test_what_has_no_name_or_no_definition_is_named_and_left_out(tmp_path):
    done = put(tmp_path, [one("Quay", definition=""), one("", "x"), one("Pier")], DAY, "en")
    assert done.left_out == (Said("Quay", "has no definition"), Said("line 2", "has no name"))
    assert done.added == ("pier",)
    nothing = put(tmp_path / "other", [one("Quay", definition="")], DAY, "en")
    assert (nothing.added, (tmp_path / "other").exists()) == ((), False)


def test_of_two_that_share_a_name_the_later_gives_way(tmp_path):
    site(tmp_path)
    drafts = [
        one("Quay", aliases=("Wharf", "pier")),
        one("Pier", aliases=("wharf", "jetty", "TOKENS")),
        one("quay", "other"),
        one("Tokens"),
    ]
    done = put(tmp_path, drafts, DAY, "en")
    assert done.left_out == (
        Said("quay", "its name is a name of quay too"),
        Said("Tokens", "its name is a name of token too"),
    )
    assert done.dropped == (
        Said("quay", "the alias 'pier' is a name of pier too"),  # a name is stronger than an alias
        Said("pier", "the alias 'wharf' is a name of quay too"),
        Said("pier", "the alias 'TOKENS' is a name of token too"),
    )
    made = loaded(tmp_path)
    assert (made["quay"].aliases, made["pier"].aliases) == (("Wharf",), ("jetty",))
    assert put(tmp_path, drafts, DAY, "en").unchanged == ("quay", "pier")


def test_a_concept_left_alone_keeps_its_names_from_new_ones(tmp_path):
    site(tmp_path)
    done = put(tmp_path, [one("Unit", aliases=("tokens",)), one("Token", "token", "Other.", aliases=())], DAY, "en")
    assert (done.added, done.differ) == (("unit",), ("token",))
    assert done.dropped == (Said("unit", "the alias 'tokens' is a name of token too"),)


def test_an_update_that_would_take_anothers_name_is_left_out_and_keeps_its_own(tmp_path):
    site(tmp_path)
    put(tmp_path, [one("Quay", aliases=("wharf",))], DAY, "en")
    done = put(tmp_path, [one("Tokens", "quay"), one("Wharf")], DAY, "en", update=True)
    assert [said.concept for said in done.left_out] == ["Tokens", "Wharf"]
    assert loaded(tmp_path)["quay"].aliases == ("wharf",)


def test_two_of_one_slug_are_numbered_the_same_in_every_import(tmp_path):
    drafts = [one("Port", "p"), one("Pier", "p"), one("Pile", "p")]
    assert put(tmp_path, drafts, DAY, "en").added == ("p", "p-2", "p-3")
    assert put(tmp_path, drafts, DAY, "en").unchanged == ("p", "p-2", "p-3")


def test_related_is_a_key_a_slug_or_a_name_and_what_leads_nowhere_is_named(tmp_path):
    site(tmp_path)
    related = ("https://x.example/pier", "token", "JETTY", "https://x.example/pier", "buoy", "quay")
    drafts = [
        one("Quay", related=related),
        one("Pier", key="https://x.example/pier"),
        one("Jetty", "j"),
        one("Buoy", definition=""),
    ]
    done = put(tmp_path, drafts, DAY, "en")
    assert loaded(tmp_path)["quay"].related == ("pier", "token", "j")
    assert done.dropped == (
        Said("quay", "related 'buoy' is no other concept"),
        Said("quay", "related 'quay' is no other concept"),
    )


def test_a_past_slug_is_free_and_of_one_concept_or_it_is_named(tmp_path):
    site(tmp_path)
    done = put(tmp_path, [one("Quay", was=("wharf", "Kai", "tok", "token", "pier")), one("Pier", was=("wharf",))], DAY, "en")
    assert loaded(tmp_path)["quay"].was == ("wharf",)
    assert [said.concept for said in done.dropped] == ["quay"] * 4 + ["pier"]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path):
    drafts = [one("Quay"), one("Pier", related=("quay",))]
    dry = put(tmp_path, drafts, DAY, "en", dry_run=True)
    assert list(tmp_path.iterdir()) == []
    assert put(tmp_path, drafts, DAY, "en") == dry


def test_a_folder_that_is_wrong_already_is_named_and_not_changed(tmp_path):
    site(tmp_path, TOKEN.replace("definition", "defintion"))
    before = files(tmp_path)
    with pytest.raises(ConfigError, match="'defintion'"):
        put(tmp_path, [one("Quay")], DAY, "en")
    assert files(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "signal"])
def test_what_fails_on_the_way_leaves_every_file_as_it_was(tmp_path, monkeypatch, error):
    site(tmp_path)
    before = files(tmp_path)
    replace, done = os.replace, []

    def fails(source, target):
        done.append(target)
        if len(done) == 3:
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(UsageError if isinstance(error, OSError) else KeyboardInterrupt):
        put(tmp_path, [one("Token", "token", "Other."), one("Quay"), one("Pier")], DAY, "en", update=True)
    assert files(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        put(tmp_path / "file", [one("Quay")], DAY, "en")


def test_what_would_not_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("config.exchange_folder.markdown", lambda concept: "no concept\n")
    with pytest.raises(ConfigError, match="after the import, has no front matter") as caught:
        put(tmp_path, [one("Quay")], DAY, "en")
    assert caught.value.where == str(tmp_path / "concepts" / "quay.md")
    assert not (tmp_path / "concepts").exists()
