"""What the console says: Qt's translations by source text, the shared sentences by key, and numbers put into words.

A source text is English and stands in the code as `translate("Context", "Text")`, with both arguments spelled out, so
that Qt's tools find it. A count is `translate("Context", "%n salons", "", count)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import (
    QCoreApplication,
    QDate,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    QTranslator,
    Signal,
)

import resources.texts
from resources import path_of
from shared.vocabulary import (
    BulkItemState,
    BulkState,
    CallState,
    CheckLevel,
    NextStep,
    PartnerState,
    StaffRole,
    Stage,
    WhatsappState,
)

LANGUAGES: Final = resources.texts.LANGUAGES
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"ru": "Русский", "en": "English"}
"""Every language by its own name, which is never translated."""


def translate(context: str, source: str, comment: str = "", n: int = -1) -> str:
    """Return a source text in the console's language; `%n` is the count `n` in its plural form."""
    said = QCoreApplication.translate(context, source, comment, n)
    if n < 0 and (context, source) not in (known := _Spoken.origins.get(said, ())):
        _Spoken.origins[said] = (*known, (context, source))
    return said


def marked(context: str, source: str) -> str:
    """Return a source text as it is: it stands in a table, to be found by Qt's tools and translated when shown."""
    return source


class Language(QObject):
    """Which language the program speaks now. Widgets hear of a change by Qt's own LanguageChange event."""

    changed = Signal(str)

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self._app = app
        self._translators: list[QTranslator] = []
        self._dictionaries: dict[str, QTranslator | None] = {}
        self.code = ""

    def use(self, code: str) -> None:
        """Speak a language; Russian when it is none of ours. Nothing has to be restarted."""
        code = resources.texts.language_of(code)
        if code == self.code:
            return
        self.release()
        self.code = code
        QLocale.setDefault(QLocale(code))
        self._translators = [one for one in (self._own(code), self._of_qt(code)) if one is not None]
        for translator in reversed(self._translators):
            self._app.installTranslator(translator)
        _Spoken.code = code
        self.changed.emit(code)

    def release(self) -> None:
        """Take this language away from the program."""
        for translator in self._translators:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._translators = []

    def every_name(self, said: str) -> tuple[str, ...]:
        """Return a text that was said in this language, and the same in every other one."""
        names = [said]
        for context, source in _Spoken.origins.get(said, ()):
            names.append(source)
            for code in LANGUAGES:
                if code not in self._dictionaries:
                    self._dictionaries[code] = self._own(code)
                dictionary = self._dictionaries[code]
                names.append((dictionary.translate(context, source) if dictionary else "") or source)
        return tuple(dict.fromkeys(names))

    def _own(self, code: str) -> QTranslator | None:
        translator = QTranslator(self)
        try:
            path = path_of(f"translations/console_{code}.qm")
        except FileNotFoundError:
            return None
        return translator if translator.load(str(path)) else None

    def _of_qt(self, code: str) -> QTranslator | None:
        translator = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        return translator if translator.load(f"qtbase_{code}", folder) else None


class _Spoken:
    """The language in use, for the sentences that do not come through Qt."""

    code: str = LANGUAGES[0]
    origins: ClassVar[dict[str, tuple[tuple[str, str], ...]]] = {}
    """Of every text that was said, what it is the translation of."""


def spoken() -> str:
    """Return the code of the language in use."""
    return _Spoken.code


def shared_text(key: str, **params: object) -> str:
    """Return a sentence that gateway and console share, by its dotted key in `resources.texts`."""
    return resources.texts.text(_Spoken.code, key, **params)


def has_shared_text(key: str) -> bool:
    """Whether there is such a sentence."""
    try:
        return isinstance(resources.texts.entry(_Spoken.code, key), str)
    except KeyError:
        return False


def is_language_change(event: QEvent) -> bool:
    """Whether a widget is told that the language changed."""
    return event.type() == QEvent.Type.LanguageChange


# ------------------------------------------------------------------------------------------- words for states

