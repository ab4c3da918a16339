"""settings.toml and the CONCEPTWIRE_... variables: a value, or a sentence with its remedy."""

import tomllib

import pytest

from config import loading
from models.errors import ConfigError
from models.settings import Settings


def settings(tmp_path, text="", environment=None):
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    return loading.settings(tmp_path, environment or {})


def test_without_a_file_every_knob_has_its_default(tmp_path):
    assert loading.settings(tmp_path, {}) == Settings()


def test_the_shipped_file_says_every_default_and_nothing_else():
    assert tomllib.loads((loading.SHIPPED / "settings.toml").read_text("utf-8")).keys() == {
        name for name in Settings.__dataclass_fields__ if not name.startswith("_")
    }
    assert loading.settings(loading.SHIPPED, {}) == Settings()


def test_a_line_in_the_file_counts_before_the_default(tmp_path):
    assert settings(tmp_path, "box_size = 3\n") == Settings(box_size=3)


def test_a_variable_counts_before_the_file_and_is_read_as_its_kind(tmp_path):
    environment = {
        "CONCEPTWIRE_BOX_SIZE": "7",
        "CONCEPTWIRE_EXCHANGE_SECONDS": "2.5",
        "CONCEPTWIRE_CONTACT": "https://us.example/",
    }
    made = settings(tmp_path, "box_size = 3\nretry_minutes = 5\n", environment)
    assert made == Settings(box_size=7, exchange_seconds=2.5, contact="https://us.example/", retry_minutes=5)


def test_a_variable_may_list_hosts_and_ports_with_spaces_or_commas(tmp_path):
    environment = {"CONCEPTWIRE_ALLOW_PRIVATE": "intranet, 10.0.0.7:8000 [fd00::7]", "CONCEPTWIRE_PORTS": "80,443 ,8000"}
    made = settings(tmp_path, "allow_private = ['other']\n", environment)
    assert made.allow_private == ("intranet", "10.0.0.7:8000", "[fd00::7]")
    assert made.ports == (80, 443, 8000)
    assert settings(tmp_path, "allow_private = ['other']\n", {"CONCEPTWIRE_ALLOW_PRIVATE": ""}).allow_private == ()


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ('["intranet", "10.0.0.7:8000"]', ("intranet", "10.0.0.7:8000")),
        (" ['intranet',] ", ("intranet",)),
        ("[]", ()),
        ("[fd00::7]", ("[fd00::7]",)),
        ("[fd00::7],[::1]:8000", ("[fd00::7]", "[::1]:8000")),
    ],
)
def test_a_variable_may_list_hosts_as_toml_does_and_an_address_in_brackets_is_none(tmp_path, value, hosts):
    made = settings(tmp_path, "", {"CONCEPTWIRE_ALLOW_PRIVATE": value, "CONCEPTWIRE_PORTS": "[80, 443]"})
    assert (made.allow_private, made.ports) == (hosts, (80, 443))


@pytest.mark.parametrize("value", ['["intranet"', '["intranet"]\nports = [80]', '"intranet"', "[intranet]"])
def test_a_variable_that_is_half_a_toml_list_is_refused(tmp_path, value):
    with pytest.raises(ConfigError, match=r"CONCEPTWIRE_ALLOW_PRIVATE: .* is not a host"):
        settings(tmp_path, "", {"CONCEPTWIRE_ALLOW_PRIVATE": value})


@pytest.mark.parametrize(
    "host",
    [
        "", "http://intranet/", "10.0.0.0/8", "*.intranet", "*", "me@intranet", "in tranet", "intranet:port",
        "intranet:0", "intranet:99999", "intranet:", "[::1]:", "intranet/a", "a?b", "a#b", "a\\b", ":80", "[::1", "a:b:c",
    ],
)  # fmt: skip
def test_what_is_no_host_as_in_a_url_is_not_allowed(tmp_path, host):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, f"allow_private = [{host!r}]\n")
    assert caught.value.where == f"{tmp_path / 'settings.toml'}:1"
    assert "is not a host" in caught.value.wrong
    assert "10.0.0.7:8000" in caught.value.remedy


