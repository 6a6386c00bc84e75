from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from resources import ROOT, STATIC, TEMPLATES, make_page, path_of
from resources.texts import LANGUAGES, entry
from tests.unit.resources.markup import inline_parts

SOCKET_CLIENT = ROOT.parent / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"
SOCKET_CLIENT_GZIP = 14_800
FIRST_LOAD_GZIP = 60 * 1024


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def modules() -> dict[str, str]:
    return {path.stem: read(path) for path in make_page.MODULES.glob("*.js")}


def test_a_resource_is_found_by_its_name_and_nothing_outside_is() -> None:
    assert path_of("web/static/page.css") == STATIC / "page.css"
    for name in ("web/static/nothing.css", "../pyproject.toml", "/etc/hosts"):
        with pytest.raises(FileNotFoundError):
            path_of(name)


@pytest.mark.parametrize("path", sorted(make_page.products()), ids=lambda path: path.name)
def test_what_is_served_is_what_the_sources_make(path: Path) -> None:
    assert read(path) == make_page.products()[path], "run `python -m resources.make_page`"


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_script_or_style_of_its_own(path: Path) -> None:
    assert inline_parts(read(path)) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<script>1</script>",
        '<p style="x">',
        "<style>p{}</style>",
        '<a onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_inline_parts_are_recognised(markup: str) -> None:
    assert inline_parts(markup) != []


def test_scripts_build_no_markup_and_run_no_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b|cssText"
    )
    assert [name for name, source in modules().items() if forbidden.search(source)] == []


def test_nothing_is_loaded_from_another_host() -> None:
    address = re.compile(r"""(?:src|href|url\(|import\()\s*=?\s*["']?(?:https?:)?//""")
    served = [*STATIC.rglob("*.*"), *TEMPLATES.glob("*.html")]
    assert [path.name for path in served if address.search(read(path))] == []


def test_nothing_but_the_language_is_kept_in_storage() -> None:
    kept = {
        name: re.findall(r"(?:local|session)Storage\.\w+\(([^,)]*)", source)
        for name, source in modules().items()
    }
    assert {name: found for name, found in kept.items() if found} == {"i18n": ["KEPT_AS", "KEPT_AS"]}
    assert not any("document.cookie" in source or "indexedDB" in source for source in modules().values())


def test_the_first_load_is_small() -> None:
    shell = (
        read(TEMPLATES / "onboarding.html")
        + read(TEMPLATES / "_frame.html")
        + read(TEMPLATES / "_icons.html")
    )
    parts = [shell, *(read(STATIC / name) for name in ("page.js", "page.css", "icon.svg"))]
    socket = len(gzip.compress(SOCKET_CLIENT.read_bytes())) if SOCKET_CLIENT.is_file() else SOCKET_CLIENT_GZIP
    assert sum(len(gzip.compress(part.encode())) for part in parts) + socket <= FIRST_LOAD_GZIP


def test_the_style_sheet_uses_only_tokens_that_exist() -> None:
    sheet = read(STATIC / "page.css")
    defined = set(re.findall(r"^\s*--([\w-]+):", sheet, re.MULTILINE))
    assert set(re.findall(r"var\(--([\w-]+)\)", sheet)) <= defined


def test_every_icon_that_is_named_exists() -> None:
    drawn = {path.stem for path in path_of("icons").glob("*.svg")}
    named = set(re.findall(r'icon\("([\w-]+)"', " ".join(read(path) for path in TEMPLATES.glob("*.html"))))
    for source in modules().values():
        named |= set(re.findall(r'(?:icon|sign|badge|step)(?:\(|: )"([\w-]+)"', source))
    named |= {f"stage-{stage}" for stage in entry("ru", "stage")}
    assert named - drawn == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_that_a_module_or_template_names_exists(lang: str) -> None:
    sources = " ".join([*modules().values(), *(read(path) for path in TEMPLATES.glob("*.html"))])
    keys = set(re.findall(r'\b(?:t|say)\("([a-z_]+\.[\w.]*\w)"', sources))
    keys |= set(re.findall(r'data-(?:text|label)="([\w.]+)"', sources))
    keys |= {f"screens.{screen}.{part}" for screen, part in re.findall(r'\btext\("(\w+)", "(\w+)"', sources)}
    assert len(keys) > 60
    for key in keys:
        entry(lang, key)


def test_every_screen_that_can_be_chosen_can_be_drawn_and_has_a_title() -> None:
    views, screens = modules()["views"], modules()["screens"]
    chosen = set(re.findall(r'(?:return|\?|:|\?\?) "([a-z_]+)"', screens)) - {"ok"}
    drawn = set(re.findall(r"^  (\w+): \{ sign", views, re.MULTILINE))
    table = views.split("const VIEWS = {")[1].split("};")[0]
    drawn |= {row.split(":")[0].strip() for row in table.split(",") if row.strip()}
    assert chosen <= drawn
    assert drawn - {"way"} <= {name for name, texts in entry("ru", "screens").items() if "title" in texts}