_STAGES: Final = {
    Stage.NEW: marked("Stage", "New"),
    Stage.LINKING: marked("Stage", "Linking"),
    Stage.ACTIVATING: marked("Stage", "Activating"),
    Stage.ACTIVE: marked("Stage", "Active"),
    Stage.ATTENTION: marked("Stage", "Needs help"),
    Stage.FROZEN: marked("Stage", "Frozen"),
    Stage.GONE: marked("Stage", "Removed"),
}
_PARTNER: Final = {
    PartnerState.PENDING: marked("Partner", "not activated"),
    PartnerState.QUEUED: marked("Partner", "in the queue"),
    PartnerState.CALLING: marked("Partner", "being told"),
    PartnerState.ACTIVE: marked("Partner", "active"),
    PartnerState.REFUSED: marked("Partner", "refused"),
    PartnerState.EXPIRED: marked("Partner", "request expired"),
    PartnerState.FROZEN: marked("Partner", "frozen"),
    PartnerState.UNINSTALLED: marked("Partner", "removed"),
}
_WHATSAPP: Final = {
    WhatsappState.STARTING: marked("WhatsApp", "starting"),
    WhatsappState.PAIRING: marked("WhatsApp", "waiting for the phone"),
    WhatsappState.AWAITING_PASSKEY: marked("WhatsApp", "waiting for a passkey"),
    WhatsappState.LINKING: marked("WhatsApp", "linking"),
    WhatsappState.CONNECTED: marked("WhatsApp", "connected"),
    WhatsappState.RECONNECTING: marked("WhatsApp", "reconnecting"),
    WhatsappState.REPLACED: marked("WhatsApp", "open elsewhere"),
    WhatsappState.LOGGED_OUT: marked("WhatsApp", "unlinked on the phone"),
    WhatsappState.TEMP_BANNED: marked("WhatsApp", "banned for a time"),
    WhatsappState.OUTDATED: marked("WhatsApp", "engine is outdated"),
    WhatsappState.PAIRING_EXPIRED: marked("WhatsApp", "code ran out"),
    WhatsappState.FAILED: marked("WhatsApp", "failed"),
    WhatsappState.STOPPED: marked("WhatsApp", "stopped"),
}
_NEXT_STEPS: Final = {
    NextStep.LINK_PHONE: marked("NextStep", "Owner: link the phone"),
    NextStep.FINISH_LINKING: marked("NextStep", "Owner: finish linking"),
    NextStep.RELINK_PHONE: marked("NextStep", "Owner: link the phone again"),
    NextStep.CONFIRM_PHONE: marked("NextStep", "Ask the owner: is the new number right?"),
    NextStep.WAIT_FOR_BAN_END: marked("NextStep", "Wait for the ban to end"),
    NextStep.PRESS_CONNECT_AGAIN: marked("NextStep", "Owner: press “Connect” again"),
    NextStep.PAY: marked("NextStep", "Owner: pay in YCLIENTS"),
    NextStep.RETRY_ACTIVATION: marked("NextStep", "Retry the activation"),
    NextStep.UNFREEZE: marked("NextStep", "Let the bot run again"),
    NextStep.UPDATE_ENGINE: marked("NextStep", "Update the engine"),
    NextStep.WAIT_FOR_PHONE: marked("NextStep", "The connection comes back by itself"),
    NextStep.WAIT_FOR_PARTNER: marked("NextStep", "Wait for YCLIENTS"),
    NextStep.NOTHING: marked("NextStep", "Nothing to do"),
}
_CALLS: Final = {
    CallState.WAITING: marked("CallState", "Waiting"),
    CallState.HELD: marked("CallState", "Held"),
    CallState.DONE: marked("CallState", "Done"),
    CallState.FAILED: marked("CallState", "Failed"),
    CallState.CANCELLED: marked("CallState", "Cancelled"),
    CallState.RESOLVED: marked("CallState", "Dealt with"),
}
_BULKS: Final = {
    BulkState.PLANNED: marked("BulkState", "Planned"),
    BulkState.RUNNING: marked("BulkState", "Running"),
    BulkState.CANCELLING: marked("BulkState", "Being cancelled"),
    BulkState.CANCELLED: marked("BulkState", "Cancelled"),
    BulkState.DONE: marked("BulkState", "Finished"),
    BulkState.EXPIRED: marked("BulkState", "Plan ran out"),
}
_BULK_ITEMS: Final = {
    BulkItemState.PENDING: marked("BulkItemState", "Waiting for its turn"),
    BulkItemState.RUNNING: marked("BulkItemState", "Being tried"),
    BulkItemState.SUCCEEDED: marked("BulkItemState", "Succeeded"),
    BulkItemState.FAILED: marked("BulkItemState", "Failed"),
    BulkItemState.DELAYED: marked("BulkItemState", "Will be tried later"),
    BulkItemState.SKIPPED: marked("BulkItemState", "Skipped"),
    BulkItemState.CANCELLED: marked("BulkItemState", "Cancelled"),
}
_ROLES: Final = {
    StaffRole.VIEWER: marked("StaffRole", "viewer"),
    StaffRole.OPERATOR: marked("StaffRole", "operator"),
    StaffRole.ADMIN: marked("StaffRole", "administrator"),
}
_LEVELS: Final = {
    CheckLevel.OK: marked("CheckLevel", "In order"),
    CheckLevel.WARN: marked("CheckLevel", "Look at this"),
    CheckLevel.BAD: marked("CheckLevel", "Wrong"),
}


