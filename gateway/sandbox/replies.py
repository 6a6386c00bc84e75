"""Answers of the partner API before they are sent, and how a fault bends them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gateway.sandbox.brand import Brand
from gateway.sandbox.faults import Fault

Delivery = Literal["whole", "drop", "short", "huge"]
NO_META = object()
_PAGE = (
    "<!DOCTYPE html><html><head><meta charset=utf-8><title>{0}</title></head>"
    "<body><h1>{0}</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `envelope` is the JSON document when there is one, else `raw` is the body."""

    status: int
    envelope: Any = None
    raw: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = "whole"
    wait_s: float = 0.0
    megabytes: int = 0

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.status < 400

    def body(self) -> bytes:
        """Return the bytes of the body."""
        return self.raw if self.envelope is None else json.dumps(self.envelope, ensure_ascii=False).encode()

    def all_headers(self) -> dict[str, str]:
        """Return the headers with the content type of the body, when it has one."""
        if self.envelope is not None:
            return {"Content-Type": "application/json; charset=utf-8", **self.headers}
        return dict(self.headers)


def success(data: Any, status: int = 200) -> Reply:
    """Return the documented envelope; `meta` is `{}` beside an object, else `[]`, as in the samples."""
    meta: Any = {} if isinstance(data, dict) else []
    return Reply(status, {"success": True, "data": data, "meta": meta})


def refusal(status: int, message: str | None, errors: list[dict[str, str]] | None = None) -> Reply:
    """Return the documented error envelope; without a message `meta` is empty."""
    meta: dict[str, Any] = {} if message is None else {"message": message}
    if errors is not None:
        meta["errors"] = errors
    return Reply(status, {"success": False, "data": None, "meta": meta})


def html(status: int, title: str, headers: dict[str, str] | None = None) -> Reply:
    """Return a small HTML page, as a proxy or a website would."""
    page = _PAGE.format(title).encode()
    return Reply(status, raw=page, headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})})


def with_meta(reply: Reply, meta: Any) -> Reply:
    """Return the answer with an empty `meta` of the given form, or none; a message in it is kept."""
    envelope = reply.envelope
    if not isinstance(envelope, dict) or (isinstance(envelope.get("meta"), dict) and envelope["meta"]):
        return reply
    bare = {key: value for key, value in envelope.items() if key != "meta"}
    return replace(reply, envelope=bare if meta is NO_META else {**bare, "meta": meta})


def with_string_ids(reply: Reply) -> Reply:
    """Return the answer with every id in it as a string."""
    return replace(reply, envelope=_strings(reply.envelope))


def _strings(value: Any) -> Any:
    if isinstance(value, list):
        return [_strings(each) for each in value]
    if isinstance(value, dict):
        return {key: _string_id(key, each) for key, each in value.items()}
    return value


def _string_id(key: str, value: Any) -> Any:
    is_id = key == "id" or key.endswith("_id")
    return str(value) if is_id and isinstance(value, int) else _strings(value)


def refused_by(fault: Fault, brand: Brand) -> Reply | None:
    """Return the answer of a fault that speaks for itself, or None when it bends the true answer."""
    errors = [{"field": "salon_id", "message": brand.failed}]
    plain: dict[str, Reply] = {
        "401": refusal(401, brand.unauthorised),
        "403_foreign": refusal(403, brand.forbidden),
        "403_installed": refusal(403, brand.already_installed),
        "400_aggregator": refusal(400, brand.aggregator),
        "404": refusal(404, brand.failed),
        "422": refusal(422, brand.failed, errors),
        "429": refusal(429, brand.too_many),
        "429_retry_after": replace(
            refusal(429, brand.too_many), headers={"Retry-After": str(max(1, round(fault.seconds)))}
        ),
        "500": refusal(500, brand.failed),
        "502": html(502, "502 Bad Gateway"),
        "503": html(503, "503 Service Temporarily Unavailable"),
        "hang": Reply(0, delivery="drop", wait_s=fault.seconds),
        "reset_before": Reply(0, delivery="drop"),
        "reset_after": Reply(0, delivery="drop"),
        "200_html": html(200, brand.title),
        "200_json": success({}),
        "201_empty": Reply(201),
        "204": Reply(204),
        "301_bare": html(301, "301 Moved Permanently"),
        "huge_body": Reply(200, delivery="huge", megabytes=fault.megabytes),
    }
    return plain.get(fault.kind.name)


def bend(fault: Fault, reply: Reply, brand: Brand, location: str) -> Reply:
    """Return what the caller gets when `reply` would have been the true answer and `fault` is on."""
    spoken = refused_by(fault, brand)
    if spoken is not None:
        return spoken
    name = fault.kind.name
    if name in ("301_location", "302"):
        return html(301 if name == "301_location" else 302, "Moved", {"Location": location})
    if name == "stall":
        return replace(reply, wait_s=fault.seconds)
    if name == "short_body":
        return replace(_with_body(reply), delivery="short")
    if name == "cut_json":
        return _cut(_with_body(reply))
    if name == "string_ids":
        return with_string_ids(reply)
    return with_meta(reply, {"meta_object": {}, "meta_list": [], "meta_absent": NO_META}[name])


def _with_body(reply: Reply) -> Reply:
    """Return an answer that has a JSON body to be broken."""
    return reply if reply.body() else replace(success({"id": 1}), status=max(reply.status, 200))


def _cut(reply: Reply) -> Reply:
    whole = reply.body()
    headers = {"Content-Type": "application/json; charset=utf-8", **reply.headers}
    return replace(reply, envelope=None, raw=whole[: max(1, len(whole) * 2 // 3)], headers=headers)
