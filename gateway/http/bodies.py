"""Reading a request's body within a cap and a time, as strict JSON."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from quart import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import parse_json_object, plain


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be and how long all of it may take to arrive."""

    cap_bytes: int
    timeout_s: float


COMMAND_BODY = BodyLimits(8 * 1024, 10.0)
WEBHOOK_BODY = BodyLimits(256 * 1024, 5.0)
HINT_BODY = BodyLimits(1024 * 1024, 5.0)
COMMANDS, HINTS = "COMMAND_BODY", "HINT_BODY"
"""Where the application's configuration holds the limits of commands and of session servers' webhooks."""

Command = TypeVar("Command", bound=BaseModel)


async def read_raw(kind: str) -> bytes:
    """Return the raw JSON body, of `COMMANDS` or `HINTS`.

    Raises GatewayError: unsupported_media_type, body_too_large, body_timeout.
    """
    limits: BodyLimits = current_app.config[kind]
    if not is_json(request.mimetype):
        raise GatewayError("unsupported_media_type")
    if request.content_length is not None and request.content_length > limits.cap_bytes:
        raise GatewayError("body_too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout_s):
            async for chunk in request.body:
                body += chunk
                if len(body) > limits.cap_bytes:
                    raise GatewayError("body_too_large")
    except RequestEntityTooLarge:
        raise GatewayError("body_too_large") from None
    except (TimeoutError, RequestTimeout):
        raise GatewayError("body_timeout") from None
    return bytes(body)


async def read_command(model: type[Command]) -> Command:
    """Return the body as a command record. Raises the codes of `read_raw`, JSON codes, field_missing, field_invalid."""
    raw = await read_raw(COMMANDS)
    fields = plain(parse_json_object(raw)) if raw.strip() else {}
    try:
        return model.model_validate(fields, strict=True)
    except ValidationError as error:
        kinds = {item["type"] for item in error.errors(include_url=False, include_input=False)}
        raise GatewayError("field_missing" if kinds == {"missing"} else "field_invalid") from None


def is_json(kind: str) -> bool:
    """Whether a media type, in lower case, is JSON's; a request that names none is taken at its word."""
    return (
        not kind or kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    )
