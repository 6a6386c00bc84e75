"""The sentences of notices, by their key; a key that is none of these is a code, and is explained."""

from __future__ import annotations

from typing import Final

from desktop.model.notices import Notice
from desktop.qt.alarm_texts import title_text
from desktop.qt.explanations import explained
from desktop.qt.texts import marked, translate
from shared.vocabulary import AlarmKind

ALARM: Final = "alarm_raised"
_SENTENCES: Final = {
    ALARM: marked("Notices", "Alarm: {title}"),
    "sent": marked("Notices", "Sent."),
    "said": marked("Notices", "{text}"),
    "copied": marked("Notices", "Copied."),
    "retry_sent": marked("Notices", "The call of {salon} is being tried again."),
    "checked_same": marked("Notices", "{salon}: YCLIENTS says the same as we do."),
    "checked_changed": marked("Notices", "{salon}: brought in line with YCLIENTS."),
    "connected": marked("Notices", "Connected to {profile}."),
    "profile_unknown": marked("Notices", "There is no profile of the name {name}."),
    "too_many_windows": marked(
        "Notices", "{most} salons have windows of their own already. Close one of them first."
    ),
    "link_unreadable": marked("Notices", "This link leads nowhere in the console: {link}"),
}


def notice_text(notice: Notice) -> str:
    """Return a notice's sentence in the present language."""
    source = _SENTENCES.get(notice.key)
    if notice.key == ALARM:
        return translate("Notices", _SENTENCES[ALARM]).format(
            title=title_text(AlarmKind(notice.params["kind"]))
        )
    if source is not None:
        return translate("Notices", source).format_map(notice.params)
    known = explained(notice.key, notice.params)
    return " ".join(part for part in (f"{known.title}.", known.cause, known.advice) if part)
