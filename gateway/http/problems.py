"""From an error code to a status, a sentence and an answer: JSON for programs, a page for people."""

from __future__ import annotations

import logging
import random
import secrets
from dataclasses import dataclass

from quart import Response, jsonify

from gateway.domain.errors import GatewayError
from gateway.http.language import current_request
from gateway.http.pages import Pages
from resources.texts import text

STATUS_OF_CODE: dict[str, int] = {
    "partner_token_missing": 503, "not_configured": 503, "salon_missing": 400, "salon_invalid": 400,
    "salons_conflict": 400, "too_many_salons": 400, "query_invalid": 400, "signature_invalid": 403,
    "signature_required": 403, "user_data_invalid": 400, "not_requested": 409, "partner_unauthorized": 502,
    "partner_forbidden": 502, "partner_not_found": 404, "partner_rate_limited": 503, "partner_error": 502,
    "partner_timeout": 504, "partner_unreachable": 502, "partner_garbled": 502, "link_stale": 401,
    "token_missing": 401, "token_invalid": 401, "token_expired": 401, "salon_not_in_token": 403,
    "session_not_found": 404, "whatsapp_not_connected": 409, "registration_expired": 410, "invalid_phone": 422,
    "not_pairing": 409, "install_frozen": 409, "install_gone": 410, "rate_limited": 429, "pool_unavailable": 503,
    "database_unavailable": 503, "internal": 500, "not_found": 404, "method_not_allowed": 405, "body_too_large": 413,
    "unsupported_media_type": 415, "json_invalid": 400, "json_too_deep": 400, "json_not_object": 400,
    "field_missing": 422, "field_invalid": 422, "body_timeout": 408, "webhook_unauthorized": 401,
    "webhook_signature_invalid": 401, "webhook_key_mismatch": 401, "request_timeout": 504, "pairing_rejected": 409,
    "pairing_expired": 409, "passkey_required": 409, "connection_replaced": 409, "logged_out": 409,
    "account_restricted": 409, "temp_banned": 409, "too_many_devices": 409, "client_outdated": 503,
    "network_unreachable": 503, "upstream_timeout": 504, "upstream_unavailable": 503, "engine_crashed": 503,
    "staff_token_missing": 401, "staff_token_invalid": 401, "staff_token_expired": 401, "staff_token_revoked": 401,
    "forbidden": 403, "cross_site": 403, "operation_unknown": 404, "idempotency_key_missing": 400,
    "idempotency_conflict": 409,
    "command_in_progress": 409, "already_done": 409, "protocol_too_old": 426, "protocol_too_new": 426,
    "salon_not_found": 404, "call_not_found": 404, "bulk_not_found": 404, "staff_not_found": 404,
    "alarm_not_found": 404, "snooze_invalid": 422, "revoking_yourself": 409, "staff_name_taken": 409,
    "generation_changed": 409, "cursor_invalid": 400,
    "call_not_retryable": 409, "call_being_worked": 409, "call_not_waiting": 409, "call_not_held": 409,
    "call_not_failed": 409, "install_not_current": 409, "bulk_not_planned": 409, "bulk_plan_expired": 409,
    "bulk_empty": 409, "assistant_off": 409, "payment_exists": 409, "payment_refused": 409, "payment_not_found": 404,
    "payment_not_refundable": 409, "amount_differs": 422, "already_frozen": 409, "not_frozen": 409,
    "uninstall_pending": 409, "uninstall_not_pending": 409,
    "webhook_not_found": 404, "webhook_not_replayable": 409, "webhook_not_finished": 409,
    "process_not_found": 404, "process_alone": 409, "backup_no_folder": 409, "backup_under_way": 409,
    "plan_not_found": 404, "plan_not_ready": 409, "plan_expired": 409, "plan_empty": 409, "difference_gone": 409,
    "difference_remains": 409, "fix_unfit": 409, "still_installed": 409, "nothing_to_destroy": 409,
    "spool_full": 503, "webhook_stale": 401, "remote_unreachable": 503, "remote_auth": 503, "remote_full": 503,
}  # fmt: skip
"""Every public code and its HTTP status."""

CLOSING_CODES = frozenset({"body_too_large", "body_timeout"})
"""After these the rest of the body is not read, so the connection cannot be used again."""

SELF_HEALING_CODES = frozenset({"database_unavailable"})
"""A browser that opened an address and met one of these asks for it again by itself."""

REFRESH_S = (5, 12)
_RETRY_AFTER_S = {
    "partner_rate_limited": "60", "rate_limited": "60", "database_unavailable": "5", "pool_unavailable": "5",
    "spool_full": "60",
}  # fmt: skip
_REALMS = {"token": "onboarding", "staff_token": "staff"}
_log = logging.getLogger("gateway.http")


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """One refusal as it is told: code, status, sentence and the reference that finds it in the log."""

    code: str
    status: int
    message: str
    reference: str
    retry_after: str | None = None
    """Seconds, for `Retry-After`."""


def new_reference() -> str:
    """Return a reference a person can read out, like 7F-2C-19."""
    digits = secrets.token_hex(3).upper()
    return "-".join((digits[:2], digits[2:4], digits[4:]))


def report(error: GatewayError, language: str) -> ProblemReport:
    """Describe an error for the outside and write its one log line."""
    code = error.code if error.code in STATUS_OF_CODE else "internal"
    status = STATUS_OF_CODE[code]
    reference = new_reference()
    level = logging.ERROR if status == 500 else logging.WARNING if status > 500 else logging.INFO
    _log.log(
        level, "refused", extra={"code": code, "status": status, "reference": reference, "route": _route()}
    )
    retry_after = error.params.get("retry_after", _RETRY_AFTER_S.get(code))
    return ProblemReport(code, status, sentence_of(code, language), reference, retry_after)


def sentence_of(code: str, language: str) -> str:
    """Return what a person is told about a code; an unknown one is told as our own failure."""
    for key in (f"errors.{code}.text", f"whatsapp_errors.{code}"):
        try:
            return text(language, key)
        except KeyError:
            continue
    return text(language, "errors.internal.text")


def problem_json(problem: ProblemReport) -> Response:
    """Return the JSON answer every program gets."""
    body = {"error": {"code": problem.code, "message": problem.message, "reference": problem.reference}}
    response: Response = jsonify(body)
    return _finished(response, problem)


async def problem_page(problem: ProblemReport, pages: Pages, language: str) -> Response:
    """Return the page a person gets."""
    html = await pages.failure(language, problem.code, problem.reference)
    response = _finished(Response(html, content_type="text/html; charset=utf-8"), problem)
    if problem.code in SELF_HEALING_CODES:
        response.headers["Refresh"] = str(random.randint(*REFRESH_S))  # not all browsers at once
    return response


def wants_page() -> bool:
    """Whether the caller is a browser opening an address, not a program."""
    asking = current_request()
    return asking is not None and "text/html" in asking.headers.get("Accept", "")


def _finished(response: Response, problem: ProblemReport) -> Response:
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = problem.retry_after
    for kind, realm in _REALMS.items():
        if problem.status == 401 and problem.code.startswith(kind):
            response.headers["WWW-Authenticate"] = f'Bearer realm="{realm}"'
    if problem.code in CLOSING_CODES:
        response.headers["Connection"] = "close"
    return response


def _route() -> str:
    """Name the route, never the address: addresses can hold keys and tokens."""
    asking = current_request()
    if asking is None:
        return "(socket)"
    return str(asking.url_rule.rule) if asking.url_rule is not None else "(none)"