@pytest.mark.parametrize(
    "host", ["intranet", "Intranet.example:8000", "10.0.0.7", "[::1]", "[::1]:80", "::1", "fd00::7", "bücher"]
)
def test_a_host_as_in_a_url_is_allowed(tmp_path, host):
    assert settings(tmp_path, f"allow_private = ['{host}']\n").allow_private == (host,)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("ports = 80", "ports = 80"),
        ("ports = ['web']", "ports has 'web'"),
        ("ports = [0]", "0 is no port"),
        ("ports = [65536]", "65536 is no port"),
        ("ports = [-1]", "-1 is no port"),
        ("ports = []", "ports is empty"),
        ("allow_private = 'intranet'", "allow_private = 'intranet'"),
        ("allow_private = [5]", "allow_private has 5"),
    ],
)
def test_a_wrong_list_is_named_with_a_right_one_as_toml_spells_it(tmp_path, text, wrong):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, f"{text}\n")
    assert caught.value.where == f"{tmp_path / 'settings.toml'}:1"
    assert wrong in caught.value.wrong
    assert caught.value.remedy == ("ports = [80, 443]" if "ports" in text else 'allow_private = ["intranet"]')


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("CONCEPTWIRE_STALLED_SECONDS", "x", "a number: CONCEPTWIRE_STALLED_SECONDS=8.0"),
        ("CONCEPTWIRE_BOX_SIZE", "2.5", "a whole number: CONCEPTWIRE_BOX_SIZE=5"),
        ("CONCEPTWIRE_PORTS", "80,web", "CONCEPTWIRE_PORTS=80,443"),
        ("CONCEPTWIRE_PORTS", "", "CONCEPTWIRE_PORTS=80,443"),
        ("CONCEPTWIRE_ALLOW_PRIVATE", "[5]", "CONCEPTWIRE_ALLOW_PRIVATE=intranet"),
    ],
)
def test_a_variable_of_another_kind_is_named_with_a_right_one_as_a_shell_spells_it(tmp_path, variable, value, remedy):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, "ports = [80]\n", {variable: value})
    assert (caught.value.where, caught.value.remedy) == (variable, remedy)


def test_variables_of_others_are_left_alone(tmp_path):
    environment = {"CONCEPTWIRE_CONFIG": "/x", "CONCEPTWIRE_HOMEPAGE_COLOUR": "red", "BOX_SIZE": "9", "PATH": "/bin"}
    assert settings(tmp_path, "", environment) == Settings()


