"""What settings.toml says of the schedule, and what is said where it is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from models.errors import ConfigError
from pipeline.schedule.planning import fingerprint, planned
from pipeline.schedule.triggers import Cron, Every
from tests.conftest import new_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site's configuration."""
    return new_site(tmp_path / "site").folder


def say(folder: Path, *lines: str) -> Path:
    """Settings, from the second line on."""
    (folder / "settings.toml").write_text("\n".join(["# Settings.", *lines, ""]))
    return folder


def test_the_settings_that_come_with_the_program_are_a_plan(folder: Path):
    plan = planned(folder, environment={})
    assert plan.triggers["news"] == Every(timedelta(minutes=5))
    assert isinstance(plan.triggers["vacuum"], Cron)
    assert (plan.stuck, plan.listen, plan.database) == (timedelta(hours=1), None, folder / "conceptwire.db")


def test_every_setting_may_be_cron_or_an_interval_or_nothing(folder: Path):
    say(folder, 'serve_cron = "90m"', 'prune_at = "6h"', 'check_at = ""', 'vacuum_at = "0 4 1 * *"', 'timezone = "Asia/Tokyo"')
    plan = planned(folder, environment={})
    assert plan.triggers["news"] == Every(timedelta(minutes=90))
    assert plan.triggers["prune"] == Every(timedelta(hours=6))
    assert "check" not in plan.triggers
    assert str(plan.triggers["vacuum"].zone) == "Asia/Tokyo"
    assert plan == planned(folder, environment={})  # what did not change is not scheduled anew


@pytest.mark.parametrize("key", ["serve_cron", "prune_at", "check_at", "vacuum_at"])
def test_a_wrong_time_names_the_setting_its_line_and_a_right_one(key: str, folder: Path):
    say(folder, 'language = "en"', f'{key} = "every day"')
    with pytest.raises(ConfigError) as caught:
        planned(folder, environment={})
    assert caught.value.where == f"{folder}/settings.toml:3"
    assert caught.value.wrong == f"{key} is 'every day': a cron expression has five fields, this has 2"
    assert caught.value.remedy.startswith(f'{key} = "')
    assert '"6h"' in caught.value.remedy


def test_a_wrong_time_in_a_variable_names_the_variable(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONCEPTWIRE_PRUNE_AT", "0 25 * * *")
    with pytest.raises(ConfigError, match=r"^CONCEPTWIRE_PRUNE_AT: prune_at is '0 25 \* \* \*': .*25"):
        planned(folder)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin "])
def test_a_zone_that_is_none_is_refused(zone: str, folder: Path):
    with pytest.raises(ConfigError, match=r"settings\.toml:2: .* is no time zone"):
        planned(say(folder, f'timezone = "{zone}"'), environment={})


def test_a_wrong_address_names_the_setting_or_the_option(folder: Path):
    with pytest.raises(ConfigError, match=r"settings\.toml:2: '0\.0\.0\.0:80' is not an address of this machine alone"):
        planned(say(folder, 'listen = "0.0.0.0:80"'), environment={})
    say(folder, 'listen = "127.0.0.1:80"')
    with pytest.raises(ConfigError, match=r"^--listen: 'here' is not HOST:PORT"):
        planned(folder, "here", environment={})
    plan = planned(folder, "127.0.0.1:9464", environment={})  # the option counts
    assert plan.listen is not None
    assert plan.listen.port == 9464


def test_changed_new_and_removed_files_are_seen_and_the_database_is_not(folder: Path):
    seen = [fingerprint(folder)]

    def changes() -> bool:
        seen.append(fingerprint(folder))
        return seen[-1] != seen[-2]

    (folder / "conceptwire.db").write_text("x")
    (folder / "conceptwire.db.lock").write_text("x")
    (folder / "concepts" / ".#token.md").symlink_to("nobody@nowhere")  # an editor's lock
    assert not changes()
    (folder / "concepts" / "token.md").write_text("half")
    assert changes()
    (folder / "concepts" / "token.md").unlink()
    assert changes()
    (folder / "sources.toml").touch()
    assert changes()
    (folder / "concepts").rename(folder / "gone")
    assert changes()
    assert not changes()
