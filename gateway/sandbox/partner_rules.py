"""What each call of the partner API does: checks, then the market, then the documented envelope."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.sandbox import validation, views
from gateway.sandbox.calls import Call, NotJson, as_id
from gateway.sandbox.links import Activation
from gateway.sandbox.market import Market, Refused
from gateway.sandbox.replies import Reply, html, refusal, success
from gateway.sandbox.validation import Invalid, Schema

MAX_COUNT = 1000
_AUTHORIZATION = re.compile(r"Bearer ([^\s,]+)(?:\s*,\s*User ([^\s,]+))?")


class PartnerRules:
    """Carries out calls on one market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._brand = market.brand
        self._handlers: dict[str, Callable[[Call], Reply]] = {
            "callback": self._callback,
            "callback_redirect": self._callback_redirect,
            "status": self._status,
            "company": self._company,
            "salons": self._salons,
            "uninstall": self._uninstall,
            "payment": self._payment,
            "refund": self._refund,
            "short_names": self._short_names,
            "tariffs": self._tariffs,
            "payment_link": self._payment_link,
            "add_discount": self._add_discount,
            "update_channel": self._update_channel,
            "grant_access": self._grant_access,
        }

    def answer(self, call: Call) -> Reply:
        """Carry a call out and return the true answer; never raises for what a partner can send."""
        try:
            return self._before(call) or self._handlers[call.operation.name](call)
        except Refused as refused:
            return self._refused(refused.reason)
        except Invalid as invalid:
            call.complaints.append(str(invalid))
            return refusal(422, self._brand.failed, invalid.errors)

    def location(self, salon_id: int | None) -> str:
        """Return where the 301 of the redirect variant leads: a page of the marketplace, not JSON."""
        config = self._market.config
        return f"{config.public_url}/appstore/{salon_id or 0}/applications/{config.application_id}/installed"

    # -- what every call needs ---------------------------------------------------------------------

    def _before(self, call: Call) -> Reply | None:
        partner, _ = credentials(call.header("authorization"))
        config = self._market.config
        known = (config.partner_token, *config.partner_tokens_also)
        if not any([hmac.compare_digest(partner.encode(), each.encode()) for each in known]):
            call.complaints.append("Authorization: the partner token is missing or wrong")
            return refusal(401, self._brand.unauthorised)
        if self._brand.accept not in call.header("accept"):
            call.complaints.append(f"Accept: {self._brand.accept} is required")
            return refusal(400, self._brand.failed, [{"field": "Accept", "message": self._brand.accept}])
        if "application_id" in call.arguments:
            self._market.check_application(call.argument("application_id") or 0)
        return None

    def _refused(self, reason: str) -> Reply:
        brand = self._brand
        answers: dict[str, tuple[int, str | None]] = {
            "unknown_salon": (404, brand.not_found),
            "foreign_app": (403, brand.forbidden),
            "not_installed": (404, None),
            "already_installed": (403, brand.already_installed),
            # The text and status of a late or unasked activation were never captured; 403 is what fits 5.2.
            "consent_missing": (403, brand.forbidden),
            "unknown_payment": (422, brand.failed),
            "already_refunded": (422, brand.failed),
            "no_tariffs": (404, brand.failed),
        }
        status, message = answers[reason]
        return refusal(status, message)

    def _body(self, call: Call, schema: Schema) -> dict[str, Any]:
        """Return the checked body of a POST whose application is ours."""
        kind = call.header("content-type").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Invalid([{"field": "Content-Type", "message": "must be application/json"}])
        try:
            raw = call.json()
        except NotJson:
            raise Invalid([{"field": "body", "message": "must be JSON"}]) from None
        body = validation.validate(raw, schema)
        call.complaints += [f"unknown field {name[:60]}" for name in validation.unknown_fields(raw, schema)]
        self._market.check_application(body["application_id"])
        return body

    def _path_salon(self, call: Call) -> int:
        salon_id = call.argument("salon_id")
        if salon_id is None:
            raise Refused("unknown_salon")
        self._market.salon(salon_id)
        return salon_id

    # -- activation --------------------------------------------------------------------------------

    def _callback(self, call: Call) -> Reply:
        self._activate(call, validation.ACTIVATION)
        data: Any = {
            "empty": None,
            "null": b"null",
            "list": b"[]",
            "object": {"user_id": 9100001},
        }[self._market.switches.activation_body]
        if data is None:
            return Reply(201)
        if isinstance(data, bytes):
            return Reply(201, raw=data, headers={"Content-Type": "application/json; charset=utf-8"})
        return success(data, 201)

    def _callback_redirect(self, call: Call) -> Reply:
        salon_id = self._activate(call, validation.ACTIVATION_REDIRECT)
        return html(301, "301 Moved Permanently", {"Location": self.location(salon_id)})

    def _activate(self, call: Call, schema: Schema) -> int:
        body = self._body(call, schema)
        salon_id: int = body["salon_id"]
        key = body.get("api_key")
        self._market.see_activation(salon_id, None if key is None else str(key))
        self._market.activate(
            salon_id,
            Activation(
                None if key is None else str(key),
                tuple(body.get("webhook_urls", ())),
                tuple(body.get("channels", ())),
            ),
        )
        return salon_id

    # -- reading -----------------------------------------------------------------------------------

    def _status(self, call: Call) -> Reply:
        salon_id = self._path_salon(call)
        link = self._market.link(salon_id)
        if not link.installed:
            raise Refused("not_installed")
        return success(views.connection(link, self._market.payments_of(salon_id)))

    def _company(self, call: Call) -> Reply:
        return success(views.company(self._market.salon(self._path_salon(call))))

    def _salons(self, call: Call) -> Reply:
        page, count = (self._number(call, name) for name in ("page", "count"))
        if not 1 <= count <= MAX_COUNT:
            raise Invalid([{"field": "count", "message": f"must be 1 to {MAX_COUNT}"}])
        first = (max(page, 1) - 1) * count
        listed = self._market.listed()[first : first + count]
        items = [views.list_item(salon, strings=self._brand.string_ids) for salon in listed]
        return success(items)

    @staticmethod
    def _number(call: Call, name: str) -> int:
        number = as_id(call.query.get(name, ""))
        if number is None:
            raise Invalid([{"field": name, "message": "is required and must be a number"}])
        return number

    def _tariffs(self, call: Call) -> Reply:
        return success(self._market.offered_tariffs())

    def _payment_link(self, call: Call) -> Reply:
        self._market.check_application(self._number(call, "application_id"))
        salon_id = self._number(call, "salon_id")
        discount, option = call.query.get("discount"), call.query.get("tariff_option_id")
        if discount is not None and (problem := validation.percent_text(discount)):
            raise Invalid([{"field": "discount", "message": problem}])
        if self._brand.needs_tariff_option and as_id(option or "") is None:
            raise Invalid([{"field": "tariff_option_id", "message": "is required"}])
        return success({"url": self._market.payment_link(salon_id, discount, option)})

    # -- writing -----------------------------------------------------------------------------------

    def _uninstall(self, call: Call) -> Reply:
        self._market.uninstall(self._path_salon(call))
        return success(None)

    def _payment(self, call: Call) -> Reply:
        body = self._body(call, validation.PAYMENT)
        dates = validation.period(body)
        total = Decimal(str(body["payment_sum"]))
        payment = self._market.report_payment(body["salon_id"], total, body["currency_iso"], dates)
        return success({"id": payment.id})

    def _refund(self, call: Call) -> Reply:
        self._market.refund(call.argument("payment_id") or 0)
        return success(None)

    def _short_names(self, call: Call) -> Reply:
        body = self._body(call, validation.SHORT_NAMES)
        self._market.set_short_names(body["salon_id"], body["short_names"])
        return Reply(201)

    def _add_discount(self, call: Call) -> Reply:
        body = self._body(call, validation.DISCOUNT)
        self._market.set_discount(body["salon_ids"], Decimal(str(body["discount"])))
        return success(None)

    def _update_channel(self, call: Call) -> Reply:
        body = self._body(call, validation.CHANNEL)
        self._market.set_channel(body["salon_id"], body["channel_slug"], body["is_available"])
        return success(None)

    def _grant_access(self, call: Call) -> Reply:
        _, owner = credentials(call.header("authorization"))
        if not owner:
            call.complaints.append("Authorization: the owner's token is missing")
            return refusal(401, self._brand.unauthorised)
        self._market.consent(self._path_salon(call))
        return success(None)


def credentials(header: str) -> tuple[str, str]:
    """Return the partner token and the user token of an Authorization header; empty texts when absent."""
    match = _AUTHORIZATION.fullmatch(header.strip())
    return (match[1], match[2] or "") if match else ("", "")
