"""The page's files: words in both languages, nothing from elsewhere, nothing inline."""

from __future__ import annotations

import json
import re

import pytest

from gateway.sandbox.config import Switches
from gateway.sandbox.faults import KINDS
from gateway.sandbox.links import LinkStatus
from gateway.sandbox.page import FILES
from gateway.sandbox.phone import ACTIONS
from gateway.sandbox.redirects import ALPHABETS, BRANCH_FORMS
from tests.unit.sandbox.support import CONFIG

TEXTS = json.loads((FILES / "texts.json").read_text(encoding="utf-8"))
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in FILES.glob("*.js")}
HTML = (FILES / "index.html").read_text(encoding="utf-8")


def test_both_languages_say_the_same_things() -> None:
    assert list(TEXTS) == ["ru", "en"]
    assert list(TEXTS["ru"]) == list(TEXTS["en"])
    for key, russian in TEXTS["ru"].items():
        assert set(re.findall(r"{\w+}", russian)) == set(re.findall(r"{\w+}", TEXTS["en"][key])), key
    assert "" not in [*TEXTS["ru"].values(), *TEXTS["en"].values()]


def test_russian_is_russian_and_english_has_no_russian_in_it() -> None:
    assert [key for key, text in TEXTS["en"].items() if re.search("[а-яё]", text, re.IGNORECASE)] == []


def test_every_text_the_scripts_name_exists() -> None:
    named = set(re.findall(r'\bt\("([\w-]+)"', "".join(SCRIPTS.values())))
    assert named - set(TEXTS["ru"]) == set()
    assert len(named) > 50


def test_every_text_is_used() -> None:
    told = "".join(SCRIPTS.values())
    families = (
        "status_",
        "phone_",
        "form_",
        "alphabet_",
        "group_",
        "switch_",
        "body_",
        "listed_",
        "webhook_",
        "log_",
    )
    unused = [key for key in TEXTS["ru"] if f'"{key}"' not in told and not key.startswith(families)]
    assert unused == []


def test_everything_the_api_may_name_has_words() -> None:
    names = (
        [f"status_{status.value}" for status in LinkStatus]
        + [f"phone_{action}" for action in ACTIONS]
        + [f"form_{form}" for form in BRANCH_FORMS]
        + [f"alphabet_{alphabet}" for alphabet in ALPHABETS]
        + [f"group_{kind.group}" for kind in KINDS]
        + [f"switch_{name}" for name in Switches.__slots__]
        + ["webhook_lifecycle", "webhook_entity", "log_in", "log_out"]
    )
    assert set(names) - set(TEXTS["ru"]) == set()


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_take_nothing_from_elsewhere_and_put_no_text_in_as_markup(name: str) -> None:
    code = SCRIPTS[name]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", code)
    assert set(re.findall(r"https?://\S+", code)) <= {'http://www.w3.org/2000/svg";'}


def test_the_page_has_no_inline_script_or_style() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", HTML)
    assert set(re.findall(r'(?:src|href)="([^"]+)"', HTML)) == {
        f"/sandbox/files/{name}" for name in ("icon.svg", "sandbox.css", "tokens.css", "main.js")
    }


def test_the_styles_fetch_nothing() -> None:
    assert not re.search(r"@import|url\(", (FILES / "sandbox.css").read_text(encoding="utf-8"))


def test_the_switches_begin_as_configured() -> None:
    switches = Switches.of(CONFIG)
    assert (switches.pending_ttl_s, switches.enforce_limits, switches.private_app) == (3600, False, False)
