"""Static files: hashed addresses, vendored bytes, and pages that the content policy lets run."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from flask import Flask

from marketplace.core.assets import asset_url

PACKAGE = Path(__file__).resolve().parents[2] / "marketplace"
STATIC, TEMPLATES = PACKAGE / "static", PACKAGE / "templates"
ICON = re.compile(r"""icon\(\s*["']([a-z0-9-]+)["']""")
ICON_TABLE = re.compile(r"""set icons = (\{.*?\})""", re.S)


def sources() -> dict[str, str]:
    return {str(path.relative_to(TEMPLATES)): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}


@pytest.fixture
def small_site(tmp_path: Path) -> Flask:
    (tmp_path / "a.css").write_text("a{}")
    return Flask("small", static_folder=str(tmp_path), static_url_path="/static")


def test_the_address_carries_the_hash_of_the_bytes(small_site: Flask) -> None:
    with small_site.test_request_context():
        assert asset_url("a.css") == f"/static/a.css?v={hashlib.sha256(b'a{}').hexdigest()[:16]}"


def test_an_edit_of_the_same_length_changes_the_address(small_site: Flask, tmp_path: Path) -> None:
    with small_site.test_request_context():
        before = asset_url("a.css")
        (tmp_path / "a.css").write_text("b{}")
        os.utime(tmp_path / "a.css", ns=(1, 1))
        assert asset_url("a.css") != before


def test_the_address_keeps_the_prefix_that_the_site_is_mounted_under(small_site: Flask) -> None:
    with small_site.test_request_context("/", base_url="https://example.org/pingtai"):
        assert asset_url("a.css").startswith("/pingtai/static/a.css?v=")


def test_a_name_that_is_no_file_is_an_error(small_site: Flask) -> None:
    with small_site.test_request_context(), pytest.raises(FileNotFoundError):
        asset_url("missing.css")


def test_every_asset_that_a_template_names_is_there() -> None:
    named = {name for text in sources().values() for name in re.findall(r"asset\('([^'~]+)'\)", text)}
    assert len(named) > 5
    assert {name for name in named if not (STATIC / name).is_file()} == set()


def test_the_sprite_holds_the_icons_in_use_and_no_other() -> None:
    texts = sources().values()
    used = {name for text in texts for name in ICON.findall(text)}
    tables = [table for text in texts for table in ICON_TABLE.findall(text)]
    used |= {name for table in tables for name in re.findall(r""":\s*["']([a-z0-9-]+)["']""", table)}
    used |= {"info-circle"}  # the default of components/notice.html
    drawn = re.findall(r'<symbol id="([^"]+)"', (STATIC / "img/icons.svg").read_text("utf-8"))
    assert sorted(drawn) == sorted(used)


def test_vendored_files_are_the_published_bytes() -> None:
    readme = (STATIC / "vendor/README.md").read_text("utf-8")
    sums = re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", readme)
    scripts_and_styles = {str(p.relative_to(STATIC / "vendor")) for p in STATIC.glob("vendor/*/*.min.*")}
    assert {name for name, _ in sums} == scripts_and_styles
    for name, expected in sums:
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == expected
        assert (STATIC / "vendor" / name).with_name("LICENSE").is_file()


def test_modules_import_nothing() -> None:
    """An import inside a module would have an address without hash, kept too long by browsers."""
    for script in (STATIC / "js").glob("*.js"):
        assert not re.search(r"^\s*import\b|\bimport\(", script.read_text("utf-8"), re.M), script.name


@pytest.mark.parametrize("name", sorted(sources()))
def test_no_template_holds_what_the_content_policy_refuses(name: str) -> None:
    text = re.sub(r"\{#.*?#\}", "", sources()[name], flags=re.S)
    assert not re.search(r"\sstyle\s*=|<style\b|javascript:", text)
    assert not re.search(r"\son[a-z]+\s*=(?!=)", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag and 'nonce="{{ csp_nonce() }}"' in tag
    assert not re.search(r"(?:src|href)=[\"']https?:", text)
