"""Reading a request's body within a cap and a time, as strict JSON."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from quart import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import parse_json_object, plain

COMMAND_CAP_BYTES = 8 * 1024
WEBHOOK_CAP_BYTES = 256 * 1024
COMMAND_TIMEOUT_S = 10.0
WEBHOOK_TIMEOUT_S = 5.0

Command = TypeVar("Command", bound=BaseModel)


async def read_raw(cap_bytes: int, timeout_s: float) -> bytes:
    """Return the raw JSON body. Raises GatewayError: unsupported_media_type, body_too_large, body_timeout."""
    kind = request.mimetype
    if kind and kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise GatewayError("unsupported_media_type")
    if request.content_length is not None and request.content_length > cap_bytes:
        raise GatewayError("body_too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.body:
                body += chunk
                if len(body) > cap_bytes:
                    raise GatewayError("body_too_large")
    except RequestEntityTooLarge:
        raise GatewayError("body_too_large") from None
    except (TimeoutError, RequestTimeout):
        raise GatewayError("body_timeout") from None
    return bytes(body)


async def read_command(model: type[Command]) -> Command:
    """Return the body as a command record. Raises the codes of `read_raw`, JSON codes, field_missing, field_invalid."""
    raw = await read_raw(COMMAND_CAP_BYTES, COMMAND_TIMEOUT_S)
    fields = plain(parse_json_object(raw)) if raw.strip() else {}
    try:
        return model.model_validate(fields, strict=True)
    except ValidationError as error:
        kinds = {item["type"] for item in error.errors(include_url=False, include_input=False)}
        raise GatewayError("field_missing" if kinds == {"missing"} else "field_invalid") from None
