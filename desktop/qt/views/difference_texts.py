"""Differences in words: what disagrees, what it means, and what each fix does."""

from __future__ import annotations

from typing import Final

from desktop.qt.texts import marked, partner_word, translate, whatsapp_word
from desktop.qt.views.comparison import their_status
from shared.admin_wire import DifferenceRow
from shared.vocabulary import DifferenceKind, Fix

_TITLES: Final = {
    DifferenceKind.NOT_LISTED: marked("Difference", "Connected here, not in YCLIENTS' list"),
    DifferenceKind.LISTED_CLOSED: marked("Difference", "Disconnected here, still in YCLIENTS' list"),
    DifferenceKind.LISTED_UNKNOWN: marked("Difference", "In YCLIENTS' list, never came to us"),
    DifferenceKind.STATUS_DIFFERS: marked("Difference", "YCLIENTS' status is another than ours"),
    DifferenceKind.BOT_AFTER_UNINSTALL: marked("Difference", "The bot runs although the salon has left"),
    DifferenceKind.KEYS_LEFT: marked("Difference", "Keys are left of a salon that has left"),
    DifferenceKind.BOT_WHILE_FROZEN: marked("Difference", "The bot runs although it is paused"),
    DifferenceKind.BOT_STOPPED: marked("Difference", "Active at YCLIENTS, the bot is stopped"),
    DifferenceKind.NOT_LINKED: marked("Difference", "Active at YCLIENTS, no phone is linked"),
    DifferenceKind.CALL_OF_CLOSED: marked("Difference", "A call is open for a salon that has left"),
    DifferenceKind.UNINSTALL_UNFINISHED: marked("Difference", "A disconnection got stuck half way"),
}
_CHIPS: Final = {
    DifferenceKind.NOT_LISTED: marked("Difference", "Not in their list"),
    DifferenceKind.LISTED_CLOSED: marked("Difference", "Left, but listed"),
    DifferenceKind.LISTED_UNKNOWN: marked("Difference", "Listed, unknown"),
    DifferenceKind.STATUS_DIFFERS: marked("Difference", "Other status"),
    DifferenceKind.BOT_AFTER_UNINSTALL: marked("Difference", "Bot after leaving"),
    DifferenceKind.KEYS_LEFT: marked("Difference", "Keys left"),
    DifferenceKind.BOT_WHILE_FROZEN: marked("Difference", "Bot while paused"),
    DifferenceKind.BOT_STOPPED: marked("Difference", "Bot stopped"),
    DifferenceKind.NOT_LINKED: marked("Difference", "No phone"),
    DifferenceKind.CALL_OF_CLOSED: marked("Difference", "Open call"),
    DifferenceKind.UNINSTALL_UNFINISHED: marked("Difference", "Stuck disconnection"),
}
_MEANINGS: Final = {
    DifferenceKind.NOT_LISTED: marked(
        "Difference",
        "The owner may have disconnected the salon and we were not told, or the list is incomplete. "
        "The salon's own status decides: read it anew.",
    ),
    DifferenceKind.LISTED_CLOSED: marked(
        "Difference",
        "YCLIENTS goes on showing the application as connected, and may go on charging for it. "
        "Read the status anew; if it is still active, finish the disconnection.",
    ),
    DifferenceKind.LISTED_UNKNOWN: marked(
        "Difference",
        "The owner connected the application and never reached our page. "
        "Ask the owner to press “Connect” in the marketplace again.",
    ),
    DifferenceKind.STATUS_DIFFERS: marked(
        "Difference",
        "YCLIENTS counts the salon as something else than we do. “Already installed” looks like this: "
        "their word may be accepted, or the activation sent again.",
    ),
    DifferenceKind.BOT_AFTER_UNINSTALL: marked(
        "Difference", "The phone of a salon that has disconnected is still answered by us: end it."
    ),
    DifferenceKind.KEYS_LEFT: marked(
        "Difference",
        "Keys to the salon's phone or to YCLIENTS are still kept though the salon has left: wipe them.",
    ),
    DifferenceKind.BOT_WHILE_FROZEN: marked(
        "Difference", "The subscription is frozen, or staff paused the bot, and it runs all the same."
    ),
    DifferenceKind.BOT_STOPPED: marked(
        "Difference", "The owner pays and the bot does not answer. If nobody stopped it on purpose, start it."
    ),
    DifferenceKind.NOT_LINKED: marked(
        "Difference",
        "Only the owner can link the phone: open the salon and send a link. "
        "If the salon may have left, read its status anew.",
    ),
    DifferenceKind.CALL_OF_CLOSED: marked(
        "Difference", "An activation waits for an install that is over: it must not be sent any more."
    ),
    DifferenceKind.UNINSTALL_UNFINISHED: marked(
        "Difference",
        "Staff asked for the salon to be disconnected, and YCLIENTS did not confirm it. Finish it: "
        "it is sent again, and what is left here is wiped once YCLIENTS confirms.",
    ),
}
_VERBS: Final = {
    Fix.READ_ANEW: marked("Difference", "Read anew"),
    Fix.ACTIVATE_AGAIN: marked("Difference", "Activate again"),
    Fix.ACCEPT_THEIRS: marked("Difference", "Accept their status"),
    Fix.FINISH_UNINSTALL: marked("Difference", "Finish the disconnection"),
    Fix.STOP_BOT: marked("Difference", "Stop the bot"),
    Fix.START_BOT: marked("Difference", "Start the bot"),
}
_DOES: Final = {
    Fix.READ_ANEW: marked(
        "Difference", "The status is read at YCLIENTS now, and our state follows: a salon that has left is closed."
    ),
    Fix.ACTIVATE_AGAIN: marked("Difference", "The activation is sent to YCLIENTS again, with the same key."),
    Fix.ACCEPT_THEIRS: marked(
        "Difference", "The status is read once more; if YCLIENTS says “active”, the salon is active here as well."
    ),
    Fix.FINISH_UNINSTALL: marked(
        "Difference",
        "Open calls, keys and the WhatsApp session of the closed install are wiped, and YCLIENTS is asked to "
        "disconnect the salon if it still lists it. This cannot be undone.",
    ),
    Fix.STOP_BOT: marked("Difference", "The WhatsApp session is stopped; its credentials are kept."),
    Fix.START_BOT: marked("Difference", "The WhatsApp session is started with the credentials that are kept."),
}  # fmt: skip
DANGEROUS: Final = frozenset({Fix.FINISH_UNINSTALL})
"""Fixes that nothing takes back."""


