"""Why something failed, what to do about it and who can: for every code the console can meet.

Codes come from YCLIENTS' answers (`verdict_…`, `failure_…`, `http_…` and what calls end with), from WhatsApp
sessions, from the gateway's refusals and from the console itself. The sentences are in `desktop.qt.explanations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

UNKNOWN: Final = "unknown"


class Who(StrEnum):
    """Who can do something about it."""

    NOBODY = "nobody"
    """It mends itself; waiting is enough."""
    OWNER = "owner"
    OPERATOR = "operator"
    """The person who reads it."""
    ADMIN = "admin"
    """Whoever runs the gateway."""
    PARTNER = "partner"
    """YCLIENTS' support."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where the sentences of a code are: `title`, `cause` and `advice` are keys of them.

    With `is_shared` they are `errors.…` of the texts that gateway and console share.
    """

    code: str
    title: str
    cause: str
    advice: str
    who: Who
    is_shared: bool = False


OWN: Final[Mapping[str, Who]] = MappingProxyType(
    {
        # what a partner call ends with
        "token_refused": Who.ADMIN,
        "not_requested": Who.OWNER,
        "rejected": Who.OPERATOR,
        "aggregator_not_found": Who.PARTNER,
        "partner_unavailable": Who.NOBODY,
        "unknown_outcome": Who.NOBODY,
        "expired": Who.OPERATOR,
        "rate_limited": Who.NOBODY,
        # why YCLIENTS could not be read
        "partner_unauthorized": Who.ADMIN,
        "partner_forbidden": Who.ADMIN,
        "partner_not_found": Who.OPERATOR,
        "partner_rate_limited": Who.NOBODY,
        "partner_error": Who.NOBODY,
        "partner_timeout": Who.NOBODY,
        "partner_unreachable": Who.ADMIN,
        "partner_garbled": Who.OPERATOR,
        # what one answer of YCLIENTS means
        "verdict_accepted": Who.NOBODY,
        "verdict_already_installed_or_refused": Who.NOBODY,
        "verdict_token_refused": Who.ADMIN,
        "verdict_not_found": Who.OWNER,
        "verdict_rejected": Who.OPERATOR,
        "verdict_aggregator_not_found": Who.PARTNER,
        "verdict_rate_limited": Who.NOBODY,
        "verdict_retry": Who.NOBODY,
        "verdict_unauthorized": Who.ADMIN,
        "verdict_forbidden": Who.ADMIN,
        "verdict_server_error": Who.NOBODY,
        "verdict_timeout": Who.NOBODY,
        "verdict_unreachable": Who.NOBODY,
        "verdict_garbled": Who.NOBODY,
        "verdict_status_pending": Who.NOBODY,
        "verdict_status_active": Who.NOBODY,
        "verdict_status_freezed": Who.OWNER,
        "verdict_status_uninstalled": Who.OWNER,
        # why no answer came
        "failure_timeout": Who.NOBODY,
        "failure_unreachable": Who.ADMIN,
        "failure_dns": Who.ADMIN,
        "failure_tls": Who.ADMIN,
        "failure_reset": Who.NOBODY,
        "failure_protocol": Who.NOBODY,
        "failure_too_large": Who.NOBODY,
        # what an HTTP status means
        "http_2xx": Who.NOBODY,
        "http_3xx": Who.NOBODY,
        "http_400": Who.OPERATOR,
        "http_401": Who.ADMIN,
        "http_403": Who.OPERATOR,
        "http_404": Who.OWNER,
        "http_422": Who.OPERATOR,
        "http_429": Who.NOBODY,
        "http_4xx": Who.OPERATOR,
        "http_5xx": Who.NOBODY,
        # what is the matter with a session
        "network_unreachable": Who.NOBODY,
        "upstream_timeout": Who.NOBODY,
        "upstream_unavailable": Who.NOBODY,
        "outcome_unknown": Who.NOBODY,
        "whatsapp_not_connected": Who.OWNER,
        "not_pairing": Who.OPERATOR,
        "qr_expired": Who.OPERATOR,
        "pairing_expired": Who.OPERATOR,
        "pairing_rejected": Who.OWNER,
        "passkey_required": Who.OWNER,
        "recipient_unknown": Who.OPERATOR,
        "send_rejected": Who.OPERATOR,
        "connection_replaced": Who.OWNER,
        "logged_out": Who.OWNER,
        "account_restricted": Who.OWNER,
        "temp_banned": Who.NOBODY,
        "client_outdated": Who.ADMIN,
        "too_many_devices": Who.OWNER,
        "store_corrupt": Who.OPERATOR,
        "engine_crashed": Who.NOBODY,
        "engine_missing": Who.ADMIN,
        "remote_unreachable": Who.ADMIN,
        "remote_auth": Who.ADMIN,
        "remote_full": Who.ADMIN,
        "invalid_phone": Who.OPERATOR,
        # refusals of the gateway, told to staff
        "internal": Who.ADMIN,
        "install_frozen": Who.OWNER,
        "install_gone": Who.OWNER,
        "session_not_found": Who.OPERATOR,
        "pool_unavailable": Who.NOBODY,
        "database_unavailable": Who.ADMIN,
        "request_timeout": Who.NOBODY,
        "not_configured": Who.ADMIN,
        "partner_token_missing": Who.ADMIN,
        "field_invalid": Who.OPERATOR,
        # what stands between the console and the gateway
        "not_connected": Who.NOBODY,
        "connection_lost": Who.NOBODY,
        "command_unanswered": Who.OPERATOR,
        "read_only": Who.OPERATOR,
        "answer_invalid": Who.ADMIN,
        "address_invalid": Who.OPERATOR,
        "address_not_secure": Who.OPERATOR,
        "address_unknown": Who.OPERATOR,
        "gateway_refused": Who.ADMIN,
        "gateway_timeout": Who.ADMIN,
        "gateway_unreachable": Who.OPERATOR,
        "gateway_unavailable": Who.ADMIN,
        "not_a_gateway": Who.OPERATOR,
        "tls_failed": Who.ADMIN,
        # what was typed
        "reason_invalid": Who.OPERATOR,
        "phone_invalid": Who.OPERATOR,
        "profile_name_invalid": Who.OPERATOR,
        "import_not_ours": Who.OPERATOR,
        "import_unreadable": Who.OPERATOR,
        "export_failed": Who.OPERATOR,
        # the console's own files
        "settings_damaged": Who.OPERATOR,
        "settings_not_saved": Who.OPERATOR,
        "links_not_registered": Who.OPERATOR,
        "token_not_kept": Who.OPERATOR,
        "unknown": Who.OPERATOR,
    }
)
"""Codes that the console explains in its own words, to staff."""

SHARED: Final[Mapping[str, Who]] = MappingProxyType(
    {
        "staff_token_missing": Who.ADMIN,
        "staff_token_invalid": Who.ADMIN,
        "staff_token_expired": Who.ADMIN,
        "staff_token_revoked": Who.ADMIN,
        "forbidden": Who.ADMIN,
        "operation_unknown": Who.ADMIN,
        "protocol_too_old": Who.ADMIN,
        "protocol_too_new": Who.ADMIN,
        "idempotency_key_missing": Who.ADMIN,
        "idempotency_conflict": Who.ADMIN,
        "command_in_progress": Who.OPERATOR,
        "already_done": Who.OPERATOR,
        "salon_not_found": Who.OPERATOR,
        "call_not_found": Who.OPERATOR,
        "bulk_not_found": Who.OPERATOR,
        "alarm_not_found": Who.OPERATOR,
        "webhook_not_found": Who.OPERATOR,
        "webhook_not_replayable": Who.OPERATOR,
        "webhook_not_finished": Who.OPERATOR,
        "process_not_found": Who.OPERATOR,
        "process_alone": Who.ADMIN,
        "backup_no_folder": Who.ADMIN,
        "backup_under_way": Who.NOBODY,
        "staff_not_found": Who.OPERATOR,
        "staff_name_taken": Who.OPERATOR,
        "revoking_yourself": Who.OPERATOR,
        "snooze_invalid": Who.OPERATOR,
        "generation_changed": Who.OPERATOR,
        "cursor_invalid": Who.OPERATOR,
        "call_not_retryable": Who.OPERATOR,
        "call_being_worked": Who.OPERATOR,
        "call_not_waiting": Who.OPERATOR,
        "call_not_held": Who.OPERATOR,
        "call_not_failed": Who.OPERATOR,
        "install_not_current": Who.OPERATOR,
        "bulk_not_planned": Who.OPERATOR,
        "bulk_plan_expired": Who.OPERATOR,
        "bulk_empty": Who.OPERATOR,
        "plan_not_found": Who.OPERATOR,
        "plan_not_ready": Who.OPERATOR,
        "plan_expired": Who.OPERATOR,
        "plan_empty": Who.OPERATOR,
        "difference_gone": Who.NOBODY,
        "difference_remains": Who.OPERATOR,
        "fix_unfit": Who.OPERATOR,
        "still_installed": Who.OPERATOR,
        "nothing_to_destroy": Who.NOBODY,
        "already_frozen": Who.OPERATOR,
        "assistant_off": Who.OPERATOR,
        "payment_refused": Who.OPERATOR,
        "payment_exists": Who.OPERATOR,
        "payment_not_found": Who.OPERATOR,
        "payment_not_refundable": Who.OPERATOR,
        "amount_differs": Who.OPERATOR,
        "not_frozen": Who.OPERATOR,
        "uninstall_pending": Who.OPERATOR,
        "uninstall_not_pending": Who.OPERATOR,
        "salon_missing": Who.OWNER,
        "salon_invalid": Who.OWNER,
        "salons_conflict": Who.OWNER,
        "too_many_salons": Who.OWNER,
        "query_invalid": Who.OWNER,
        "signature_invalid": Who.OWNER,
        "signature_required": Who.OWNER,
        "user_data_invalid": Who.OWNER,
        "link_stale": Who.OWNER,
        "token_missing": Who.OWNER,
        "token_invalid": Who.OWNER,
        "token_expired": Who.OWNER,
        "salon_not_in_token": Who.OWNER,
        "registration_expired": Who.OWNER,
        "not_found": Who.ADMIN,
        "method_not_allowed": Who.ADMIN,
        "body_too_large": Who.ADMIN,
        "unsupported_media_type": Who.ADMIN,
        "json_invalid": Who.ADMIN,
        "json_too_deep": Who.ADMIN,
        "json_not_object": Who.ADMIN,
        "field_missing": Who.ADMIN,
        "body_timeout": Who.ADMIN,
        "webhook_unauthorized": Who.ADMIN,
        "webhook_signature_invalid": Who.ADMIN,
        "webhook_stale": Who.ADMIN,
        "webhook_key_mismatch": Who.ADMIN,
        "cross_site": Who.ADMIN,
        "spool_full": Who.ADMIN,
    }
)
"""Codes whose sentences the gateway has as well."""


def explain(code: str | None) -> Explanation:
    """Return the explanation of a code; one that nobody knows is explained as just that."""
    known = code or UNKNOWN
    if known in OWN:
        return Explanation(known, f"{known}.title", f"{known}.cause", f"{known}.advice", OWN[known])
    if known in SHARED:
        root = f"errors.{known}"
        return Explanation(
            known, f"{root}.title", f"{root}.text", f"{root}.action", SHARED[known], is_shared=True
        )
    return Explanation(known, "unknown.title", "unknown.cause", "unknown.advice", OWN[UNKNOWN])


def code_of_status(status: int) -> str:
    """Return the code that explains an HTTP status of YCLIENTS."""
    exact = f"http_{status}"
    return exact if exact in OWN else f"http_{status // 100}xx" if 200 <= status < 600 else UNKNOWN
