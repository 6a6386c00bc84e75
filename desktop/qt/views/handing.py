"""What staff hand on about a partner call: a command that asks the same again, and a summary for support.

Nothing secret is in either: a shell variable stands in each secret's place.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from desktop.qt.explanations import explained
from desktop.qt.texts import call_word, translate
from shared.admin_wire import AttemptView, CallRow

API_ADDRESS: Final = "${YCLIENTS_API_URL:-https://api.yclients.com}"
_ACCEPT: Final = "application/vnd.yclients.v2+json"
_KEPT_CHARS: Final = 500


def curl_of(call: CallRow, attempt: AttemptView) -> str:
    """Return the attempt as a curl command: `$PARTNER_TOKEN`, `$APPLICATION_ID`, `$API_KEY` and `$WEBHOOK_URL` are
    to be set by whoever runs it.
    """
    parts = [
        f"curl -sS -i -X {attempt.method} \"{API_ADDRESS}{_quoted_path(attempt.path)}\"",
        '-H "Authorization: Bearer $PARTNER_TOKEN"',
        f"-H {shlex.quote(f'Accept: {_ACCEPT}')}",
    ]  # fmt: skip
    if attempt.method == "POST" and "/callback" in attempt.path:
        parts.append("-H 'Content-Type: application/json'")
        body = (
            f'{{\\"salon_id\\": {call.salon_id}, \\"application_id\\": $APPLICATION_ID, '
            '\\"api_key\\": \\"$API_KEY\\", \\"webhook_urls\\": [\\"$WEBHOOK_URL\\"]}'
        )
        parts.append(f'--data "{body}"')
    return " \\\n  ".join(parts)


def support_text(call: CallRow, attempts: Sequence[AttemptView]) -> str:
    """Return what support needs to know about a call, in plain text."""
    lines = [
        translate("Handing", "Salon {salon}, call {call} ({kind})").format(
            salon=call.salon_id, call=call.call_id, kind=call.kind
        ),
        translate("Handing", "State: {state}, attempts: {count}").format(
            state=call_word(call.state), count=call.attempts
        ),
    ]  # fmt: skip
    if call.error_code:
        known = explained(call.error_code)
        lines.append(f"{call.error_code}: {known.title}. {known.cause}")
    if call.error_text:
        lines.append(translate("Handing", "YCLIENTS' words: {text}").format(text=call.error_text))
    for attempt in attempts:
        answer = attempt.http_status if attempt.http_status is not None else attempt.failure or "—"
        lines.append(
            f"#{attempt.number} {attempt.started_at.isoformat(timespec='seconds')} {attempt.method} {attempt.path} "
            f"→ {answer}, {attempt.latency_ms or 0} ms"
        )
        if attempt.body_head:
            lines.append(f"   {attempt.body_head[:_KEPT_CHARS]}")
    return "\n".join(lines)


def _quoted_path(path: str) -> str:
    """Return a path that means nothing to a shell between double quotes."""
    return "".join(f"\\{char}" if char in '"$`\\' else char for char in path)