def title_of(kind: DifferenceKind) -> str:
    """Return what disagrees."""
    return translate("Difference", _TITLES[kind])


def chip_of(kind: DifferenceKind) -> str:
    """Return what disagrees in two or three words."""
    return translate("Difference", _CHIPS[kind])


def meaning_of(kind: DifferenceKind) -> str:
    """Return what a difference means and what to do."""
    return translate("Difference", _MEANINGS[kind])


def verb_of(fix: Fix) -> str:
    """Return a fix as a button says it."""
    return translate("Difference", _VERBS[fix])


def does_text(fix: Fix) -> str:
    """Return what a fix does."""
    return translate("Difference", _DOES[fix])


def theirs_text(row: DifferenceRow) -> str:
    """Return what YCLIENTS says of the salon."""
    said = their_status(row.theirs) if row.theirs is not None else translate("Difference", "never read")
    if row.is_listed is None:
        return said
    listed = (
        translate("Difference", "in the list")
        if row.is_listed
        else translate("Difference", "not in the list")
    )
    return f"{said}, {listed}"


def ours_text(row: DifferenceRow) -> str:
    """Return how the salon stands with us."""
    if row.partner_state is None:
        return translate("Difference", "unknown to us")
    return f"{partner_word(row.partner_state)}, WhatsApp: {whatsapp_word(row.whatsapp_state)}"