def stage_word(stage: Stage) -> str:
    """Return a stage's word."""
    return translate("Stage", _STAGES[stage])


def partner_word(state: PartnerState) -> str:
    """Return how an install stands with YCLIENTS, to follow a colon."""
    return translate("Partner", _PARTNER[state])


def whatsapp_word(state: WhatsappState | None) -> str:
    """Return how a session stands, to follow a colon."""
    return translate("WhatsApp", _WHATSAPP[state]) if state else translate("WhatsApp", "not started")


def capitalised(text: str) -> str:
    """Return a word that usually follows a colon as it stands alone."""
    return text[:1].upper() + text[1:]


def next_step_text(step: NextStep) -> str:
    """Return what should happen next, and by whom."""
    return translate("NextStep", _NEXT_STEPS[step])


def call_word(state: CallState) -> str:
    """Return a call's state."""
    return translate("CallState", _CALLS[state])


def bulk_word(state: BulkState) -> str:
    """Return a bulk retry's state."""
    return translate("BulkState", _BULKS[state])


def bulk_item_word(state: BulkItemState) -> str:
    """Return the state of one call of a bulk retry."""
    return translate("BulkItemState", _BULK_ITEMS[state])


def role_word(role: StaffRole) -> str:
    """Return a role's name."""
    return translate("StaffRole", _ROLES[role])


def level_word(level: CheckLevel) -> str:
    """Return how a check came out."""
    return translate("CheckLevel", _LEVELS[level])


# --------------------------------------------------------------------------------------- numbers, times, names

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class When:
    """A moment as people read it, and the exact one in UTC for the tooltip."""

    text: str
    tooltip: str


def age_text(seconds: float) -> str:
    """Return a length of time in its largest fitting unit, short enough for a column."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return translate("Age", "%n s", "", whole)
    if whole < _HOUR:
        return translate("Age", "%n min", "", whole // _MINUTE)
    if whole < 2 * _DAY:
        return translate("Age", "%n h", "", whole // _HOUR)
    return translate("Age", "%n d", "", whole // _DAY)


def duration_text(seconds: float) -> str:
    """Return a length of time as `m:ss` or `h:mm:ss`, for countdowns."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def zone_of(name: str | None) -> tzinfo:
    """Return a salon's time zone, or UTC when it is unknown here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def when_text(moment: datetime, timezone: str | None, now: datetime | None = None) -> When:
    """Return a moment in a salon's time zone, and in UTC for the tooltip. Today's moments leave out the date."""
    zone = zone_of(timezone)
    local = moment.astimezone(zone)
    text = _day_and_time(local, now.astimezone(zone) if now else None)
    utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return When(text, utc if zone is UTC else f"{_exact(local, timezone or '')}\n{utc}")


def here_text(moment: datetime, now: datetime | None = None) -> When:
    """Return a moment in this machine's time zone: for what happened to the console, not to a salon."""
    local = moment.astimezone()
    text = _day_and_time(local, now.astimezone() if now else None)
    utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return When(text, f"{_exact(local, local.tzname() or '')}\n{utc}")


def _day_and_time(local: datetime, now: datetime | None) -> str:
    if now is not None and local.date() == now.date():
        return f"{local:%H:%M:%S}"
    if now is not None and local.date() == now.date() - timedelta(days=1):
        return translate("When", "yesterday, {time}").format(time=f"{local:%H:%M}")
    shape = "d MMM" if now is not None and now.year == local.year else "d MMM yyyy"
    day = QLocale().toString(QDate(local.year, local.month, local.day), shape)
    return f"{day}, {local:%H:%M}"


def _exact(local: datetime, name: str) -> str:
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} {name} (UTC{offset[:3]}:{offset[3:5]})"


def number_text(number: int | float, digits: int = 0) -> str:
    """Return a number with the language's grouping."""
    return QLocale().toString(float(number), "f", digits) if digits else QLocale().toString(int(number))


def salons_text(count: int) -> str:
    """Return how many salons."""
    return translate("Counts", "%n salons", "", count)


def calls_text(count: int) -> str:
    """Return how many partner calls."""
    return translate("Counts", "%n calls", "", count)


def isolate(text: str) -> str:
    """Return a name that cannot turn the text around it: in Unicode's isolates, without line breaks."""
    return f"\u2068{' '.join(text.split())}\u2069"


def phone_text(masked: str | None) -> str:
    """Return a masked number that reads left to right in any text, or a dash."""
    return f"\u2066{masked}\u2069" if masked else "—"


def salon_text(title: str, city: str | None) -> str:
    """Return a salon's name and city as one line; what is left of one whose data was destroyed has neither."""
    if not title:
        return translate("Counts", "without a name")
    return f"{isolate(title)} · {isolate(city)}" if city else isolate(title)
