"""The QR card: the code that links a phone, for as long as it is valid and somebody asked to see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.secret_clipboard import CLEARED_AFTER_S, SecretClipboard
from desktop.qt.texts import duration_text, isolate, marked, phone_text, translate, when_text
from desktop.qt.theme import Theme
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, column, label, name_it, row, rule, set_look, tool_button
from desktop.qt.widgets.countdown import CountdownRing
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.rolling import open_at
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import OwnerLink, WhatsappPart
from shared.qr_code import qr_rows
from shared.vocabulary import PasskeyStage, WhatsappState
from shared.wire import PairingCodeView, QrView

QUIET_MODULES: Final = 4
_LEAST_SIDE: Final = 290
_TICK_MS: Final = 200
_PHONE_DIGITS: Final = range(7, 16)

_W = WhatsappState
_CAN_START: Final = frozenset({
    None, _W.STOPPED, _W.PAIRING_EXPIRED, _W.LOGGED_OUT, _W.REPLACED, _W.FAILED,
})  # fmt: skip
_LOOKS: Final = {
    _W.CONNECTED: ("check-circle", "ok"), _W.LINKING: ("stage-linking", "accent"),
    _W.STARTING: ("stage-linking", "accent"), _W.PAIRING: ("phone", "accent"),
    _W.AWAITING_PASSKEY: ("key", "warn"), _W.RECONNECTING: ("refresh", "warn"),
    _W.STOPPED: ("pause", "text-quiet"), _W.PAIRING_EXPIRED: ("clock", "warn"),
}  # fmt: skip
_TRYING: Final = frozenset({_W.RECONNECTING, _W.STARTING})
_ENDED: Final = frozenset({_W.LOGGED_OUT, _W.FAILED, _W.PAIRING_EXPIRED})
_AWAY: Final = frozenset({"network_unreachable", "upstream_timeout", "upstream_unavailable"})
_BY_ERROR: Final = {
    "account_restricted": marked(
        "Qr",
        "WhatsApp has restricted the number. Do not link it again: the owner asks for a review in WhatsApp.",
    ),
    "passkey_required": marked(
        "Qr", "The passkey was not confirmed. Start again with the phone at hand, or link another number."
    ),
    "network_unreachable": marked(
        "Qr",
        "WhatsApp could not be reached: the network or WhatsApp itself. Nothing is lost; start again later.",
    ),
    "upstream_timeout": marked("Qr", "WhatsApp did not answer in time. Nothing is lost; start again later."),
    "upstream_unavailable": marked("Qr", "WhatsApp has troubles. Nothing is lost; start again later."),
    "pairing_rejected": marked("Qr", "WhatsApp did not accept the code. Start again for a new one."),
    "store_corrupt": marked("Qr", "The session's credentials are damaged. The phone has to be linked again."),
}
_TROUBLED: Final = ("stage-attention", "bad")


def phone_sentence(tools: Tools, whatsapp: WhatsappPart | None, timezone: str | None) -> str:
    """Return in words what the phone does now, and what is waited for."""
    state = whatsapp.state if whatsapp else None
    if whatsapp is not None and state is _W.CONNECTED and whatsapp.expected_phone is not None:
        return phone_question(whatsapp)
    if whatsapp is not None and state is _W.CONNECTED:
        return translate("Qr", "The phone is linked: {phone}").format(phone=phone_text(whatsapp.phone))
    if whatsapp is not None and state in _TRYING and whatsapp.error in _AWAY and whatsapp.since is not None:
        since = when_text(whatsapp.since, timezone, tools.ticker.now()).text
        return translate(
            "Qr",
            "WhatsApp cannot be reached since {time}: the network or WhatsApp itself. The link and the messages we "
            "have are kept; we try again by ourselves every few minutes.",
        ).format(time=since)
    if (
        whatsapp is not None
        and state is _W.AWAITING_PASSKEY
        and whatsapp.passkey_stage is PasskeyStage.CONFIRM
    ):
        return translate("Qr", "The passkey is accepted; the owner answers WhatsApp's question on the phone.")
    if whatsapp is not None and whatsapp.error in _BY_ERROR and state in _ENDED:
        return translate("Qr", _BY_ERROR[whatsapp.error])
    if whatsapp is not None and state is _W.TEMP_BANNED and whatsapp.banned_until is not None:
        until = when_text(whatsapp.banned_until, timezone, tools.ticker.now()).text
        return translate("Qr", "WhatsApp has banned the number for a time, until {time}.").format(time=until)
    sentences = {
        None: translate("Qr", "The session was never started. Start it to get a code."),
        _W.STARTING: translate("Qr", "The engine is starting; the code takes a few seconds."),
        _W.PAIRING: translate("Qr", "Waiting for the phone: WhatsApp → Linked devices → Link a device."),
        _W.AWAITING_PASSKEY: translate("Qr", "WhatsApp asks for a passkey: the owner confirms it on the phone."),
        _W.LINKING: translate("Qr", "The phone took the code and is linking. WhatsApp has to stay open."),
        _W.RECONNECTING: translate("Qr", "The phone is linked; the connection comes back by itself."),
        _W.REPLACED: translate("Qr", "The number was opened in another service. It has to be linked again."),
        _W.LOGGED_OUT: translate("Qr", "The link was removed on the phone. It has to be linked again."),
        _W.TEMP_BANNED: translate("Qr", "WhatsApp has banned the number for a time. Do not link it again."),
        _W.OUTDATED: translate("Qr", "WhatsApp wants a newer engine. The gateway has to be updated."),
        _W.PAIRING_EXPIRED: translate("Qr", "Nobody scanned the code in time. Start again when the owner is ready."),
        _W.FAILED: translate("Qr", "The session failed. Start it again; the credentials are kept."),
        _W.STOPPED: translate("Qr", "The session is stopped. Start it to get a code."),
    }  # fmt: skip
    return sentences[state]


def phone_question(whatsapp: WhatsappPart) -> str:
    """Return what is asked while another phone is linked than was expected."""
    return translate(
        "Qr",
        "Another number is linked: {phone}. {expected} was expected. Ask the owner which is right; until then "
        "nothing is lost and the bot works from the new one.",
    ).format(phone=phone_text(whatsapp.phone), expected=phone_text(whatsapp.expected_phone))


def is_phone_typed(text: str) -> bool:
    """Return whether a text could be a phone number; the gateway has the last word."""
    allowed = set("+-() \u00a0/.")
    digits = sum(char.isdecimal() for char in text)
    return digits in _PHONE_DIGITS and all(char.isdecimal() or char in allowed for char in text)


def qr_modules(text: str) -> list[list[bool]]:
    """Return the rows of a QR code, True where it is dark, without the quiet zone."""
    return [[module == "1" for module in row] for row in qr_rows(text)]


class QrPicture(QWidget):
    """A QR code in whole device pixels, dark on white in every theme, with its quiet zone of four modules.

    It draws nothing at or past the moment its code runs out, whoever forgets to take it away.
    """

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._now = theme, now
        self._text: str | None = None
        self._expires_at: datetime | None = None
        self._modules: list[list[bool]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        self.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)

    @property
    def is_showing(self) -> bool:
        """Whether there is a code that is still valid."""
        return self._expires_at is not None and self._now() < self._expires_at

    def show_code(self, text: str, expires_at: datetime) -> None:
        """Show a code until it runs out."""
        if text != self._text:
            self._text, self._modules = text, qr_modules(text)
        self._expires_at = expires_at
        self.update()

    def clear(self) -> None:
        """Show no code, and keep none."""
        self._text, self._expires_at, self._modules = None, None, []
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a size that a camera reads from an arm's length."""
        side = self._theme.px(_LEAST_SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the code, unless it has run out."""
        if not self.is_showing:
            return
        ratio = self.devicePixelRatioF()
        side = len(self._modules) + 2 * QUIET_MODULES
        module = max(1, int(min(self.width(), self.height()) * ratio) // side)
        image = self._image(side, module)
        image.setDevicePixelRatio(ratio)
        left = int((self.width() * ratio - side * module) / 2) / ratio
        top = int((self.height() * ratio - side * module) / 2) / ratio
        QPainter(self).drawImage(QPointF(left, top), image)

    def _image(self, side: int, module: int) -> QImage:
        image = QImage(side, side, QImage.Format.Format_RGB32)
        image.fill(self._theme.qr_colour("light"))
        dark = self._theme.qr_colour("dark")
        for y, modules in enumerate(self._modules):
            for x, is_dark in enumerate(modules):
                if is_dark:
                    image.setPixelColor(x + QUIET_MODULES, y + QUIET_MODULES, dark)
        return image.scaled(
            side * module, side * module, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
        )  # fmt: skip


class QrWindow(QWidget):
    """The code in a window of its own, as large as it gets, to be shown on a shared screen. Esc closes it."""

    closed = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = tools.theme
        self.picture = QrPicture(tools.theme, tools.ticker.now)
        self.title = label("title", is_wrapped=True)
        self.sentence = label(is_wrapped=True)
        self.ring = CountdownRing(tools.theme, 72)
        for one in (self.title, self.sentence):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(self.title)
        layout.addWidget(self.picture, 1)
        layout.addLayout(row(None, self.ring, self.sentence, None, spacing=16))
        open_at(self, 640, 760)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep no code behind."""
        self.picture.clear()
        super().closeEvent(event)
        self.closed.emit()


class QrCard(View):
    """Links a phone: QR, pairing code, link for the owner, and the session's start and stop.

    Nothing secret is shown before somebody asks; each time it is written down who looked. Leaving the card or closing
    it ends the view: `close_qr` is asked for, and the codes are forgotten.
    """

    notified = Signal(str)
    """Something was done that is worth a word."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self._salon_id: int | None = None
        self._is_open = False
        self._window: QrWindow | None = None
        self.stop_dialog: ConfirmDialog | None = None
        self.relink_dialog: ConfirmDialog | None = None
        self._clipboard = SecretClipboard(self)
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._build()
        self.watch(self._salon.detail_changed, self._on_salon_changed)
        self.watch(self._salon.session_changed, self.refresh)
        self.watch(tools.console.models.connection.changed, self._on_connection_changed)
        self.watch(tools.console.models.safety.changed, self.refresh)
        self.retranslate()

    @property
    def is_open(self) -> bool:
        """Whether the codes are being looked at."""
        return self._is_open

    @property
    def full_window(self) -> QrWindow | None:
        """The window with the code in full size, while it is open."""
        return self._window

    def ask_to_show(self) -> None:
        """Go to the code: at once where the person wants it so, else to the button that shows it."""
        if self._is_open:
            return
        if self.tools.console.models.preferences.hides_qr_until_asked:
            self.cover.action.setFocus()
        else:
            self.open()

    def open(self) -> None:
        """Ask for the code and each new one."""
        if self._salon.salon_id is None or self._is_open:
            return
        self._salon_id, self._is_open = self._salon.salon_id, True
        self._timer.start()
        self._asking.ask("qr.open", self.tools.salon.open_qr, self._salon_id)
        self.refresh()

    def close_view(self) -> None:
        """Show the code no more and get no new one."""
        if not self._is_open:
            return
        self._is_open = False
        self._timer.stop()
        self.picture.clear()
        if self._window is not None:
            self._window.close()
        self.run(self.tools.salon.close_qr, failed=lambda error: None)
        self.refresh()

    def release(self) -> None:
        """Close before going."""
        self.close_view()
        super().release()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving the card closes it; a window that is only minimised has not left it."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.close_view()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.cover.set_texts(
            translate("Qr", "The code is hidden"),
            translate(
                "Qr", "Whoever scans it gets the salon's WhatsApp. Each time it is shown, the log says who looked."
            ),
            translate("Qr", "Show the code"),
        )  # fmt: skip
        self.full_size.setText(translate("Qr", "Full size"))
        self.hide_code.setText(translate("Qr", "Hide"))
        self.code_heading.setText(translate("Qr", "Pairing code"))
        self.code_hint.setText(
            translate(
                "Qr", "For a phone that cannot scan: WhatsApp → Linked devices → Link with phone number."
            )
        )
        self.phone.setPlaceholderText(translate("Qr", "Phone number, such as +7 999 123-45-67"))
        self.phone.setAccessibleName(translate("Qr", "Phone number for a pairing code"))
        self.request_code.setText(translate("Qr", "Get a code"))
        name_it(self.copy_code, translate("Qr", "Copy the pairing code"))
        self.link_heading.setText(translate("Qr", "From afar"))
        self.link_hint.setText(
            translate(
                "Qr",
                "The owner opens the link and links the phone without us. It is a key: for the owner alone.",
            )
        )
        self.send_link.setText(translate("Qr", "Copy a link for the owner"))
        self.session_heading.setText(translate("Qr", "Session"))
        self.start.setText(translate("Qr", "Start"))
        self.restart.setText(translate("Qr", "Start anew"))
        self.relink.setText(translate("Qr", "Link another phone…"))
        self.stop.setText(translate("Qr", "Stop"))
        self.start.setAccessibleName(translate("Qr", "Start the session"))
        self.restart.setAccessibleName(translate("Qr", "Start anew the session"))
        self.stop.setAccessibleName(translate("Qr", "Stop the session"))
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what is valid now."""
        whatsapp = self._whatsapp()
        state = whatsapp.state if whatsapp else None
        icon, colour = _LOOKS.get(state, _TROUBLED) if state else ("stage-new", "text-quiet")
        self.state.set_state(icon, colour, self._sentence())
        self._show_codes()
        self._permit(state, whatsapp)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        tools = self.tools
        self.state = StateWord(tools.icons, "strong")
        self.state.word.setWordWrap(True)
        self.state.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.trouble = TroubleBanner(tools.icons)
        self.cover = EmptyState(tools.icons, "eye")
        self.cover.acted.connect(self.open)
        self.waiting = EmptyState(tools.icons, "qr")
        self.waiting.acted.connect(self._start)
        self.picture = QrPicture(tools.theme, tools.ticker.now)
        self.ring = CountdownRing(tools.theme)
        self.ring_text = label("quiet", is_wrapped=True)
        self.full_size = button()
        tools.icons.dress(self.full_size, "expand")
        self.full_size.clicked.connect(self._open_window)
        self.hide_code = button("link")
        self.hide_code.clicked.connect(self.close_view)
        self.pages = QStackedWidget()
        self._shown = QWidget()
        shown = QVBoxLayout(self._shown)
        shown.setContentsMargins(0, 0, 0, 0)
        shown.addWidget(self.picture, 1)
        shown.addLayout(
            row(self.ring, column(self.ring_text, row(self.full_size, self.hide_code, None), spacing=4))
        )
        for page in (self.cover, self.waiting, self._shown):
            self.pages.addWidget(page)
        self._build_code()
        self._build_session()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.state)
        layout.addWidget(self.trouble)
        layout.addWidget(self.done)
        layout.addWidget(self.pages, 1)
        for part in (rule(), self._code_part, rule(), self._link_part, rule(), self._session_part):
            layout.addWidget(part)

    def _build_code(self) -> None:
        self.done = Banner(self.tools.icons, "ok", is_closable=True)
        self.done.closed.connect(self.done.hide)
        self.done.hide()
        self.code_heading, self.code_hint = label("heading"), label("quiet", is_wrapped=True)
        self.code = label("display", is_selectable=True)
        self.tools.theme.fit(self.code, size="display", is_bold=True, is_mono=True)
        self.copy_code = tool_button()
        self.tools.icons.dress(self.copy_code, "copy")
        self.copy_code.clicked.connect(self._copy_code)
        self.code_left = label("quiet")
        self.phone = QLineEdit()
        self.phone.setMaxLength(40)
        self.phone.textChanged.connect(self._on_phone_edited)
        self.phone.returnPressed.connect(self._request_code)
        self.phone_problem = label("note", is_wrapped=True)
        set_look(self.phone_problem, tone="bad")
        self.phone_problem.hide()
        self.request_code = button()
        self.request_code.clicked.connect(self._request_code)
        self._code_part = _part(
            self.code_heading, self.code_hint, row(self.code, self.copy_code, self.code_left, None),
            row(self.phone, self.request_code), self.phone_problem,
        )  # fmt: skip

    def _build_session(self) -> None:
        icons = self.tools.icons
        self.link_heading, self.link_hint = label("heading"), label("quiet", is_wrapped=True)
        self.send_link = button()
        icons.dress(self.send_link, "link")
        self.send_link.clicked.connect(self.copy_owner_link)
        self._link_part = _part(self.link_heading, self.link_hint, row(self.send_link, None))
        self.session_heading = label("heading")
        self.start, self.restart, self.relink, self.stop = button(), button(), button(), button("danger")
        for made, icon, colour in (
            (self.start, "play", "text"),
            (self.restart, "refresh", "text"),
            (self.relink, "phone", "text"),
            (self.stop, "stop", "bad"),
        ):
            icons.dress(made, icon, colour)
        self.start.clicked.connect(self._start)
        self.restart.clicked.connect(self._restart)
        self.relink.clicked.connect(self.ask_relink)
        self.stop.clicked.connect(self._stop)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for made in (self.start, self.restart, self.relink, self.stop):
            flow.addWidget(made)
        self._session_part = _part(self.session_heading, buttons)

    # --------------------------------------------------------------------------------------------- what is shown

    def _whatsapp(self) -> WhatsappPart | None:
        if self._is_open and self._salon.session is not None:
            return self._salon.session.whatsapp
        return self._salon.detail.whatsapp if self._salon.detail else None

    def _sentence(self) -> str:
        return phone_sentence(self.tools, self._whatsapp(), self._timezone())

    def _timezone(self) -> str | None:
        return self._salon.row.timezone if self._salon.row else None

    def _qr(self) -> QrView | None:
        session = self._salon.session if self._is_open else None
        return session.qr if session and session.qr and self._is_valid(session.qr.expires_at) else None

    def _pairing_code(self) -> PairingCodeView | None:
        session = self._salon.session if self._is_open else None
        code = session.pairing_code if session else None
        return code if code and self._is_valid(code.expires_at) else None

    def _is_valid(self, expires_at: datetime) -> bool:
        return self.tools.ticker.now() < expires_at

    def _show_codes(self) -> None:
        qr, code = self._qr(), self._pairing_code()
        if qr is None:
            self.picture.clear()
        else:
            self.picture.show_code(qr.text, qr.expires_at)
            self.picture.setAccessibleName(translate("Qr", "QR code to be scanned by the salon's phone"))
        self.code.setText(code.code if code else "")
        self.code.setAccessibleName(" ".join(code.code) if code else "")
        for part in (self.code, self.copy_code, self.code_left):
            part.setVisible(code is not None)
        page = self._shown if qr else self.waiting if self._is_open else self.cover
        self.pages.setCurrentWidget(page)
        self._explain_waiting()
        self._count(qr, code)
        self._show_in_window(qr)

    def _explain_waiting(self) -> None:
        whatsapp = self._whatsapp()
        state = whatsapp.state if whatsapp else None
        is_to_start = state in _CAN_START and not self._asking.is_busy("qr.open")
        if is_to_start:
            self.waiting.set_texts(
                translate("Qr", "There is no code"),
                self._sentence(),
                translate("Qr", "Start and show a code"),
            )
        elif state is WhatsappState.CONNECTED:
            self.waiting.set_texts(translate("Qr", "No code is needed"), self._sentence())
        else:
            self.waiting.set_texts(translate("Qr", "The next code is on its way"), self._sentence())

    def _count(self, qr: QrView | None, code: PairingCodeView | None) -> None:
        now = self.tools.ticker.now()
        if qr is not None:
            left, whole = (
                (qr.expires_at - now).total_seconds(),
                (qr.expires_at - qr.issued_at).total_seconds(),
            )
            self.ring.set_left(left, whole)
            self.ring_text.setText(translate("Qr", "The next code in %n s", "", max(0, round(left))))
            if self._window is not None:
                self._window.ring.set_left(left, whole)
        if code is not None:
            left = (code.expires_at - now).total_seconds()
            self.code_left.setText(translate("Qr", "valid for {time}").format(time=duration_text(left)))

    def _show_in_window(self, qr: QrView | None) -> None:
        if self._window is None:
            return
        self._window.sentence.setText(self._sentence())
        self._window.ring.setVisible(qr is not None)
        if qr is None:
            self._window.picture.clear()
        else:
            self._window.picture.show_code(qr.text, qr.expires_at)

    def _permit(self, state: WhatsappState | None, whatsapp: WhatsappPart | None) -> None:
        tools, asking = self.tools, self._asking
        is_gone = self._salon.row is not None and not self._salon.row.is_open
        gone = (
            translate("Refusal", "The salon is disconnected; the owner has to press “Connect” in YCLIENTS.")
            if is_gone
            else None
        )
        running = translate("Refusal", "The session is running already.")
        stopped = translate("Refusal", "The session is not running.")
        sent = translate("Refusal", "Sent; waiting for the gateway.")

        def why_not(operation: str, wrong_state: str | None) -> str | None:
            return (
                refusal_of(tools, operation) or (sent if asking.is_busy(operation) else None) or wrong_state
            )

        is_running = state not in _CAN_START
        permit(self.cover.action, why_not("qr.open", None))
        permit(self.start, why_not("sessions.start", gone or (running if is_running else None)))
        permit(self.waiting.action, why_not("sessions.start", gone or (running if is_running else None)))
        permit(self.restart, why_not("sessions.restart", gone or (None if is_running else stopped)))
        never = None if state else translate("Refusal", "The session was never started.")
        permit(self.relink, why_not("sessions.relink", gone or never))
        wants_stop = whatsapp is not None and whatsapp.wanted == "running"
        permit(self.stop, why_not("sessions.stop", gone or (None if is_running or wants_stop else stopped)))
        permit(self.send_link, why_not("links.create", gone))
        linked = (
            translate("Refusal", "The phone is linked already.") if state is WhatsappState.CONNECTED else None
        )
        permit(self.request_code, why_not("sessions.pairing_code", gone or linked))

    # ---------------------------------------------------------------------------------------------- what is asked

    def copy_owner_link(self) -> None:
        """Make a fresh link for the owner and put it on the clipboard for a minute."""
        salon_id = self._salon.salon_id
        if salon_id is not None:
            self._asking.ask(
                "links.create", self.tools.console.create_link, salon_id, done=self._on_link_made
            )

    def _on_link_made(self, link: OwnerLink) -> None:
        self._clipboard.copy(link.url)
        until = when_text(link.expires_at, self._timezone(), self.tools.ticker.now()).text
        told = translate("Qr", "The owner's link is on the clipboard for %n s", "", CLEARED_AFTER_S)
        self._tell(translate("Qr", "{told}; it is valid until {time}.").format(told=told, time=until))

    def _start(self) -> None:
        salon_id = self._salon.salon_id
        if salon_id is None:
            return
        self._asking.ask(
            "sessions.start", self.tools.console.start_session, salon_id, done=lambda _: self.open()
        )

    def _restart(self) -> None:
        salon_id = self._salon.salon_id
        if salon_id is not None:
            self._asking.ask("sessions.restart", self.tools.console.restart_session, salon_id)

    def ask_relink(self) -> None:
        """Ask before the linked phone is let go."""
        shown = self._salon.row
        if shown is None:
            return
        question = Question(
            title=translate("Qr", "Link another phone for {name}?").format(name=isolate(shown.title)),
            text=translate(
                "Qr", "Our device is taken off the phone {phone}, and the bot is silent until a phone is linked."
            ).format(phone=phone_text(shown.phone)),
            verb=translate("Qr", "Link another phone"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        self.relink_dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.relink_session(shown.salon_id, reason)
        )

    def _stop(self) -> None:
        shown = self._salon.row
        if shown is None:
            return
        question = Question(
            title=translate("Qr", "Stop the session of {name}?").format(name=isolate(shown.title)),
            text=translate("Qr", "The bot will not answer until it is started again. The phone stays linked."),
            verb=translate("Qr", "Stop the session"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        self.stop_dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.stop_session(shown.salon_id, reason)
        )

    def _request_code(self) -> None:
        salon_id, typed = self._salon.salon_id, self.phone.text().strip()
        if not self.request_code.isEnabled() or salon_id is None:
            return
        if not is_phone_typed(typed):
            self._show_phone_problem(translate("Qr", "Check the number: country code and all digits."))
            return
        # Opened after the answer: a salon that never had a session has nothing to show before it.
        self._asking.ask(
            "sessions.pairing_code", self.tools.console.request_pairing_code, salon_id, typed,
            done=lambda _: self.open(),
        )  # fmt: skip

    def _copy_code(self) -> None:
        code = self._pairing_code()
        if code is not None:
            self._clipboard.copy(code.code)
            self._tell(translate("Qr", "The code is on the clipboard for %n s.", "", CLEARED_AFTER_S))

    def _open_window(self) -> None:
        shown = self._salon.row
        if self._window is None:
            self._window = QrWindow(self.tools, self)
            self._window.closed.connect(self._on_window_closed)
        self._window.title.setText(isolate(shown.title) if shown else "")
        self._window.setWindowTitle(translate("Qr", "QR code"))
        self.refresh()
        self._window.show()

    # ------------------------------------------------------------------------------------------------ what happened

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("Qr", "Put this away"))
        self.done.show()
        self.notified.emit(text)

    def _show_trouble(self, trouble: Trouble | None) -> None:
        if trouble is not None and trouble.code == "invalid_phone":
            self._show_phone_problem(translate("Qr", "WhatsApp does not know this number. Check it."))
            return
        self.trouble.show_trouble(trouble)
        if trouble is not None and self._salon.session is None:
            self._is_open = False
            self._timer.stop()
            self.refresh()

    def _show_phone_problem(self, text: str) -> None:
        self.phone_problem.setText(text)
        self.phone_problem.setVisible(bool(text))
        self.phone.setAccessibleDescription(text)
        set_look(self.phone, problem="true" if text else "false")

    def _on_phone_edited(self) -> None:
        if self.phone_problem.isVisible():
            self._show_phone_problem("")

    def _on_salon_changed(self) -> None:
        if self._salon.salon_id != self._salon_id:
            self.close_view()
            self._salon_id = self._salon.salon_id
            self.phone.clear()
            self.done.hide()
            self.trouble.show_trouble(None)
        elif self._is_open and self._salon.detail is None:
            self.close_view()  # the same salon was opened anew: whoever wants to look asks again
        self.refresh()

    def _on_connection_changed(self) -> None:
        """Without a connection no new code comes, and who looks is not written down."""
        if not self.tools.console.models.connection.is_live and self._is_open:
            self.close_view()
        self.refresh()

    def _on_window_closed(self) -> None:
        if self._window is not None:
            self._window.deleteLater()
            self._window = None

    def _on_timer_timeout(self) -> None:
        qr, code = self._qr(), self._pairing_code()
        if (qr is None) is (self.pages.currentWidget() is self._shown) or (
            code is None
        ) is self.code.isVisible():
            self._show_codes()
        else:
            self._count(qr, code)


def _part(*items: QWidget | QVBoxLayout | object) -> QWidget:
    made = QWidget()
    made.setLayout(column(*items, spacing=8))  # type: ignore[arg-type]
    return made
