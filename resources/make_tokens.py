"""Write `web/static/tokens.css` from `tokens.json`: `python -m resources.make_tokens`."""

from __future__ import annotations

import json
from typing import Any

from resources import STATIC, path_of

TARGET = STATIC / "tokens.css"

_ROOT_SIZE = 16
"""Browsers' default text size in pixels: sizes are written in rem so that text zoom works."""


def load() -> dict[str, Any]:
    """Return the token file as it is."""
    tokens: dict[str, Any] = json.loads(path_of("tokens.json").read_text(encoding="utf-8"))
    return tokens


def css(tokens: dict[str, Any]) -> str:
    """Return the style sheet of custom properties, light first and dark by the reader's preference."""
    light = _lines({**_measures(tokens), **tokens["light"]}, indent="  ")
    dark = _lines(tokens["dark"], indent="    ")
    return (
        "/* Made from resources/tokens.json by `python -m resources.make_tokens`. */\n"
        f":root {{\n  color-scheme: light dark;\n{light}}}\n\n"
        f"@media (prefers-color-scheme: dark) {{\n  :root {{\n{dark}  }}\n}}\n"
    )


def _measures(tokens: dict[str, Any]) -> dict[str, str]:
    measures = {f"space-{step}": _rem(value) for step, value in tokens["space"].items()}
    measures |= {f"radius-{name}": f"{value}px" for name, value in tokens["radius"].items()}
    measures |= {f"size-{name}": _rem(value) for name, value in tokens["size"].items()}
    measures |= {f"weight-{name}": str(value) for name, value in tokens["weight"].items()}
    measures |= {f"font-{name}": value for name, value in tokens["font"].items()}
    return measures | {f"qr-{name}": value for name, value in tokens["qr"].items()}


def _rem(pixels: int) -> str:
    return f"{pixels / _ROOT_SIZE:g}rem"


def _lines(values: dict[str, str], indent: str) -> str:
    return "".join(f"{indent}--{name}: {value};\n" for name, value in values.items())


def main() -> None:
    """Write the style sheet."""
    TARGET.write_text(css(load()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
