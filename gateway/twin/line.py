"""The twin's line to a gateway: one operation, one request over HTTP. The only place that speaks it here."""

from __future__ import annotations

import ipaddress
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from gateway.twin.arguments import PATH_NAME
from shared.admin_wire import AdminInput
from shared.protocol import HTTP_ROOT, Operation

CONNECT_TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024


class UnreachableError(Exception):
    """No gateway answered; `is_sent` says whether the request may have reached one all the same."""

    def __init__(self, why: str, *, is_sent: bool) -> None:
        super().__init__(why)
        self.is_sent = is_sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: an output, or a refusal with its problem."""

    is_ok: bool
    data: Mapping[str, Any]
    request_id: str


def is_safe(url: str) -> bool:
    """Whether a token may be sent there: by https, or by http to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username or parts.query or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Line:
    """Asks one gateway with one token. No redirect is followed and no proxy used: the token goes there alone."""

    def __init__(self, url: str, token: str, timeout_s: float) -> None:
        context: ssl.SSLContext | bool = ssl.create_default_context() if url.startswith("https") else False
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, trust_env=False,
            follow_redirects=False, timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S), verify=context,
        )  # fmt: skip

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, operation: Operation[Any, Any], given: AdminInput, key: str | None, name: str) -> Answer:
        """Ask for an operation; `key` makes a command's repeats harmless, `name` is the request's. UnreachableError."""
        fields = given.model_dump(mode="json", exclude_unset=True)
        path = HTTP_ROOT + PATH_NAME.sub(
            lambda found: quote(str(fields.pop(found[1])), safe=""), operation.path
        )
        headers = {"X-Request-Id": name} | ({"Idempotency-Key": key} if key else {})
        query, body = (_query(fields), None) if operation.method == "GET" else (None, fields)
        request = self._http.build_request(operation.method, path, params=query, json=body, headers=headers)
        try:
            with_body = self._http.send(request, stream=True)
            try:
                return _answer(with_body, _read(with_body), name)
            finally:
                with_body.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise UnreachableError(str(error) or type(error).__name__, is_sent=False) from None
        except httpx.HTTPError as error:
            raise UnreachableError(str(error) or type(error).__name__, is_sent=True) from None


def _query(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as a query's parameters: lists by repetition, nothing for what is null."""
    spelled = {True: "true", False: "false"}
    return {
        name: spelled[value] if isinstance(value, bool) else value
        for name, value in fields.items()
        if value is not None
    }


def _read(response: httpx.Response) -> bytes:
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if len(read) > MAX_ANSWER_BYTES:
            raise UnreachableError(f"an answer of more than {MAX_ANSWER_BYTES} bytes", is_sent=True)
    return bytes(read)


def _answer(response: httpx.Response, body: bytes, name: str) -> Answer:
    """Return an answer of the gateway's own; what anybody else said in its place is no answer."""
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    is_refusal = isinstance(data, dict) and isinstance(data.get("error"), dict) and "code" in data["error"]
    if not isinstance(data, dict) or (response.status_code != 200 and not is_refusal):
        raise UnreachableError(f"HTTP {response.status_code} without the gateway's words", is_sent=True)
    return Answer(response.status_code == 200, data, response.headers.get("x-request-id", name))
