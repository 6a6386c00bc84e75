"""The console's style sheet, written from the tokens of the present theme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Looks(Protocol):
    """What a style sheet is made from; see `desktop.qt.theme.Theme`."""

    def hex(self, name: str) -> str:
        """Return a token's colour."""

    def px(self, pixels: float) -> int:
        """Return a size that grows with the text."""

    def space(self, step: int) -> int:
        """Return a distance."""


_SHEET = """
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px 8px; }
QWidget[role="page"], QMainWindow, QDialog { background: $surface; }
QDialog[role="palette"] { border: 1px solid $control; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: 12px; }
QFrame[role="pane"] { background: $surface; border: none; border-left: 1px solid $line; }
QFrame[role="nav"] { background: $sunken; border: none; border-right: 1px solid $line; }
QFrame[role="row"] { border: 2px solid transparent; border-radius: 6px; }
QFrame[role="row"][focused="true"] { border-color: $focus; }
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: @20px; font-weight: 600; }
QLabel[role="heading"] { font-size: @15px; font-weight: 600; }
QLabel[role="quiet"] { color: $text-quiet; }
QLabel[role="note"] { color: $text-quiet; font-size: @12px; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="display"] { font-size: @32px; font-weight: 600; }
QLabel[tone="ok"] { color: $ok; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[tone="info"] { color: $info; }
QLabel[tone="accent"] { color: $accent; }

QPushButton { color: $text; background: $raised; border: 1px solid $control; border-radius: 6px;
  padding: @5px 12px; min-height: @18px; }
QPushButton:hover { background: $sunken; }
QPushButton:pressed { background: $accent-soft; }
QPushButton:focus { border: 2px solid $focus; padding: @4px 11px; }
QPushButton:disabled { color: $control; background: $surface; border-color: $line; }
QPushButton[kind="primary"] { color: $accent-text; background: $accent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accent-strong; }
QPushButton[kind="primary"]:focus { border: 3px double $accent; background-clip: padding; padding: @3px 10px; }
QPushButton[kind="primary"]:disabled { color: $control; background: $surface; border-color: $line; }
QPushButton[kind="danger"] { color: $bad; background: $raised; border-color: $bad; }
QPushButton[kind="danger"]:hover { background: $bad-soft; }
QPushButton[kind="danger"]:focus { border: 2px solid $bad; }
QPushButton[kind="danger"]:disabled { color: $control; background: $surface; border-color: $line; }
QPushButton[kind="link"] { color: $accent; background: transparent; border: 1px solid transparent; padding: @2px 2px;
  text-align: left; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 2px solid $focus; padding: @1px 1px; }
QPushButton[kind="link"]:disabled { color: $control; }

QToolButton { color: $text; background: transparent; border: 1px solid transparent; border-radius: 6px; padding: @3px; }
QToolButton:hover { background: $sunken; }
QToolButton:disabled { color: $control; }
QToolButton:pressed, QToolButton:checked { background: $accent-soft; }
QToolButton:focus { border: 2px solid $focus; padding: @2px; }
QToolButton::menu-indicator { image: none; }
QToolButton[kind="chip"] { background: $raised; border: 1px solid $line; border-radius: @13px; padding: @3px 10px;
  min-height: @18px; }
QToolButton[kind="chip"]:hover { background: $sunken; }
QToolButton[kind="chip"]:checked { color: $accent; background: $accent-soft; border: 1px solid $accent; }
QToolButton[kind="chip"]:focus { border: 2px solid $focus; padding: @2px 9px; }
QToolButton[kind="nav"] { padding: @7px 12px; text-align: left; border: 2px solid transparent; }
QToolButton[kind="nav"]:checked { color: $accent; background: $accent-soft; font-weight: 600; }
QToolButton[kind="nav"]:focus { border: 2px solid $focus; padding: @7px 12px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit { color: $text;
  background: $raised; border: 1px solid $control; border-radius: 6px; padding: @4px 8px;
  selection-background-color: $accent; selection-color: $accent-text; }
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $text-quiet; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QComboBox:focus, QDateTimeEdit:focus {
  border: 2px solid $focus; padding: @3px 7px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDateTimeEdit:disabled {
  color: $control;
  background: $surface; border-color: $line; }
QLineEdit[problem="true"], QPlainTextEdit[problem="true"] { border-color: $bad; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: @24px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url("%chevron%"); width: @12px; height: @12px; }
QComboBox QAbstractItemView { color: $text; background: $raised; border: 1px solid $line;
  selection-background-color: $accent-soft; selection-color: $text; outline: none; padding: 4px; }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px; background: transparent; border: 2px solid transparent;
  border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { border: 2px solid $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $control; }
QCheckBox::indicator, QRadioButton::indicator { width: @16px; height: @16px; background: $raised;
  border: 1px solid $control; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: @8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("%tick%"); }
QRadioButton::indicator:checked { background: $accent-text; border: @5px solid $accent; width: @8px; height: @8px; }

QTableView, QTreeView, QListView { color: $text; background: $raised; border: 1px solid $line; border-radius: 12px;
  gridline-color: $line; outline: none; selection-background-color: $accent-soft; selection-color: $text;
  alternate-background-color: $sunken; }
QTableView::item { padding: 0 5px; border: none; }
QTreeView::item, QListView::item { padding: 0 8px; border: none; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { color: $text;
  background: $accent-soft; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $focus; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { color: $text-quiet; background: $raised; border: none; border-bottom: 1px solid $line;
  padding: @6px 8px; font-size: @12px; }
QHeaderView::section:first { border-top-left-radius: 12px; }
QHeaderView::section:last { border-top-right-radius: 12px; }
QTableCornerButton::section { background: $raised; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollArea:focus { border: 2px solid $focus; border-radius: 6px; }
QScrollArea > QWidget > QWidget[role="scrolled"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; border: none; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; border: none; }
QScrollBar::handle { background: $control; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 2px 3px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px 2px; }
QScrollBar::handle:hover { background: $text-quiet; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent;
  width: 0; height: 0; }

QMenuBar { background: $surface; color: $text; border-bottom: 1px solid $line; }
QMenuBar::item { background: transparent; padding: @4px 10px; border-radius: 6px; }
QMenuBar::item:selected { background: $accent-soft; }
QMenu { background: $raised; color: $text; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: @5px 24px @5px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent-soft; }
QMenu::item:disabled { color: $control; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $accent-soft; }
QProgressBar { background: $sunken; border: 1px solid $line; border-radius: 6px; text-align: center; color: $text;
  min-height: @16px; }
QProgressBar::chunk { background: $accent; border-radius: 5px; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: $text-quiet; padding: @6px 12px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent; border-bottom: 2px solid $focus; }
QGroupBox { border: none; margin-top: @20px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 0; }

QFrame[role="banner"] { border: 1px solid $line; border-radius: 6px; background: $raised; }
QFrame[role="banner"][tone="ok"] { background: $ok-soft; border-color: $ok; }
QFrame[role="banner"][tone="warn"] { background: $warn-soft; border-color: $warn; }
QFrame[role="banner"][tone="bad"] { background: $bad-soft; border-color: $bad; }
QFrame[role="banner"][tone="info"] { background: $info-soft; border-color: $info; }
QFrame[role="strip"] { border: none; border-bottom: 2px solid $line; background: $raised; }
QFrame[role="strip"][tone="info"] { background: $info-soft; border-bottom-color: $info; }
QFrame[role="strip"][tone="warn"] { background: $warn-soft; border-bottom-color: $warn; }
QFrame[role="strip"][tone="bad"] { background: $bad-soft; border-bottom-color: $bad; }
QLabel[role="badge"] { border-radius: 6px; padding: @2px 8px; font-weight: 600; background: $sunken; }
QLabel[role="badge"][tone="ok"] { color: $ok; background: $ok-soft; }
QLabel[role="badge"][tone="warn"] { color: $warn; background: $warn-soft; }
QLabel[role="badge"][tone="bad"] { color: $bad; background: $bad-soft; }
QLabel[role="badge"][tone="info"] { color: $info; background: $info-soft; }
QLabel[role="badge"][tone="accent"] { color: $accent; background: $accent-soft; }
"""

_TOKENS = (
    "surface", "raised", "sunken", "line", "control", "text", "text-quiet", "accent", "accent-strong", "accent-text",
    "accent-soft", "ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft", "info", "info-soft", "focus",
)  # fmt: skip


def style_sheet(looks: Looks, images: Mapping[str, str]) -> str:
    """Return the style sheet: `$token` is a colour, `@13px` grows with the text, `%name%` is an image's path."""
    sheet = _SHEET
    for token in sorted(_TOKENS, key=len, reverse=True):
        sheet = sheet.replace(f"${token}", looks.hex(token))
    parts = sheet.split("@")
    scaled = [parts[0]]
    for part in parts[1:]:
        digits, rest = part.split("px", 1)
        scaled.append(f"{looks.px(int(digits))}px{rest}")
    sheet = "".join(scaled)
    for name, path in images.items():
        sheet = sheet.replace(f"%{name}%", path)
    return sheet
