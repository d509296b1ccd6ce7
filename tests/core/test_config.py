"""Settings: the documented ones are the real ones, and unsafe ones are refused in plain words."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from config import PROJECT, ConfigurationError, Settings, load_settings
from tests.conftest import make_settings

DOCUMENT = PROJECT / "docs" / "settings.md"
LONG = "k" * 32


def settings_table() -> str:
    """The table of docs/settings.md, made from the fields."""
    lines = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined, f"{name} has no default"
        default = field.default
        shown = str(default.relative_to(PROJECT)) if isinstance(default, Path) else str(default)
        lines.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else 'empty'} | {field.description} |")
    return "\n".join(lines)


def test_the_documented_settings_are_the_real_ones() -> None:
    table = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("|")]
    assert table == settings_table().splitlines()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("keys", [
    {}, {"secret_key": LONG}, {"audit_key": LONG}, {"secret_key": LONG, "audit_key": "k" * 31},
])  # fmt: skip
def test_production_refuses_missing_and_short_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: dict[str, str]
) -> None:
    for name, value in {"app_env": "production", "instance_path": str(tmp_path), **keys}.items():
        monkeypatch.setenv(name.upper(), value)
    with pytest.raises(ConfigurationError, match="APP_ENV=production needs") as caught:
        load_settings()
    message = str(caught.value)
    assert "\n" not in message
    for name in ("secret_key", "audit_key"):
        assert (name.upper() in message) == (len(keys.get(name, "")) < 32)


def test_production_shows_no_sample_accounts(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, app_env="production", sample_accounts=True)
    assert settings.production and not settings.sample_accounts


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "abc"), ("PORT", "0"), ("PORT", "65536"), ("APP_ENV", "prod"), ("WEB_THREADS", "0"),
    ("LOG_LEVEL", "LOUD"), ("SEARCH_ENGINE", "solr"), ("TRUSTED_PROXIES", "-1"), ("MAX_UPLOAD_MB", "0"),
])  # fmt: skip
def test_a_wrong_value_is_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ") and "\n" not in str(caught.value)


def test_the_command_line_prints_that_line_alone(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--once"],
        cwd=PROJECT, env={**os.environ, "PORT": "abc", "INSTANCE_PATH": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert process.returncode != 0
    assert "PORT: Input should be a valid integer" in process.stderr
    assert "Traceback" not in process.stderr and len(process.stderr.strip().splitlines()) == 1


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert load_settings().port == 5000


def test_generated_keys_are_stable_secret_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    first, second = (Settings(instance_path=tmp_path) for _ in range(2))
    secret, audit = first.key("secret_key"), first.key("audit_key")
    assert (second.key("secret_key"), second.key("audit_key")) == (secret, audit)
    assert secret != audit and len(secret) >= 32
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["audit_key", "secret_key"]


def test_two_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    keys: list[str] = []
    start = threading.Barrier(4)

    def read() -> None:
        start.wait(10)
        keys.append(Settings(instance_path=tmp_path).key("secret_key"))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 4 and len(set(keys)) == 1


def test_a_configured_key_is_used_and_nothing_written(tmp_path: Path) -> None:
    assert make_settings(tmp_path).key("secret_key") == "s" * 40
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "https"), [("", False), ("http://a.example", False), ("https://a.example", True)]
)
def test_secure_cookies_follow_the_site_url(tmp_path: Path, url: str, https: bool) -> None:
    assert make_settings(tmp_path, site_url=url).https is https


def test_the_database_stands_in_the_instance_folder_unless_named(tmp_path: Path) -> None:
    assert make_settings(tmp_path).database_uri == f"sqlite:///{tmp_path}/site.db"
    named = make_settings(tmp_path, database_url="postgresql+psycopg://db/site")
    assert named.database_uri == "postgresql+psycopg://db/site"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104  # what must be refused
def test_a_development_site_listens_on_loopback_only(host: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="known password"):
        Settings(instance_path=tmp_path, host=host)
    keys = {"secret_key": "s" * 40, "audit_key": "a" * 40}
    assert Settings(app_env="production", instance_path=tmp_path, host=host, **keys).host == host
