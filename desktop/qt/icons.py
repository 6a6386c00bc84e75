"""Our line icons, drawn in the theme's colours at the screen's own resolution."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget

from desktop.qt.theme import STAGE_COLOURS, Theme
from resources import path_of
from shared.vocabulary import Stage

_NAME, _COLOUR, _SIZE = "icon_name", "icon_colour", "icon_size"
_GAP = 6
"""Pixels between a button's icon and its text, at 100 % text."""

_FOLDERS = ("icons", "icons/console")


def icon_path(name: str) -> Path:
    """Return an icon's file: one that both programs use, or the console's own. Raises FileNotFoundError."""
    for folder in _FOLDERS:
        path = path_of(folder) / f"{name}.svg"
        if path.is_file():
            return path
    raise FileNotFoundError(name)


def icon_names() -> list[str]:
    """Return the name of every icon there is."""
    return sorted(path.stem for folder in _FOLDERS for path in path_of(folder).glob("*.svg"))


class Icons(QObject):
    """The icons, cached for the present theme; what was dressed by `dress` follows the theme by itself."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._sources: dict[str, str] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        theme.changed.connect(self._on_theme_changed)

    def pixmap(self, name: str, colour: str = "text", size: int = 16, ratio: float = 0.0) -> QPixmap:
        """Return an icon in a token's colour. `size` is at 100 % text; `ratio` is the screen's device pixel ratio."""
        ratio = ratio or self._ratio()
        key = (name, colour, size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = self._draw(
                name, self._theme.hex(colour), self._theme.px(size), ratio
            )
        return found

    def icon(self, name: str, colour: str = "text", size: int = 16) -> QIcon:
        """Return an icon for a button or an action; disabled, it is drawn in the colour of disabled controls."""
        icon = QIcon(self.pixmap(name, colour, size))
        icon.addPixmap(self.pixmap(name, "control", size), QIcon.Mode.Disabled)
        return icon

    def stage_pixmap(self, stage: Stage, size: int = 16) -> QPixmap:
        """Return a stage's shape in its colour."""
        return self.pixmap(f"stage-{stage}", STAGE_COLOURS[stage], size)

    def dress(
        self, widget: QAbstractButton | QLabel, name: str, colour: str = "text", size: int = 16
    ) -> None:
        """Give a button or a label an icon that follows the theme."""
        widget.setProperty(_NAME, name)
        widget.setProperty(_COLOUR, colour)
        widget.setProperty(_SIZE, size)
        self._put_on(widget)

    def _put_on(self, widget: QWidget) -> None:
        name, colour, size = (widget.property(key) for key in (_NAME, _COLOUR, _SIZE))
        side = self._theme.px(size)
        if isinstance(widget, QPushButton):
            gap = self._theme.px(_GAP)
            icon = QIcon(_with_gap(self.pixmap(name, colour, size), gap))
            icon.addPixmap(_with_gap(self.pixmap(name, "control", size), gap), QIcon.Mode.Disabled)
            widget.setIcon(icon)
            widget.setIconSize(QSize(side + gap, side))
        elif isinstance(widget, QAbstractButton):
            widget.setIcon(self.icon(name, colour, size))
            widget.setIconSize(QSize(side, side))
        elif isinstance(widget, QLabel):
            widget.setPixmap(self.pixmap(name, colour, size))

    def _on_theme_changed(self) -> None:
        self._pixmaps.clear()
        for widget in QApplication.allWidgets():
            if widget.property(_NAME):
                self._put_on(widget)

    def _ratio(self) -> float:
        app = QApplication.instance()
        return app.devicePixelRatio() if isinstance(app, QApplication) else 1.0

    def _draw(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = icon_path(name).read_text(encoding="utf-8")
        renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        return pixmap


def _with_gap(pixmap: QPixmap, gap: int) -> QPixmap:
    """Return an icon with room at its right, for the style sheet's buttons leave none before their text."""
    ratio = pixmap.devicePixelRatio()
    wide = QPixmap(pixmap.width() + round(gap * ratio), pixmap.height())
    wide.setDevicePixelRatio(ratio)
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return wide
