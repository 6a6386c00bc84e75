"""The console's looks: a palette and one style sheet made from the product's tokens, and nothing else spells a colour.

Sizes are given at 100 %; `Theme.px` scales what must grow with the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from desktop.qt.style_sheet import style_sheet
from resources import path_of

Density = Literal["comfortable", "compact"]
Choice = Literal["system", "light", "dark"]
TextSize = Literal["note", "small", "body", "title", "display"]

_FITTED: Final = "fitted"
LEAST_SCALE: Final = 1.0
MOST_SCALE: Final = 2.0

STAGE_COLOURS: Final = {
    "new": "info",
    "linking": "accent",
    "activating": "accent",
    "active": "ok",
    "attention": "bad",
    "frozen": "warn",
    "gone": "text-quiet",
}
"""The token of each stage's icon; its shape and its word say the same."""

KIND_COLOURS: Final = {"demo": "info", "staging": "warn", "production": "bad"}
"""The token of each kind of environment."""


def load_tokens() -> dict[str, Any]:
    """Return the token file as it is."""
    tokens: dict[str, Any] = json.loads(path_of("tokens.json").read_text(encoding="utf-8"))
    return tokens


class Theme(QObject):
    """How the program looks now: light or dark, how large, how dense. Applied to the whole application at once."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._tokens = load_tokens()
        self._folder = TemporaryDirectory(prefix="ai-admin-console-")
        self._colours: dict[str, QColor] = {}
        self._base_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        self._is_applying = False
        self.choice: Choice = "system"
        self.is_dark = False
        self.scale = 1.0
        self.density: Density = "comfortable"
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    def apply(self, choice: Choice = "system", scale: float = 1.0, density: Density = "comfortable") -> None:
        """Look like this from now on; `scale` is kept between 1 and 2."""
        self.choice = choice
        self.scale = min(MOST_SCALE, max(LEAST_SCALE, scale))
        self.density = density
        self._is_applying = True
        try:
            self._dress()
        finally:
            self._is_applying = False
        self.changed.emit()

    @contextmanager
    def laid_aside(self) -> Iterator[None]:
        """Build a large part of a window without the style sheet, which is put on at the end.

        Otherwise everything in a part is styled anew each time the part goes into a bigger one: a window takes three
        times as long.
        """
        sheet = self._app.styleSheet()
        self._app.setStyleSheet("")
        try:
            yield
        finally:
            self._app.setStyleSheet(sheet)

    def colour(self, name: str) -> QColor:
        """Return a token's colour in the present theme. Raises KeyError for an unknown one."""
        found = self._colours.get(name)
        if found is None:
            found = self._colours[name] = _colour(self.hex(name))
        return found

    def hex(self, name: str) -> str:
        """Return a token's colour as it is written: `#rrggbb` or `#rrggbbaa`."""
        return str(self._tokens["dark" if self.is_dark else "light"][name])

    def qr_colour(self, name: Literal["dark", "light"]) -> QColor:
        """Return a colour of QR codes, which are the same in every theme."""
        return QColor(self._tokens["qr"][name])

    def space(self, step: int) -> int:
        """Return a distance of the scale 4, 8, 12, 16, 24, 32; one step less where it is compact."""
        value: int = self._tokens["space"][str(step)]
        return value if self.density == "comfortable" or step == 1 else self._tokens["space"][str(step - 1)]

    def radius(self, name: Literal["control", "card"]) -> int:
        """Return the radius of corners."""
        value: int = self._tokens["radius"][name]
        return value

    def px(self, pixels: float) -> int:
        """Return a size that grows with the text."""
        return round(pixels * self.scale)

    def font(self, size: TextSize = "small", *, is_bold: bool = False, is_mono: bool = False) -> QFont:
        """Return a font of the scale. Digits are tabular, so that columns of numbers stand straight."""
        font = (
            QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            if is_mono
            else QFont(self._base_font)
        )
        font.setPixelSize(self.px(self._tokens["size"][size]))
        font.setWeight(QFont.Weight(self._tokens["weight"]["title" if is_bold else "text"]))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def fit(
        self,
        widget: QWidget,
        *,
        min_width: int | None = None,
        max_width: int | None = None,
        size: TextSize | None = None,
        is_bold: bool = False,
        is_mono: bool = False,
    ) -> None:
        """Give a widget widths or a font at 100 % that it keeps, grown, in every size of text."""
        fitted = {
            "min_width": min_width,
            "max_width": max_width,
            "size": size,
            "bold": is_bold,
            "mono": is_mono,
        }
        widget.setProperty(_FITTED, {name: value for name, value in fitted.items() if value is not None})
        self._fit_now(widget)

    def _fit_now(self, widget: QWidget) -> None:
        fitted = widget.property(_FITTED)
        if "min_width" in fitted:
            widget.setMinimumWidth(self.px(fitted["min_width"]))
        if "max_width" in fitted:
            widget.setMaximumWidth(self.px(fitted["max_width"]))
        if "size" in fitted:
            widget.setFont(self.font(fitted["size"], is_bold=fitted["bold"], is_mono=fitted["mono"]))

    @property
    def row_height(self) -> int:
        """The height of a table's row of one line."""
        return self.px(36 if self.density == "comfortable" else 28)

    @property
    def icon_size(self) -> int:
        """The size of an icon beside text."""
        return self.px(16)

    def _on_scheme_changed(self) -> None:
        if self.choice == "system" and not self._is_applying:
            self.apply(self.choice, self.scale, self.density)

    def _dress(self) -> None:
        hints = self._app.styleHints()
        if self.choice == "system":
            hints.unsetColorScheme()
            self.is_dark = hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            self.is_dark = self.choice == "dark"
            hints.setColorScheme(Qt.ColorScheme.Dark if self.is_dark else Qt.ColorScheme.Light)
        self._colours.clear()
        self._app.setPalette(self._palette())
        self._app.setFont(self.font())
        self._app.setStyleSheet(style_sheet(self, self._images()))
        for widget in self._app.allWidgets():
            if widget.property(_FITTED):
                self._fit_now(widget)

    def _images(self) -> dict[str, str]:
        """Write the few images a style sheet can only take from files, and return their paths."""
        wanted = {"chevron": ("console/chevron-down", "text-quiet"), "tick": ("check", "accent-text")}
        made: dict[str, str] = {}
        for name, (icon, token) in wanted.items():
            source = path_of(f"icons/{icon}.svg").read_text(encoding="utf-8")
            colour = self.hex(token)
            path = Path(self._folder.name, f"{name}-{colour[1:]}.svg")
            path.write_text(source.replace("currentColor", colour), encoding="utf-8")
            made[name] = path.as_posix()
        return made

    def _palette(self) -> QPalette:
        role = QPalette.ColorRole
        palette = QPalette()
        for which, name in (
            (role.Window, "surface"), (role.WindowText, "text"), (role.Base, "raised"),
            (role.AlternateBase, "sunken"), (role.Text, "text"), (role.Button, "raised"),
            (role.ButtonText, "text"), (role.BrightText, "bad"), (role.Highlight, "accent"),
            (role.HighlightedText, "accent-text"), (role.Link, "accent"), (role.LinkVisited, "accent-strong"),
            (role.ToolTipBase, "raised"), (role.ToolTipText, "text"), (role.PlaceholderText, "text-quiet"),
            (role.Accent, "accent"), (role.Light, "raised"), (role.Midlight, "sunken"), (role.Mid, "line"),
            (role.Dark, "control"), (role.Shadow, "control"),
        ):  # fmt: skip
            palette.setColor(which, self.colour(name))
        for which in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, which, self.colour("control"))
        return palette


def _colour(written: str) -> QColor:
    """Return the colour of `#rrggbb` or `#rrggbbaa`; Qt would read the alpha first."""
    if len(written) == 9:
        colour = QColor(written[:7])
        colour.setAlpha(int(written[7:], 16))
        return colour
    return QColor(written)
