"""Walking over a window as a person would who cannot see it, sees little, or reads another language.

Each question returns what is wrong as sentences; an empty list is a window in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import cast

from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTranslator
from PySide6.QtGui import QAction, QImage, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QButtonGroup,
    QComboBox,
    QDateTimeEdit,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QSpinBox,
    QTabBar,
    QTableView,
    QTextEdit,
    QToolButton,
    QWidget,
)

from desktop.qt import shortcuts
from desktop.qt.widgets.basics import ElidedLabel
from tests.gui import samples
from tests.gui.seeing import picture_of

Colour = tuple[int, int, int]

TEXT_CONTRAST = 4.5
LARGE_CONTRAST = 3.0
"""For large text, for icons that stand alone and for the ring around what has the focus."""
_LARGE_PX = 24
_LEAST_RING = 24
"""Of how many pixels a change is seen."""
_SLACK = 0.96
"""Thin strokes are drawn with softened edges: what is measured of a picture is a little less than what was chosen."""

_CONTROLS = (
    QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDateTimeEdit,
    QProgressBar,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ what is there


def seen(root: QWidget) -> list[QWidget]:
    """Return what is shown of a window, other windows of its left out."""
    return [one for one in root.findChildren(QWidget) if one.isVisible() and one.window() is root.window()]


def told(widget: QWidget) -> str:
    """Return what a screen reader says of a control."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text()
    buddies = [one for one in widget.window().findChildren(QLabel) if one.buddy() is widget]
    return buddies[0].text() if buddies else ""


def is_qts_own(widget: QWidget) -> bool:
    """Whether Qt made the widget inside one of its own: a field's clear button, a scroll bar's arrow."""
    parent = widget.parentWidget()
    return widget.objectName().startswith("qt_") or isinstance(
        parent, QLineEdit | QComboBox | QAbstractItemView | QDateTimeEdit | QSpinBox | QTabBar
    )


def named(widget: QWidget) -> str:
    """Return how a sentence calls a widget."""
    text = told(widget) or str(getattr(widget, "text", str)())
    parent = widget.parentWidget()
    return f"{type(widget).__name__} {text[:60]!r} in {type(parent).__name__ if parent else 'nothing'}"


# ------------------------------------------------------------------------------------------------ names


