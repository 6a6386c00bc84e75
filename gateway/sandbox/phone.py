"""The phone panel: passes a person's click on to the gateway's simulated phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

ACTIONS = ("scan", "enter-code", "drop", "replace", "unlink", "ban", "outdated", "crash", "mute", "passkey")
TIMEOUT_S = 15.0
_TEXT_KEPT = 2000


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """What the gateway said: its status (None when it could not be reached) and its body."""

    status: int | None
    body: Any


class PhonePanel:
    """Calls `POST {gateway}/simulator/{salon_id}/{action}`."""

    def __init__(self, gateway_url: str) -> None:
        self._gateway_url = gateway_url
        self._client: httpx.AsyncClient | None = None

    async def play(
        self, salon_id: int, action: str, body: dict[str, Any], language: str = "ru"
    ) -> PhoneAnswer:
        """Let the phone of this salon do `action`; a gateway out of reach is an answer too.

        `language` is the one its sentences should be in.
        """
        url = f"{self._gateway_url}/simulator/{salon_id}/{action}"
        try:
            response = await self._http().post(url, json=body, headers={"Accept-Language": language})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return PhoneAnswer(None, type(error).__name__)
        return PhoneAnswer(response.status_code, _body_of(response))

    async def aclose(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        return self._client


def _body_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text[:_TEXT_KEPT]
