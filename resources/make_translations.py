"""Write the console's translations: `python -m resources.make_translations`.

Source texts are English and stand in the code (`desktop.qt.texts.translate` and `marked`). Qt's tools gather them into
`translations/console_ru.ts`, to be translated there, and into `console_en.ts`, which holds plural forms alone; then the
files that the program loads are made from both. A text that left the code leaves the files.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from resources import ROOT

FOLDER: Final = ROOT / "translations"
SOURCES: Final = ROOT.parent / "desktop"
LANGUAGES: Final = ("ru", "en")
_PLURALS_ONLY: Final = frozenset({"en"})
_ALIASES: Final = "QT_TRANSLATE_NOOP+=marked"


def sources() -> list[Path]:
    """Return every module that may hold a text, in a fixed order."""
    return sorted(path for path in SOURCES.rglob("*.py") if "__pycache__" not in path.parts)


def gather(folder: Path) -> None:
    """Bring the texts of the code into a folder's `.ts` files; what is translated there stays."""
    for language in LANGUAGES:
        options = ["-pluralonly"] if language in _PLURALS_ONLY else []
        _run(
            "lupdate", "-silent", "-no-obsolete", "-locations", "none", "-source-language", "en",
            "-target-language", language, "-tr-function-alias", _ALIASES, *options,
            *map(str, sources()), "-ts", str(ts_path(language, folder)),
        )  # fmt: skip


def compile_all(folder: Path) -> None:
    """Make the files that the program loads from a folder's `.ts` files."""
    for language in LANGUAGES:
        _run("lrelease", "-silent", str(ts_path(language, folder)), "-qm", str(qm_path(language, folder)))


def build(folder: Path) -> None:
    """Gather and compile into another folder, beginning from what is translated: for the comparing test."""
    for language in LANGUAGES:
        shutil.copy(ts_path(language), ts_path(language, folder))
    gather(folder)
    compile_all(folder)


def ts_path(language: str, folder: Path = FOLDER) -> Path:
    """Return the file that translators write."""
    return folder / f"console_{language}.ts"


def qm_path(language: str, folder: Path = FOLDER) -> Path:
    """Return the file that the program loads."""
    return folder / f"console_{language}.qm"


def _run(tool: str, *arguments: str) -> None:
    """Run a tool of Qt that PySide6 brings. Raises FileNotFoundError without it, RuntimeError when it fails."""
    found = find_spec("PySide6")
    if found is None or found.origin is None:
        raise FileNotFoundError("PySide6")
    suffix = ".exe" if sys.platform == "win32" else ""
    path = Path(found.origin).parent / f"{tool}{suffix}"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{tool}: {done.stderr.strip() or done.stdout.strip()}")


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    gather(FOLDER)
    compile_all(FOLDER)


if __name__ == "__main__":
    main()
