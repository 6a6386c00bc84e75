"""What is said of webhooks: what they are, by what they were proved, what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from desktop.model.explain import OWN
from desktop.qt.explanations import explained
from desktop.qt.texts import When, here_text, isolate, marked, translate, when_text
from shared.admin_wire import WebhookRow
from shared.vocabulary import WebhookKind, WebhookOutcome, WebhookProof, WebhookState

STATE_LOOKS: Final = {
    WebhookState.PENDING: ("clock", "accent"), WebhookState.DONE: ("check-circle", "ok"),
    WebhookState.DEAD: ("stage-attention", "bad"),
}  # fmt: skip
"""The icon and the token of each state; its word stands beside it."""

KIND_LOOKS: Final = {
    WebhookKind.LIFECYCLE: ("power", "text-quiet"), WebhookKind.ENTITY: ("storefront", "text-quiet"),
    WebhookKind.UNKNOWN: ("help", "warn"),
}  # fmt: skip
_STATES: Final = {
    WebhookState.PENDING: marked("Webhooks", "Waiting"),
    WebhookState.DONE: marked("Webhooks", "Done"),
    WebhookState.DEAD: marked("Webhooks", "Laid aside"),
}
_KINDS: Final = {
    WebhookKind.LIFECYCLE: marked("Webhooks", "About the install"),
    WebhookKind.ENTITY: marked("Webhooks", "Inside the salon"),
    WebhookKind.UNKNOWN: marked("Webhooks", "Unknown"),
}
_PROOFS: Final = {
    WebhookProof.PARTNER_TOKEN: marked("Webhooks", "PARTNER_TOKEN in the body"),
    WebhookProof.SIGNATURE: marked("Webhooks", "Signature over the body"),
    WebhookProof.INSTALL_KEY: marked("Webhooks", "The install's key in the address"),
}
_OUTCOMES: Final = {
    WebhookOutcome.APPLIED: marked("Webhooks", "Took effect"),
    WebhookOutcome.CONTRADICTED: marked("Webhooks", "YCLIENTS says otherwise"),
    WebhookOutcome.KEPT: marked("Webhooks", "Kept"),
    WebhookOutcome.REPEATED: marked("Webhooks", "A repeat"),
    WebhookOutcome.NO_INSTALL: marked("Webhooks", "No install"),
    WebhookOutcome.FOREIGN_APPLICATION: marked("Webhooks", "Another application"),
    WebhookOutcome.BAD_SIGN: marked("Webhooks", "Wrong payment signature"),
}
_SENTENCES: Final = {
    WebhookOutcome.APPLIED: marked("Webhooks", "It took effect: our state follows what YCLIENTS says."),
    WebhookOutcome.CONTRADICTED: marked(
        "Webhooks",
        "It changed nothing: the status that was read at YCLIENTS says otherwise. The bot was stopped until then.",
    ),
    WebhookOutcome.KEPT: marked("Webhooks", "It is only kept: it changes nothing of the install."),
    WebhookOutcome.REPEATED: marked(
        "Webhooks",
        "It changed nothing: the same bytes had come within the minute before and took effect then.",
    ),
    WebhookOutcome.NO_INSTALL: marked("Webhooks", "It changed nothing: the salon has no open install."),
    WebhookOutcome.FOREIGN_APPLICATION: marked(
        "Webhooks", "It changed nothing: it is about another application than ours."
    ),
    WebhookOutcome.BAD_SIGN: marked(
        "Webhooks",
        "The status was read, but the date of the payment is not believed: the payment's own signature is wrong.",
    ),
}
_OUTCOME_TONES: Final = {
    WebhookOutcome.APPLIED: "ok", WebhookOutcome.CONTRADICTED: "warn", WebhookOutcome.BAD_SIGN: "bad",
    WebhookOutcome.FOREIGN_APPLICATION: "warn",
}  # fmt: skip
_EVENTS: Final = {
    "uninstall": marked("Webhooks", "Disconnection"),
    "freeze": marked("Webhooks", "Freeze"),
    "payment": marked("Webhooks", "Payment"),
}
_SIGNS: Final = {
    "valid": marked("Webhooks", "right"),
    "invalid": marked("Webhooks", "wrong"),
    "absent": marked("Webhooks", "absent"),
}


_REFUSALS: Final = {
    "webhook_unauthorized": marked("Webhooks", "no proof, or a wrong token or key"),
    "webhook_signature_invalid": marked("Webhooks", "a wrong signature"),
    "webhook_key_mismatch": marked("Webhooks", "the key of another salon"),
}


def refusal_text(code: str) -> str:
    """Return why webhooks were refused at the door."""
    known = _REFUSALS.get(code)
    return translate("Webhooks", known) if known else explained(code).title


def moment_text(moment: datetime, timezone: str | None, now: datetime | None = None) -> When:
    """Return a moment in the salon's time zone, or in this machine's for what names no salon of ours."""
    return when_text(moment, timezone, now) if timezone else here_text(moment, now)


def state_word(state: WebhookState) -> str:
    """Return where the work on a webhook stands."""
    return translate("Webhooks", _STATES[state])


def kind_word(kind: WebhookKind) -> str:
    """Return what a webhook is about."""
    return translate("Webhooks", _KINDS[kind])


def proof_word(proof: WebhookProof) -> str:
    """Return by what a webhook was proved to be YCLIENTS' own."""
    return translate("Webhooks", _PROOFS[proof])


def outcome_word(outcome: WebhookOutcome) -> str:
    """Return what came of a webhook, short enough for a column."""
    return translate("Webhooks", _OUTCOMES[outcome])


def outcome_tone(outcome: WebhookOutcome | None) -> str:
    """Return the colour of an outcome that calls for a look, else none."""
    return _OUTCOME_TONES.get(outcome, "") if outcome else ""


def sign_word(sign: str) -> str:
    """Return how a payment's own signature was found."""
    known = _SIGNS.get(sign)
    return translate("Webhooks", known) if known else sign


def event_text(row: WebhookRow) -> str:
    """Return what a webhook tells, with its name as it came where that is no word of ours."""
    known = _EVENTS.get(row.event or "")
    return translate("Webhooks", known) if known else isolate(row.event or "—")


def result_text(row: WebhookRow) -> str:
    """Return what came of a webhook so far, in a sentence."""
    if row.outcome is not None:
        return translate("Webhooks", _SENTENCES[row.outcome])
    if row.state is WebhookState.DEAD:
        return translate(
            "Webhooks",
            "It could not be worked for three days and was laid aside. Nothing happens without you.",
        )
    if row.is_being_worked:
        return translate("Webhooks", "It is being worked right now.")
    return translate("Webhooks", "It waits for its attempt.")


def error_text(error: str) -> str:
    """Return why an attempt failed: in words where YCLIENTS was read in vain, else the machine's own."""
    kind = error.rpartition(": ")[2]
    code = "partner_error" if kind == "server_error" else f"partner_{kind}"
    return f"{explained(code).title} ({error})" if code in OWN else error
