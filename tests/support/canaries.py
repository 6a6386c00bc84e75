"""What must be found nowhere, planted along a whole install."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlsplit

import httpx

from tests.support.door import webhook_key
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON, Harness
from tests.support.waiting import until


class Canaries:
    """What must be found nowhere, with the name of each."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {"partner token": PARTNER_TOKEN}

    def keep(self, name: str, value: str) -> str:
        """Add one and return it."""
        assert len(value) >= 6
        self.known[name] = value
        return value

    def found_in(self, said: str) -> list[str]:
        """Return the names of those that stand in a text, plainly or percent-encoded."""
        return [name for name, value in self.known.items() if value in said or quote(value, safe="") in said]


async def whole_story(harness: Harness, canaries: Canaries) -> None:
    """Walk an install through everything that handles a secret, with as many things going wrong as there are."""
    market, salon = harness.sandbox.market, harness.sandbox.market.salon(SALON)
    for name, value in (("owner's phone", salon.owner_phone), ("owner's e-mail", salon.owner_email)):
        canaries.keep(name, value)
    redirect = market.connect([SALON]).redirect_url
    canaries.keep("signed user data", dict(_query(redirect))["user_data"])
    market.faults.put("500", operation="company", count=1)
    await harness.http.get(redirect)
    named = "&user_name=Canary-Name-Ann&user_phone=79995550011&user_email=canary%40mail.example"
    for name, value in (
        ("name", "Canary-Name-Ann"),
        ("phone in the query", "79995550011"),
        ("e-mail", "canary@mail.example"),
    ):
        canaries.keep(name, value)
    answer = await harness.http.get(redirect + named)
    assert answer.status_code == 302, answer.text
    token = canaries.keep("link", answer.headers["location"].partition("token=")[2])
    for part, value in zip(("claims", "signature"), token.split(".")[1:], strict=True):
        canaries.keep(f"link's {part}", value)
    await harness.http.get(f"/marketplace/onboarding?token={token}")
    await harness.http.get(f"/marketplace//onboarding?token={token}")
    await harness.http.get("/marketplace/api/state", headers={"Authorization": f"Bearer {token}x"})
    await by_socket(harness, token, canaries)
    await by_code(harness, token, canaries)
    market.faults.put("500", operation="callback_redirect", count=1)
    market.faults.put("422", operation="status", count=1)
    await harness.phone("enter-code", code="WRON-G123")
    await harness.phone("enter-code", code=canaries.known["pairing code"])
    await until(lambda: hurried(harness), what="active after two faults", every_s=0.2)
    await harness.reaches(token, "active")
    canaries.keep("api key", market.api_keys(SALON)[0])
    await webhooks(harness, canaries.keep("webhook key", webhook_key(harness)))
    await harness.phone("receive", text=canaries.keep("what somebody wrote", "canary-wrote-to-the-salon"))
    await harness.api("POST", "relink", token)
    canaries.keep("next QR", (await harness.show_qr(token))["qr"])
    market.disconnect(SALON)
    await harness.reaches(token, "gone")


async def hurried(harness: Harness) -> bool:
    """Make a call that waits for its next attempt due now; True when the install is active."""
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET next_attempt_at = now()")
    )
    return bool((await harness.install_row())["partner_state"] == "active")


async def by_socket(harness: Harness, token: str, canaries: Canaries) -> None:
    """Join as a page without WebSockets does, and ask for a QR."""
    opened = await harness.http.get("/socket.io/?EIO=4&transport=polling")
    line = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}"
    for packet in (
        "40/marketplace,{}",
        "4nonsense",
        f"42/{canaries.keep('a namespace', 'canary-name-of-a-place')},[1]",
        '40/marketplace,{"token": "' + token + '"}',
    ):
        await harness.http.post(line, content=packet.encode())
    line = f"/socket.io/?EIO=4&transport=polling&sid={json.loads((await _opened(harness)).text[1:])['sid']}"
    await harness.http.post(line, content=f'40/marketplace,{{"token": "{token}"}}'.encode())
    await harness.http.post(line, content=b'42/marketplace,1["request-qr", {}]')
    heard = ""

    async def shown() -> str | None:
        nonlocal heard
        heard += (await harness.http.get(line)).text
        found = re.search(r'\["qr-update",\{"qr":"([^"]+)"', heard)
        return found[1] if found else None

    qr = await until(shown, what="a QR by the socket")
    assert qr is not None
    canaries.keep("QR", qr)
    await harness.http.post(
        line, content=b'42/marketplace,2["request-pairing-code", {"phoneNumber": "+7 (999) 777-66-5"}]'
    )
    await harness.http.post(line, content=b"1")


async def by_code(harness: Harness, token: str, canaries: Canaries) -> None:
    """Ask for a pairing code, once with a wrong number."""
    canaries.keep("number typed in", "9991237788")
    await harness.api("POST", "pairing-code", token, phone="99912377880000")
    shown = (await harness.api("POST", "pairing-code", token, phone="+79991237788")).json()
    canaries.keep("pairing code", shown["code"])


async def webhooks(harness: Harness, key: str) -> None:
    """Deliver a few that are right and many that are not."""
    body = {"event": "visit", "salon_id": SALON, "partner_token": PARTNER_TOKEN}
    assert (await harness.webhook(body)).status_code == 200
    assert (await harness.webhook(body, key=key)).status_code == 200
    for wrong in (body | {"partner_token": PARTNER_TOKEN + "x"}, body | {"salon_id": OTHER_SALON}):
        assert (await harness.webhook(wrong, key=key)).status_code == 401
    assert (await harness.webhook(json.dumps(body).encode()[:-1], key=key)).status_code == 400
    assert (await harness.webhook(b"{}", key=key + "x")).status_code == 401
    assert (await harness.webhook(body, key=key, headers={"Content-Type": "text/plain"})).status_code == 415
    await harness.http.get(f"/webhook/yclients/{key}")
    await harness.http.post(f"/webhook//yclients/{key}", json=body)
    await harness.webhooks_processed()


def _query(address: str) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, _, value in (pair.partition("=") for pair in urlsplit(address).query.split("&"))
    ]


async def _opened(harness: Harness) -> httpx.Response:
    return await harness.http.get("/socket.io/?EIO=4&transport=polling")
