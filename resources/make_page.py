"""Put the page's parts together into the few files it is served as: `python -m resources.make_page`.

The page must load in at most eight requests, and its script is a dozen small modules; so they are joined
here into one file, unchanged but for their imports and exports, with the texts of both languages as the
module `texts.js`. `page.css` is the tokens and the styles, `_icons.html` is every icon as one sprite.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from resources import STATIC, TEMPLATES, make_tokens, path_of
from resources.texts import LANGUAGES, page_texts

MODULES = path_of("web/page")
"""The page's modules and style sheet, as people write them."""

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownSyntax(Exception):
    """A module imports or exports in a form that joining does not know."""


def script() -> str:
    """Return the page's modules joined, each in a scope of its own, those imported first."""
    done: dict[str, str] = {}
    _add("main", done)
    return "// Made from resources/web/page by `python -m resources.make_page`.\n" + "\n".join(done.values())


def _add(name: str, done: dict[str, str]) -> None:
    source = _texts() if name == "texts" else (MODULES / f"{name}.js").read_text(encoding="utf-8")
    for needed in _IMPORT.finditer(source):
        if needed[2] not in done:
            _add(needed[2], done)
    done[name] = _scope(name, source)


def _texts() -> str:
    texts = {lang: page_texts(lang) for lang in LANGUAGES}
    return f"export const TEXTS = {json.dumps(texts, ensure_ascii=False, indent=1)};"


def _scope(name: str, source: str) -> str:
    exported = [match[1] for match in _EXPORT.finditer(source)]
    body = _EXPORT.sub("", _IMPORT.sub(_taken, source))
    if left := _LEFT_OVER.search(body):
        raise UnknownSyntax(f"{name}.js: {left[0]}")
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _taken(found: re.Match[str]) -> str:
    names = " ".join(found[1].split()).rstrip(",").replace(" as ", ": ")
    return f"const {{ {names} }} = ${found[2]};\n"


def style() -> str:
    """Return the page's style sheet: the tokens, then the rules."""
    rules = (MODULES / "styles.css").read_text(encoding="utf-8")
    return make_tokens.css(make_tokens.load()) + "\n" + rules


def sprite() -> str:
    """Return every icon as a symbol `i-<name>` of one hidden picture."""
    symbols = "".join(_symbol(path) for path in sorted(path_of("icons").glob("*.svg")))
    return f'<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">{symbols}</svg>\n'


def _symbol(path: Path) -> str:
    inside = _SVG.search(path.read_text(encoding="utf-8"))
    if inside is None:
        raise UnknownSyntax(path.name)
    return f'<symbol id="i-{path.stem}" viewBox="0 0 20 20">{inside[1]}</symbol>'


def products() -> dict[Path, str]:
    """Return every file made here and its content."""
    return {
        STATIC / "page.js": script(),
        STATIC / "page.css": style(),
        TEMPLATES / "_icons.html": sprite(),
    }


def main() -> None:
    """Write the files."""
    for path, content in products().items():
        path.write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
