"""The control API under `/sandbox/api/`: what people do on the page and programs do without it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from quart import Blueprint, Response, request

from gateway.sandbox import control_views, faults
from gateway.sandbox.calls import as_id
from gateway.sandbox.doors import refusal_code
from gateway.sandbox.faults import ANY, FaultError
from gateway.sandbox.inputs import MAX_REPEAT, Input, invalid
from gateway.sandbox.market import MAX_CLOCK_SHIFT_S, Market, Refused
from gateway.sandbox.phone import ACTIONS, PhonePanel
from gateway.sandbox.problems import Problem, language_of, problem_of
from gateway.sandbox.webhooks_out import WebhookSender

PREFIX = "/sandbox/api"
MAX_RESOURCE_ID = 2**53


class ControlApi:
    """Serves the controls of one market."""

    def __init__(self, market: Market, sender: WebhookSender, phone: PhonePanel) -> None:
        self._market = market
        self._sender = sender
        self._phone = phone

    def blueprint(self) -> Blueprint:
        """Return the routes; callers from elsewhere than this machine are refused."""
        blueprint = Blueprint("control", __name__, url_prefix=PREFIX)
        blueprint.before_request(self._guard)
        blueprint.register_error_handler(Problem, self._problem)
        blueprint.register_error_handler(Refused, self._refused)
        routes: list[tuple[str, str, Callable[..., Awaitable[Response]]]] = [
            ("GET", "/about", self._about),
            ("GET", "/overview", self._overview),
            ("GET", "/salons", self._salons),
            ("POST", "/salons", self._add_salon),
            ("GET", "/salons/<salon_id>", self._salon),
            ("POST", "/salons/<salon_id>/connect", self._connect),
            ("POST", "/salons/<salon_id>/open", self._open),
            ("POST", "/salons/<salon_id>/disconnect", self._disconnect),
            ("POST", "/salons/<salon_id>/expire", self._expire),
            ("POST", "/salons/<salon_id>/pay", self._pay),
            ("POST", "/salons/<salon_id>/emit", self._emit),
            ("POST", "/phone/<salon_id>/<action>", self._play),
            ("GET", "/faults", self._faults),
            ("PUT", "/faults", self._put_fault),
            ("POST", "/faults", self._put_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("DELETE", "/faults/<fault_id>", self._clear_fault),
            ("GET", "/switches", self._switches),
            ("PATCH", "/switches", self._turn),
            ("POST", "/clock", self._shift),
            ("GET", "/log", self._log),
            ("GET", "/report", self._report),
            ("POST", "/reset", self._reset),
        ]
        for method, path, view in routes:
            blueprint.add_url_rule(
                path, endpoint=f"{method}{path}".replace(".", ""), view_func=view, methods=[method]
            )
        return blueprint

    # -- doors and errors --------------------------------------------------------------------------

    async def _guard(self) -> Response | None:
        code = refusal_code(request, self._market.config.public_url)
        return None if code is None else await self._problem(Problem(code))

    @staticmethod
    async def _problem(problem: Problem) -> Response:
        return _json(problem.wire(_language()), problem.status)

    async def _refused(self, refused: Refused) -> Response:
        return await self._problem(problem_of(refused))

    async def _input(self) -> Input:
        raw = cast(bytes, await request.get_data())
        try:
            return Input(json.loads(raw, parse_constant=_refuse) if raw.strip() else {})
        except (ValueError, RecursionError):
            raise Problem("json_invalid") from None

    def _id(self, text: str) -> int:
        number = as_id(text)
        if number is None or number not in self._market.salons:
            raise Problem("unknown_salon")
        return number

    # -- reading -----------------------------------------------------------------------------------

    async def _about(self) -> Response:
        return _json(control_views.about(self._market))

    async def _overview(self) -> Response:
        return _json(control_views.overview(self._market, _cursor()))

    async def _salons(self) -> Response:
        return _json({"salons": control_views.salons(self._market)})

    async def _salon(self, salon_id: str) -> Response:
        return self._one(self._id(salon_id))

    def _one(self, salon_id: int, **more: Any) -> Response:
        market = self._market
        return _json({"salon": control_views.salon(market, market.salon(salon_id)), **more})

    async def _log(self) -> Response:
        return _json(self._market.log.after(_cursor()))

    async def _report(self) -> Response:
        return _json({**self._market.report(), "webhooks_busy": self._sender.busy})

    # -- salons ------------------------------------------------------------------------------------

    async def _add_salon(self) -> Response:
        body = await self._input()
        salon = body.salon(max(self._market.salons, default=101000) + 1)
        self._market.add_salon(salon)
        return self._one(salon.id)

    async def _connect(self, salon_id: str) -> Response:
        number, body = self._id(salon_id), await self._input()
        done = self._market.connect(body.branches(number), **body.entry())
        return self._one(
            number,
            redirect_url=done.redirect_url,
            consented=list(done.consented),
            unchanged=list(done.unchanged),
        )

    async def _open(self, salon_id: str) -> Response:
        number, body = self._id(salon_id), await self._input()
        return self._one(number, redirect_url=self._market.entry_url(body.branches(number), **body.entry()))

    async def _disconnect(self, salon_id: str) -> Response:
        number = self._id(salon_id)
        return self._one(number, changed=self._market.disconnect(number))

    async def _expire(self, salon_id: str) -> Response:
        number = self._id(salon_id)
        self._market.expire(number)
        return self._one(number)

    async def _pay(self, salon_id: str) -> Response:
        number, body = self._id(salon_id), await self._input()
        payment = self._market.pay(
            number,
            amount=body.decimal_text("amount") or "990",
            signed_amount=body.decimal_text("signed_amount"),
            discount=body.decimal_text("discount"),
            months=body.integer("months", 1, 1, 36) or 1,
        )
        return self._one(number, payment_id=payment.id)

    async def _emit(self, salon_id: str) -> Response:
        number, body = self._id(salon_id), await self._input()
        sent = self._market.emit(
            number,
            resource=body.word("resource", "record"),
            status=body.choice("status", "create", ("create", "update", "delete")),
            resource_id=body.integer("resource_id", None, 1, MAX_RESOURCE_ID),
            data=body.mapping("data"),
            repeat=body.integer("repeat", 1, 1, MAX_REPEAT) or 1,
        )
        return self._one(number, sent=sent)

    async def _play(self, salon_id: str, action: str) -> Response:
        number, body = self._id(salon_id), await self._input()
        if action not in ACTIONS:
            raise Problem("unknown_action")
        answer = await self._phone.play(number, action, body.plain(), _language())
        if answer.status is None:
            raise Problem("gateway_unreachable")
        return _json({"status": answer.status, "body": answer.body})

    # -- faults, switches, clock -------------------------------------------------------------------

    async def _faults(self) -> Response:
        return _json({"faults": self._market.faults.wire()})

    async def _put_fault(self) -> Response:
        body = await self._input()
        try:
            fault = self._market.faults.put(
                body.text("kind", ""),
                operation=body.text("operation", ANY),
                salon_id=body.integer("salon_id", None, 1, 2**31 - 1),
                count=body.integer("count", None, 1, faults.MAX_COUNT),
                effect=body.boolean("effect", True) if body.has("effect") else None,
                seconds=body.number("seconds", 30.0, 0.0, faults.MAX_SECONDS),
                megabytes=body.integer("megabytes", 64, 1, faults.MAX_MEGABYTES) or 64,
            )
        except FaultError as error:
            raise invalid(str(error)) from None
        return _json({"fault": fault.wire(), "faults": self._market.faults.wire()})

    async def _clear_faults(self) -> Response:
        return _json({"cleared": self._market.faults.clear()})

    async def _clear_fault(self, fault_id: str) -> Response:
        return _json({"cleared": self._market.faults.clear(as_id(fault_id) or 0)})

    async def _switches(self) -> Response:
        return _json({"switches": control_views.switches(self._market)})

    async def _turn(self) -> Response:
        (await self._input()).turn(self._market.switches)
        return _json({"switches": control_views.switches(self._market)})

    async def _shift(self) -> Response:
        body = await self._input()
        if body.boolean("reset", False):
            self._market.reset_shift()
        self._market.shift(body.number("shift_s", 0.0, -MAX_CLOCK_SHIFT_S, MAX_CLOCK_SHIFT_S))
        return _json({"clock": control_views.clock(self._market)})

    async def _reset(self) -> Response:
        self._market.reset()
        return _json(control_views.overview(self._market, 0))


def _cursor() -> int:
    return as_id(request.args.get("after", "")) or 0


def _language() -> str:
    return request.args.get("lang") or language_of(request.headers.get("Accept-Language", ""))


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _json(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    response = Response(text, status=status, content_type="application/json; charset=utf-8")
    response.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
    return response