@pytest.mark.parametrize(
    ("text", "where", "wrong", "remedy"),
    [
        ("\nbox_sise = 5\n", ":2", "box_sise", "box_size"),
        ("colour = 'red'\n", ":1", "colour", "one of database_url"),
        ("# ours\n\nbox_size = 'many'\n", ":3", "box_size = 'many'", "a whole number: box_size = 5"),
        ('contact = "us\\nX: y"\n', ":1", "does not fit on one line", "https://"),
        ("contact = 5\n", ":1", "contact = 5", 'contact = "text between quotes"'),
        ("workers = 1.5\n", ":1", "workers = 1.5", "a whole number: workers = 0"),
        ("stalled_seconds = 'x'\n", ":1", "stalled_seconds = 'x'", "a number: stalled_seconds = 8.0"),
        ('listen = "0.0.0.0:80"\n', ":1", "'0.0.0.0:80' is not an address of this machine alone", "127.0.0.1:9464"),
        ("box_size = 0\n", ":1", "box_size is 0", "above 0"),
        ("per_source = -1\n", ":1", "per_source is -1", "above 0"),
        ("exchange_seconds = 0\n", ":1", "exchange_seconds is 0", "above 0"),
        ("exchange_seconds = nan\n", ":1", "exchange_seconds", ""),
        ("workers = -1\n", ":1", "workers is -1", "0 or more"),
        ("parse_megabytes = 0\n", ":1", "parse_megabytes is 0", "above 0"),
        ("page_depth = 300\n", ":1", "page_depth is 300", "at most 250"),
        ("parse_seconds = 1e300\n", ":1", "parse_seconds is 1e+300", "at most 3600"),
        ("parse_megabytes = 99999999999999\n", ":1", "parse_megabytes is 99999999999999", "at most 1000000"),
        ("host_interval_seconds = 1e9\n", ":1", "host_interval_seconds is 1000000000.0", "at most 86400"),
        ("box_size = 99999999999999999999\n", ":1", "box_size is 99999999999999999999", "at most 1000000000"),
        ("largest_body = 9999999999999\n", ":1", "largest_body is 9999999999999", "at most 1099511627776"),
        ("largest_headers = 3\n", ":1", "largest_headers is 3", "at least 1024"),
        ("most_headers = 9\n", ":1", "most_headers is 9", "at least 10"),
        ("epoch_growth = -0.1\n", ":1", "epoch_growth is -0.1", "0 or more"),
        ("language = 'english'\n", ":1", "'english'", 'language = "en"'),
        ("box_size = \n", "", "line 1", "key = 5"),
        ("[[box_size\n", "", "line 1", "toml"),
        ("[box]\nsize = 5\n", "", "box", "box_size"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong_and_a_remedy(tmp_path, text, where, wrong, remedy):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'settings.toml'}{where}"
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""


@pytest.mark.parametrize(
    ("variable", "value", "wrong"),
    [
        ("CONCEPTWIRE_BOX_SIZE", "many", "'many'"),
        ("CONCEPTWIRE_WORKERS", "", "workers"),
        ("CONCEPTWIRE_BOX_SIZE", "0", "0"),
        ("CONCEPTWIRE_WORKERS", "-1", "-1"),
        ("CONCEPTWIRE_LANGUAGE", "english", "'english'"),
    ],
)
def test_a_wrong_variable_is_named_though_the_file_is_right(tmp_path, variable, value, wrong):
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, "box_size = 5\nworkers = 1\nlanguage = 'en'\n", {variable: value})
    assert caught.value.where == variable
    assert wrong in caught.value.wrong


def test_a_slip_of_the_pen_in_a_variable_is_named(tmp_path):
    with pytest.raises(ConfigError, match="CONCEPTWIRE_BOX_SIZ: there is no such setting\n  Try: CONCEPTWIRE_BOX_SIZE"):
        settings(tmp_path, "", {"CONCEPTWIRE_BOX_SIZ": "5"})


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "settings.toml").write_bytes(b"contact = 'Zo\xeb'\n")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        loading.settings(tmp_path, {})


def test_the_folder_is_the_given_one_then_that_of_the_environment_then_the_shipped_one(tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "said").mkdir()
    environment = {"CONCEPTWIRE_CONFIG": str(tmp_path / "said")}
    assert loading.folder(tmp_path / "given", environment) == tmp_path / "given"
    assert loading.folder(None, environment) == tmp_path / "said"
    assert loading.folder(None, {}) == loading.folder(None, {"CONCEPTWIRE_CONFIG": ""}) == loading.SHIPPED


def test_a_folder_that_is_none_is_named_with_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="is not a folder") as caught:
        loading.folder(tmp_path / "nowhere", {})
    assert caught.value.remedy == f"conceptwire init {tmp_path / 'nowhere'}"


def test_no_number_is_without_bounds(tmp_path):
    numbers = [name for name in Settings.__dataclass_fields__ if isinstance(getattr(Settings(), name, None), (int, float))]
    for name in numbers:
        for value in ("-1", "1e300" if isinstance(getattr(Settings(), name), float) else "9" * 18):
            with pytest.raises(ConfigError):
                settings(tmp_path, f"{name} = {value}\n")
