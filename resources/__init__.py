"""What people see: the palette, the texts in Russian and English, the icons and the web page.

Standard library only, so that both programs and the packager can read it.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent
"""The folder of this package."""

TEMPLATES = ROOT / "web" / "templates"
"""Jinja templates of the pages."""

STATIC = ROOT / "web" / "static"
"""Files served as they are under `/marketplace/assets/`."""


def path_of(name: str) -> Path:
    """Return the path of a resource named from this folder, such as `web/static/page.css`.

    Raises FileNotFoundError when there is no such file or the name leads out of the folder.
    """
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT) or not path.exists():
        raise FileNotFoundError(name)
    return path