def unnamed(root: QWidget) -> list[str]:
    """Return every control, and whatever else takes the focus, of which a screen reader says nothing."""
    return [
        f"has no name: {named(one)}"
        for one in seen(root)
        if (isinstance(one, _CONTROLS) or one.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and not isinstance(one, QTabBar | QHeaderView | QMenuBar | QScrollArea)
        and not is_qts_own(one)
        and not told(one).strip()
    ]


def alike(view: QWidget) -> list[str]:
    """Return names that two controls of one view have, neither of which says more by its description."""
    heard = Counter(
        (type(one).__name__, told(one), one.accessibleDescription())
        for one in seen(view)
        if isinstance(one, QAbstractButton | QComboBox | QLineEdit)
        and one.isEnabled()
        and not is_qts_own(one)
    )
    return [f"{count} × {kind} {name!r}" for (kind, name, _), count in heard.items() if count > 1]


# ------------------------------------------------------------------------------------------------ focus


def stops(root: QWidget) -> list[QWidget]:
    """Return what the Tab key should stop at."""
    return [
        one
        for one in seen(root)
        if one.isEnabled()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not is_qts_own(one)
        and one.focusProxy() is None
    ]


def tab_walk(root: QWidget, *, is_back: bool = False, unseen: list[QWidget] | None = None) -> list[QWidget]:
    """Press Tab (or Shift+Tab) until the focus is where it began; return where it stood, the first place first.

    Where it stood without being seen is added to `unseen`.
    """
    key = Qt.Key.Key_Backtab if is_back else Qt.Key.Key_Tab
    modifier = Qt.KeyboardModifier.ShiftModifier if is_back else Qt.KeyboardModifier.NoModifier
    visited: list[QWidget] = []
    for _ in range(300):
        standing = QApplication.focusWidget()
        if standing is None or standing.window() is not root.window():
            break
        if standing not in visited:
            visited.append(standing)
            if unseen is not None and standing.visibleRegion().isEmpty():
                unseen.append(standing)
        elif not (
            standing is visited[-1] and isinstance(standing, QDateTimeEdit)
        ):  # its parts are stops of their own
            break
        QTest.keyClick(standing, key, modifier)
    return visited


def out_of_tab(root: QWidget) -> list[str]:
    """Return buttons that the Tab key never stops at."""
    return [
        f"no stop of Tab: {named(one)}"
        for one in seen(root)
        if isinstance(one, QAbstractButton)
        and not is_qts_own(one)
        and not any(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in _choices(one))
    ]


def _choices(button: QAbstractButton) -> list[QAbstractButton]:
    """Return the buttons of which one is chosen, between which arrow keys lead; Tab stops at one of them."""
    group = cast(QButtonGroup | None, button.group())
    return [button] if group is None or not group.exclusive() else list(group.buttons())


def focus_problems(root: QWidget) -> list[str]:
    """Return what Tab does not reach, where it stays, where it goes against the order of reading."""
    wanted = stops(root)
    if not wanted:
        return []
    root.window().activateWindow()
    QApplication.processEvents()
    first = reading_order(wanted)[0]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    unseen: list[QWidget] = []
    forth = tab_walk(root, unseen=unseen)
    problems = [f"Tab never comes to {named(one)}" for one in wanted if one not in forth]
    problems += [f"Tab comes to what is rolled away: {named(one)}" for one in unseen]
    last = forth[-1] if forth else first
    last.setFocus(Qt.FocusReason.TabFocusReason)
    back = tab_walk(root, is_back=True)
    if back != forth[::-1]:
        odd = next(
            (a for a, b in zip(back, forth[::-1], strict=False) if a is not b), back[-1] if back else last
        )
        problems.append(f"Shift+Tab goes another way back, at {named(odd)}")
    is_first = [not any(reads_before(other, one) for other in forth) for one in forth]
    start = is_first.index(True) if True in is_first else 0  # from there on no step leads back
    forth = forth[start:] + forth[:start]
    problems += [
        f"Tab goes back from {named(a)} to {named(b)}" for a, b in pairwise(forth) if reads_before(b, a)
    ]
    return problems


def reading_order(widgets: Iterable[QWidget]) -> list[QWidget]:
    """Return the widgets from the top left to the bottom right of their window."""
    return sorted(widgets, key=lambda one: (_place(one).top(), _place(one).left()))


def reads_before(a: QWidget, b: QWidget) -> bool:
    """Whether one widget is read before another: within what holds both, rows from the top, each from the left."""
    line_a, line_b = _line_of(a), _line_of(b)
    both = next(one for one in line_a if one in line_b)
    at_a, at_b = line_a.index(both), line_b.index(both)
    if at_a == 0 or at_b == 0:
        return False
    one, other = _place(line_a[at_a - 1]), _place(line_b[at_b - 1])
    shared = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    if shared * 2 >= min(one.height(), other.height()):
        return one.left() < other.left()
    return one.top() < other.top()


def _line_of(widget: QWidget) -> list[QWidget]:
    line = [widget]
    while (parent := line[-1].parentWidget()) is not None and not line[-1].isWindow():
        line.append(parent)
    return line


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def focus_traps(root: QWidget) -> list[str]:
    """Return fields that eat the Tab key."""
    return [
        f"eats Tab: {named(one)}"
        for one in seen(root)
        if isinstance(one, QPlainTextEdit | QTextEdit) and not one.isReadOnly() and not one.tabChangesFocus()
    ]


# ------------------------------------------------------------------------------------------------ keys


def bound_keys(window: QWidget) -> list[tuple[QKeySequence, str]]:
    """Return every key that works in a whole window now, each with what it does: of menus, shortcuts and letters.

    Whatever belongs to one field alone is left out, and so is what cannot be used now: such a key does nothing. A key
    that comes from a menu counts disabled as well, for it may be enabled by the next press.
    """
    found: list[tuple[QKeySequence, str]] = []
    in_window = (Qt.ShortcutContext.WindowShortcut, Qt.ShortcutContext.ApplicationShortcut)
    for action in window.findChildren(QAction):
        if action.shortcutContext() in in_window and _is_of_menus(action, window):
            found += [(key, action.text()) for key in action.shortcuts()]
    for shortcut in window.findChildren(QShortcut):
        if shortcut.context() in in_window and shortcut.isEnabled():
            found += [(key, f"QShortcut {key.toString()}") for key in QShortcut.keys(shortcut)]
    for one in seen(window):
        if isinstance(one, QAbstractButton) and one.isEnabled() and not one.shortcut().isEmpty():
            found.append((one.shortcut(), named(one)))
        elif isinstance(one, QLabel) and one.buddy() is not None:
            found.append((QKeySequence.mnemonic(one.text()), named(one)))
        elif isinstance(one, QTabBar):
            found += [
                (QKeySequence.mnemonic(one.tabText(number)), one.tabText(number))
                for number in range(one.count())
            ]
        elif isinstance(one, QMenuBar):
            found += [(QKeySequence.mnemonic(action.text()), action.text()) for action in one.actions()]
    return [(key, what) for key, what in found if not key.isEmpty()]


def _is_of_menus(action: QAction, window: QWidget) -> bool:
    return not any(
        isinstance(one, QLineEdit | QPlainTextEdit | QTextEdit) for one in action.associatedObjects()
    )


def key_conflicts(root: QWidget) -> list[str]:
    """Return keys that two things of one window are bound to: Qt would do neither."""
    bound: dict[str, list[str]] = {}
    for key, what in bound_keys(root.window()):
        bound.setdefault(key.toString(), []).append(what)
    return [
        f"{key} is bound {len(whats)} times: {', '.join(whats)}"
        for key, whats in bound.items()
        if len(whats) > 1
    ]


def keys_not_told(root: QWidget) -> list[str]:
    """Return keys, but for letters of access, that the sheet of keys does not list."""
    told_of = {one.sequence().toString() for one in shortcuts.ALL.values()}
    return [
        f"not in the sheet: {key.toString()} ({what})"
        for key, what in bound_keys(root.window())
        if key.toString() not in told_of and not re.fullmatch(r"Alt\+.", key.toString())
    ]


# ------------------------------------------------------------------------------------------------ contrast


def _channel(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(colour: Colour) -> float:
    """Return the relative luminance as WCAG 2 defines it."""
    red, green, blue = map(_channel, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ground_and_ink(picture: Image.Image) -> tuple[Colour, Colour] | None:
    """Return the commonest colour of a picture and the one that stands out most; None where nothing is drawn."""
    colours = cast(list[tuple[int, Colour]], picture.getcolors(picture.width * picture.height) or [])
    if len(colours) < 2:
        return None
    ground = max(colours, key=lambda each: each[0])[1]
    ink = max((colour for _, colour in colours), key=lambda colour: contrast(colour, ground))
    return ground, ink


def _cut(picture: Image.Image, place: QRect) -> Image.Image:
    return picture.crop((place.left(), place.top(), place.right() + 1, place.bottom() + 1))


def contrast_problems(root: QWidget) -> list[str]:
    """Return texts and icons that stand out too little from what is really behind them."""
    whole = picture_of(root.window())
    problems = []
    for one, place, text, least in written(root):
        if place.width() < 4 or place.height() < 4:
            continue
        found = ground_and_ink(_cut(whole, place))
        if found is None:
            continue
        ratio = contrast(*found)
        if ratio < least * _SLACK:
            problems.append(f"{ratio:.1f} < {least}: {text[:40]!r} of {named(one)}")
    return problems


def written(root: QWidget) -> Iterator[tuple[QWidget, QRect, str, float]]:
    """Yield what is written or drawn: the widget, the place in its window, the text, the least contrast."""
    for one in seen(root):
        if not one.isEnabled() or is_qts_own(one):
            continue
        shown = one.visibleRegion().boundingRect()
        if shown.height() < one.height() and not isinstance(one, QAbstractItemView):
            continue  # scrolled half away: of its strokes only the soft edges may be left
        corner = one.mapTo(one.window(), QPoint(0, 0))
        least = LARGE_CONTRAST if one.fontInfo().pixelSize() >= _LARGE_PX * 2 else TEXT_CONTRAST
        if isinstance(one, QLabel) and one.text():
            yield one, shown.translated(corner), one.text(), least
        elif isinstance(one, QAbstractButton) and (one.text() or not one.icon().isNull()):
            inside = shown.adjusted(6, 4, -6, -4)
            yield one, inside.translated(corner), one.text(), least if one.text() else LARGE_CONTRAST
        elif isinstance(one, QLineEdit | QComboBox):
            text = one.currentText() if isinstance(one, QComboBox) else one.text() or one.placeholderText()
            if text:
                yield one, shown.adjusted(6, 4, -40, -4).translated(corner), text, least
        elif isinstance(one, QAbstractItemView) and not isinstance(one, QHeaderView):
            yield from _cells(one)


def _columns(view: QAbstractItemView) -> int:
    return 1 if isinstance(view, QListView) else view.model().columnCount()


def _cells(view: QAbstractItemView) -> Iterator[tuple[QWidget, QRect, str, float]]:
    model, port = view.model(), view.viewport()
    corner = port.mapTo(port.window(), QPoint(0, 0))
    for number in range(min(model.rowCount(), 10)):
        for column in range(_columns(view)):
            index = model.index(number, column)
            whole = view.visualRect(index)
            place = (
                whole & port.visibleRegion().boundingRect()
            )  # what holds the table may be scrolled as well
            text = str(index.data() or "")
            if text and place.height() == whole.height() and place.width() > 24:
                yield view, place.translated(corner), text, TEXT_CONTRAST


def ring_problems(root: QWidget) -> list[str]:
    """Return controls on which it is not seen, or hardly, that they have the focus."""
    problems = []
    root.window().activateWindow()
    QApplication.processEvents()
    for one in stops(root):
        if isinstance(one, QTabBar):
            continue
        for area in _line_of(one):
            if isinstance(area, QScrollArea):
                area.ensureWidgetVisible(one)
        one.clearFocus()
        before = _picture_within(root, one)
        one.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.sendPostedEvents()
        after = _picture_within(root, one)
        pairs = Counter(zip(_pixels(before), _pixels(after), strict=True))
        changed = {pair: count for pair, count in pairs.items() if pair[0] != pair[1]}
        if max(changed.values(), default=0) < _LEAST_RING:
            problems.append(f"nothing shows the focus on {named(one)}")
            continue
        best = max(contrast(was, now) for (was, now), count in changed.items() if count >= _LEAST_RING)
        if best < LARGE_CONTRAST * _SLACK:
            problems.append(f"the focus is hard to see ({best:.1f}) on {named(one)}")
    return problems


def _picture_within(root: QWidget, one: QWidget) -> bytes:
    """Return what is seen of a widget, with what is behind it."""
    corner = _place(one).intersected(QRect(_place(one).topLeft(), QSize(200, 100)))  # enough of a ring
    picture = root.window().grab(corner).toImage().convertToFormat(QImage.Format.Format_RGB888)
    return Image.frombuffer(
        "RGB",
        (picture.width(), picture.height()),
        bytes(picture.constBits()),
        "raw",
        "RGB",
        picture.bytesPerLine(),
    ).tobytes()


def _pixels(picture: bytes) -> Iterator[Colour]:
    return zip(picture[::3], picture[1::3], picture[2::3], strict=True)


# ------------------------------------------------------------------------------------------------ room


def cut_text(widget: QWidget) -> str | None:
    """Return the text of a widget of which something is not seen, when there is no tooltip either."""
    if isinstance(widget, ElidedLabel):
        return widget.text() if widget.is_elided() and not widget.toolTip() else None
    if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
        needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
        is_wide = widget.wordWrap() or widget.sizeHint().width() <= widget.width() + 1
        return None if is_wide and needed <= widget.height() + 1 else widget.text()
    if isinstance(widget, QAbstractButton) and widget.text() and not is_qts_own(widget):
        needed = widget.fontMetrics().horizontalAdvance(widget.text().replace("&", ""))
        if needed > widget.width() and not widget.toolTip():
            return widget.text()
        return widget.text() if widget.fontMetrics().height() > widget.height() else None
    return None


def cut_texts(root: QWidget) -> list[str]:
    """Return texts of which something is not seen, with no tooltip to say the rest."""
    return [f"cut: {named(one)}" for one in seen(root) if not is_qts_own(one) and cut_text(one) is not None]


def room_problems(root: QWidget) -> list[str]:
    """Return texts that are cut, and what lies where nobody can scroll to."""
    problems = cut_texts(root) + cells_out_of_reach(root)
    for one in seen(root):
        if is_qts_own(one):
            continue
        if isinstance(one, QScrollArea) and one.horizontalScrollBar().maximum() > 0:
            problems.append(f"has to be rolled sideways to be read: {named(one)}")
        if isinstance(one, QLabel | QAbstractButton | QLineEdit | QComboBox | QAbstractItemView) and (
            hidden := out_of_reach(one)
        ):
            problems.append(f"{hidden}: {named(one)}")
    return problems


def cells_out_of_reach(root: QWidget) -> list[str]:
    """Return tables whose last columns or rows nobody can scroll to, and cells that are cut without a tooltip."""
    problems = []
    for one in seen(root):
        if not isinstance(one, QAbstractItemView) or isinstance(one, QHeaderView) or is_qts_own(one):
            continue
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        for bar, policy, side in (
            (one.horizontalScrollBar(), one.horizontalScrollBarPolicy(), "columns"),
            (one.verticalScrollBar(), one.verticalScrollBarPolicy(), "rows"),
        ):
            if policy == off and bar.maximum() > 0:
                problems.append(f"{side} nobody can scroll to: {named(one)}")
        problems += [f"cut cell: {text!r} in {named(one)}" for text in _cut_cells(one)]
        problems += [f"cut heading: {text!r} in {named(one)}" for text in _cut_headings(one)]
    return problems


def _cut_headings(view: QAbstractItemView) -> Iterator[str]:
    header = view.horizontalHeader() if isinstance(view, QTableView) else None
    if header is None or header.isHidden():
        return
    for column in range(header.count()):
        text = str(view.model().headerData(column, Qt.Orientation.Horizontal) or "")
        tooltip = view.model().headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        width = 0 if tooltip else header.sectionSize(column)
        if 0 < width < header.fontMetrics().horizontalAdvance(text):
            yield text


def _cut_cells(view: QAbstractItemView) -> Iterator[str]:
    model, metrics = view.model(), view.fontMetrics()
    for number in range(min(model.rowCount(), 12)):
        for column in range(_columns(view)):
            index = model.index(number, column)
            text, width = str(index.data() or ""), view.visualRect(index).width()
            if 0 < width < metrics.horizontalAdvance(text) and not index.data(Qt.ItemDataRole.ToolTipRole):
                yield text


def out_of_reach(widget: QWidget) -> str | None:
    """Say how some of a widget lies outside of what holds it, and no scroll bar leads there; else None."""
    place = QRect(QPoint(0, 0), widget.size())
    one = widget
    while not one.isWindow() and (parent := one.parentWidget()) is not None:
        place.translate(one.pos())
        area = parent.parentWidget()
        can = (False, False)
        if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
            can = (area.horizontalScrollBar().maximum() > 0, area.verticalScrollBar().maximum() > 0)
            if area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
                can = (False, can[1])
        if not can[0] and (place.left() < -1 or place.right() > parent.width()):
            return f"outside of {type(parent).__name__} by width"
        if not can[1] and (place.top() < -1 or place.bottom() > parent.height()):
            return f"outside of {type(parent).__name__} by height"
        if True in can:
            place = QRect(
                QPoint(
                    max(place.left(), 0) if can[0] else place.left(),
                    max(place.top(), 0) if can[1] else place.top(),
                ),
                place.size().boundedTo(parent.size()),
            )
            if can[0]:
                place.moveLeft(min(place.left(), parent.width() - place.width()))
            if can[1]:
                place.moveTop(min(place.top(), parent.height() - place.height()))
        one = parent
    return None


# ------------------------------------------------------------------------------------------------ translation


_OF_QT = re.compile("Q[A-Z]")


class PseudoLocale(QTranslator):
    """Every text in ⟦…⟧ and longer by two fifths, as the wordiest translation would be."""

    def isEmpty(self) -> bool:
        """Qt tells nobody of a translator that is empty."""
        return False

    def translate(self, context: str, source: str, comment: str | None = None, n: int = -1) -> str:
        """Return the text as it might be in a wordy language."""
        if _OF_QT.match(context):
            return source
        return lengthened(source).replace("%n", str(n))


def lengthened(source: str) -> str:
    """Return a text in its marks; what is added is no letter, and in words as long as Russian ones are."""
    words = ("~~~~~~~~~ " * (len(source) // 10 + 1))[: len(source) * 2 // 5]
    return f"⟦{source}{words}⟧"


DATA = re.compile(
    "|".join((
        r"(?:(?:Ctrl|Alt|Shift|Meta)\+)*(?:Ctrl|Alt|Shift|Return|Esc|F\d+|Space|Tab|Del|(?<=\+)[A-Z])",  # keys
        r"\u2068[^\u2069]*\u2069|\u2066[^\u2069]*\u2069",  # names and numbers set apart from the text around them
        r"Салон красоты.*|Ёлка|Barber|Gateway|Москва|Мария Петрова|WhatsApp|YCLIENTS|AI-Admin|PySide|Python",
        r"English|Русский|RUB|CSV…|PNG…|ai-admin-2026-\S*|python3 dev\.py demo|https?://\S+|admin://\S+",
        r"Europe/Moscow|UTC|SHA|worker-\d+",
        r"uninstall|freeze|payment|companies|status: \w+|frozen:|generation:|request-\d+",  # codes of YCLIENTS and ours
        r"[a-z0-9]+(?:[._:][a-z0-9]+)+|gateway-[ab]\S*|\b[0-9a-f]{8,}\b",
        r"\d+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|[A-Z]+(?:_[A-Z]+)+",  # dates, settings
        samples.RTL_NAME,
    ))
)  # fmt: skip
"""What is nobody's to translate: keys, names of salons and people, codes, addresses."""

_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def untranslated(text: str, data: re.Pattern[str]) -> str | None:
    """Return what of a text is neither in marks nor data; None where all of it is."""
    rest, before = text, ""
    while rest != before:
        before = rest
        rest = _MARKED.sub(" ", rest)
    rest = data.sub(" ", rest)
    return rest.strip() if _LETTERS.search(rest) else None


def texts_of(root: QWidget) -> Iterator[tuple[QWidget, str, str]]:
    """Yield every text of a window: the widget, what sort of text it is, the text."""
    for one in [root, *seen(root)]:
        if is_qts_own(one) or isinstance(one, QScrollBar):
            continue
        yield one, "name", one.accessibleName()
        yield one, "description", one.accessibleDescription()
        yield one, "tooltip", one.toolTip()
        if one.isWindow():
            yield one, "window title", one.windowTitle()
        if isinstance(one, QLabel | QAbstractButton):
            yield one, "text", one.text()
        if isinstance(one, QLineEdit | QPlainTextEdit):
            yield one, "placeholder", one.placeholderText()
        if isinstance(one, QComboBox):
            yield from ((one, "choice", one.itemText(number)) for number in range(one.count()))
        if isinstance(one, QTabBar):
            yield from ((one, "tab", one.tabText(number)) for number in range(one.count()))
        if isinstance(one, QToolButton) and one.menu() is not None:
            yield from ((one, "menu", action.text()) for action in one.menu().actions())
        if isinstance(one, QMenuBar):
            for action in one.actions():
                yield one, "menu", action.text()
                if (menu := action.menu()) is not None:
                    yield from ((one, "menu", each.text()) for each in menu.actions())  # type: ignore[attr-defined]
        if isinstance(one, QAbstractItemView) and not isinstance(one, QHeaderView):
            yield from _model_texts(one)


def _model_texts(view: QAbstractItemView) -> Iterator[tuple[QWidget, str, str]]:
    model = view.model()
    for column in range(_columns(view)):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            yield view, "header", str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
        for number in range(min(model.rowCount(), 12)):
            index = model.index(number, column)
            for role in (
                Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole,
            ):  # fmt: skip
                yield view, f"cell {column}", str(index.data(role) or "")


def untranslated_texts(root: QWidget, data: re.Pattern[str]) -> list[str]:
    """Return every text a person meets that did not come through translation and is no data."""
    return [
        f"{sort} {rest!r} in {type(one).__name__} of {type(one.parentWidget()).__name__}"
        for one, sort, text in texts_of(root)
        if text and (rest := untranslated(text, data))
    ]
