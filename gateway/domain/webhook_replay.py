"""Whether staff may have a webhook worked anew, as a rule over plain facts."""

from __future__ import annotations

from shared.vocabulary import WebhookKind, WebhookState


def why_not_replayed(kind: WebhookKind, state: WebhookState) -> str | None:
    """Return the code of what forbids a replay, or None when it can be replayed.

    Only what may change something has any work in it, and what waits or is in hand comes to its attempt anyway.
    """
    if kind is not WebhookKind.LIFECYCLE:
        return "webhook_not_replayable"
    return "webhook_not_finished" if state is WebhookState.PENDING else None
