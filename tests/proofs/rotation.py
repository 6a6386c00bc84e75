"""Keys are rotated by rolling restarts under 50 requests a second: nothing fails, everything is sealed anew.

Two real gateways on one Postgres. In front of them stands what a balancer would do: it sends requests to whoever is
up, takes a process out before it is stopped and lets what it has in hand end. The three rounds of the rotation are
those of docs/operations.md: first everybody learns the new keys, then everybody uses them, then the old ones go.
YCLIENTS accepts both partner tokens from the first round to the last, and signs with the new one from the middle of
the second.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.application.keys import JwtKeyIds
from gateway.application.links import LinkTokens, OtherSecrets
from gateway.bootstrap_admin import build_tokens
from gateway.clock import SystemClock
from gateway.config import decode_data_key
from gateway.domain.errors import GatewayError
from gateway.sandbox.catalogue import Salon
from gateway.storage.database import Storage
from gateway.storage.reseal_store import key_facts
from gateway.storage.secret_box import SecretBox
from shared.vocabulary import StaffRole
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import PARTNER_TOKEN
from tests.support.processes import DATA_KEY, JWT_SECRET, ServingGateway, Town, end, free_port, running_town
from tests.support.staff import new_key
from tests.support.waiting import until

PER_SECOND = 50.0
AT_ONCE = 16
FIRST_SALON = 200001
RESEAL_WITHIN_S = 60.0
ROUNDS = ("learn", "use", "forget")
HARMLESS = ("not_pairing",)
"""Refusals that are no failure: a phone that was quicker than the page."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One set of secrets."""

    jwt: str
    data: str
    partner: str


@dataclass(slots=True)
class Traffic:
    """What a balancer sends where, and what came of it."""

    town: Town
    gateways: list[ServingGateway]
    staff: str
    partner: str
    sent: int = 0
    accepted: int = 0
    links: dict[int, str] = field(default_factory=dict)
    installed: list[int] = field(default_factory=list)
    up: list[ServingGateway] = field(default_factory=list)
    in_hand: dict[int, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    key: str = field(default_factory=new_key)
    first_answer: Any = None
    turn: int = 0
    per_second: float = 0.0

    async def send(self, method: str, path: str, **what: Any) -> httpx.Response | None:
        """Send one request to whoever is up and note when it fails."""
        gateway = self.up[self.turn % len(self.up)]
        self.turn += 1
        self.sent += 1
        port = int(gateway.url.rpartition(":")[2])
        self.in_hand[port] = self.in_hand.get(port, 0) + 1
        try:
            answer = await self.town.gateway.http.request(method, f"{gateway.url}{path}", **what)
        except httpx.TransportError as error:
            self.failed.append(f"{method} {path.partition('?')[0]}: {type(error).__name__}")
            return None
        finally:
            self.in_hand[port] -= 1
        if answer.status_code >= 400 and _code_of(answer) not in HARMLESS:
            self.failed.append(f"{method} {path.partition('?')[0]}: {answer.status_code} {_code_of(answer)}")
            return None
        return answer

    async def webhook(self, number: int) -> None:
        """YCLIENTS tells of a booking, with the token it has now."""
        body = {
            "company_id": FIRST_SALON + number % 7, "resource": "record", "resource_id": 1000 + number,
            "status": "create", "data": {"id": 1000 + number}, "partner_token": self.partner,
        }  # fmt: skip
        if await self.send("POST", "/webhook/yclients", json=body) is not None:
            self.accepted += 1

    async def page(self, number: int) -> None:
        """An open page looks, with a link that may be of the former secret."""
        if self.links:
            salon_id, token = sorted(self.links.items())[number % len(self.links)]
            headers = {"Authorization": f"Bearer {token}"}
            await self.send("GET", f"/marketplace/api/state?salon_id={salon_id}", headers=headers)

    async def admin(self, number: int) -> None:
        """A console reads, and now and then a command is sent once more under its first key."""
        headers = {"Authorization": f"Bearer {self.staff}"}
        if number % 5 or not self.links:
            await self.send("GET", "/admin/api/v1/installs/counts", headers=headers)
            return
        path = f"/admin/api/v1/installs/{FIRST_SALON}/reconcile"
        given = {"reason": "the same again"}
        answer = await self.send("POST", path, json=given, headers=headers | {"Idempotency-Key": self.key})
        if answer is not None and self.first_answer is None:
            self.first_answer = answer.json()
        elif answer is not None and answer.json() != self.first_answer:
            self.failed.append("a repeated command was answered otherwise")

    async def install(self, salon_id: int) -> None:
        """An owner connects a salon and waits until it is active."""
        market = self.town.sandbox.market
        market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
        connected = market.connect([salon_id])
        parts = urlsplit(connected.redirect_url)
        answer = await self.send("GET", f"{parts.path}?{parts.query}")
        if answer is None:
            return
        token = parse_qs(urlsplit(answer.headers["location"]).query)["token"][0]
        headers = {"Authorization": f"Bearer {token}"}

        async def is_active() -> bool:
            state = await self.send("GET", "/marketplace/api/state", headers=headers)
            if state is None or state.json()["stage"] == "active":
                return state is not None
            if state.json()["stage"] in ("new", "linking"):
                await self.send("POST", "/marketplace/api/qr", json={}, headers=headers)
            return False

        await until(is_active, timeout_s=60, every_s=0.5, what=f"{salon_id} active")
        self.links[salon_id] = token
        self.installed.append(salon_id)

    def forget_links_of_before(self, jwt_secret: str) -> None:
        """Close the pages whose link is of a former secret."""
        tokens = LinkTokens(jwt_secret, SystemClock())
        for salon_id, token in tuple(self.links.items()):
            try:
                tokens.verify(token)
            except GatewayError:
                del self.links[salon_id]

    async def run(self, ended: asyncio.Event) -> None:
        """Send at the pace until told to end."""
        loop, number = asyncio.get_running_loop(), 0
        began = started = loop.time()
        async with asyncio.TaskGroup() as requests:
            while not ended.is_set():
                while number < (loop.time() - started) * PER_SECOND:
                    if (
                        sum(self.in_hand.values()) >= AT_ONCE
                    ):  # the machine cannot keep the pace: go on from here
                        started = loop.time() - number / PER_SECOND
                        break
                    kind = (self.webhook, self.page, self.webhook, self.admin, self.page)[number % 5]
                    requests.create_task(kind(number))
                    number += 1
                await asyncio.sleep(0.01)
        self.per_second = number / (loop.time() - began)

    async def restart(self, gateway: ServingGateway, settings: dict[str, str]) -> None:
        """Take one process out, let it finish, start it with other settings and let it in again."""
        port = int(gateway.url.rpartition(":")[2])
        self.up.remove(gateway)

        async def is_idle() -> bool:
            return not self.in_hand.get(port)

        await until(is_idle, timeout_s=60, what="requests in hand answered")
        await gateway.stop()
        gateway.program.settings = dict(gateway.program.settings) | settings
        await gateway.start()
        self.up.append(gateway)


def _code_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:80]


def settings_of_round(name: str, old: Keys, new: Keys) -> dict[str, str]:
    """Return what is set in a round: first the new keys are learnt, then used, then the old ones forgotten."""
    present, other, kind = (old, new, "NEXT") if name == "learn" else (new, old, "PREVIOUS")
    settings = {"JWT_SECRET": present.jwt, "DATA_KEY": present.data, "PARTNER_TOKEN": present.partner}
    both = {"JWT_SECRET": other.jwt, "DATA_KEY": other.data, "PARTNER_TOKEN": other.partner}
    unset = {f"{key}_{each}": "" for key in both for each in ("NEXT", "PREVIOUS")}
    beside = {} if name == "forget" else {f"{key}_{kind}": value for key, value in both.items()}
    return settings | unset | beside


def fresh_keys(number: int) -> Keys:
    """Return secrets nobody had before."""
    data = base64.b64encode(bytes((number + each) % 256 for each in range(1, 33))).decode()
    return Keys(
        f"jwt-secret-of-rotation-{number:04}-0123456789", data, f"partner-token-of-rotation-{number:04}"
    )


async def work(proving: Proving) -> None:
    """Rotate all three keys `runs` times."""
    proving.expect(proving.runs * len(ROUNDS) * 2)
    url = await proving.databases.fresh()
    async with _two_gateways(proving, url) as traffic:
        ended = asyncio.Event()
        running = asyncio.create_task(traffic.run(ended), name="traffic")
        try:
            keys = Keys(JWT_SECRET, DATA_KEY, PARTNER_TOKEN)
            for number in range(1, proving.runs + 1):
                keys = await _rotate(proving, traffic, url, keys, fresh_keys(number), number)
                proving.ran("K1")
        finally:
            ended.set()
            await running
        await _settle(proving, traffic, url)
    await proving.databases.drop(url)


@contextlib.asynccontextmanager
async def _two_gateways(proving: Proving, url: str) -> AsyncIterator[Traffic]:
    more = {"DATABASE_URL": url, "AUTO_SCAN_AFTER_S": "0.1", "LOG_LEVEL": "warning"}
    unlimited = {"enforce_limits": False}
    async with running_town(proving.folder, sandbox_config=unlimited, **more) as town:
        other = town.another(free_port())
        # Both stand behind one address: what they tell YCLIENTS and owners is the first one's.
        try:
            await town.gateway.start()
            await other.start()
            storage = Storage(url, pool_size=2, now=SystemClock().now)
            staff = await build_tokens(storage, JWT_SECRET, SystemClock()).add("Prover", StaffRole.ADMIN)
            await storage.close()
            gateways = [town.gateway, other]
            traffic = Traffic(town, gateways, staff.token, PARTNER_TOKEN, up=list(gateways))
            await traffic.install(FIRST_SALON)
            yield traffic
        finally:
            end(other.program)


async def _rotate(proving: Proving, traffic: Traffic, url: str, old: Keys, new: Keys, number: int) -> Keys:
    market = traffic.town.sandbox.market
    both = (old.partner, new.partner)
    market.config = dataclasses.replace(market.config, partner_tokens_also=both)
    for name in ROUNDS:
        if name == "forget":
            await _until_old_keys_can_go(proving, url, old, new)
            market.config = dataclasses.replace(market.config, partner_tokens_also=())
            traffic.forget_links_of_before(new.jwt)  # the hour they live for is over
        for place, gateway in enumerate(traffic.gateways):
            salon_id = FIRST_SALON + number * 10 + ROUNDS.index(name) * 2 + place
            installing = asyncio.create_task(traffic.install(salon_id), name="installing")
            await traffic.restart(gateway, settings_of_round(name, old, new))
            await installing
            if name == "use" and place == 0:  # from now on YCLIENTS signs with the new token
                market.config = dataclasses.replace(market.config, partner_token=new.partner)
                traffic.partner = new.partner
            proving.step(f"{name} {place + 1}")
    return new


async def _until_old_keys_can_go(proving: Proving, url: str, old: Keys, new: Keys) -> None:
    """Wait until the doctor's facts say so."""
    new_key_bytes, old_key_bytes = decode_data_key(new.data), decode_data_key(old.data)
    assert new_key_bytes is not None
    box = SecretBox(new_key_bytes, previous=old_key_bytes)
    names = JwtKeyIds.of(new.jwt, OtherSecrets(previous=old.jwt))
    storage = Storage(url, pool_size=1, now=SystemClock().now)
    loop, started = asyncio.get_running_loop(), asyncio.get_running_loop().time()

    async def can_go() -> bool:
        facts = await key_facts(storage, box, names)
        waiting = (facts.sealed_previous, facts.sealing_with_previous, facts.staff_by_previous)
        return not any((*waiting, facts.signing_with_previous))

    try:
        await until(can_go, timeout_s=RESEAL_WITHIN_S, every_s=0.2, what="the old keys can go")
        facts = await key_facts(storage, SecretBox(new_key_bytes), names)
        proving.holds(
            "K1", facts.sealed_unknown == 0, f"{facts.sealed_unknown} values are not under the new key"
        )
    except AssertionError as error:
        proving.broke("K1", str(error))
    finally:
        await storage.close()
    proving.figure("K1", "sealed anew within", f"{loop.time() - started:.0f} s")


async def _settle(proving: Proving, traffic: Traffic, url: str) -> None:
    """Every accepted webhook is there and done, every install active with one key, and no request failed."""
    for failure, count in Counter(traffic.failed).most_common():
        proving.broke("K1", f"{count} × {failure}")
    storage = Storage(url, pool_size=2, now=SystemClock().now)
    try:

        async def are_done() -> bool:
            rows = await storage.read(
                lambda tx: tx.sql("SELECT 1 FROM webhook_inbox WHERE state = 'pending' LIMIT 1")
            )
            return not rows

        await until(are_done, timeout_s=60, what="every webhook done")
        (row,) = await storage.read(
            lambda tx: tx.sql("SELECT count(*) AS kept FROM webhook_inbox WHERE kind = 'entity'")
        )
        if row["kept"] < traffic.accepted:
            proving.lost("K1", f"{traffic.accepted - row['kept']} accepted webhooks are not in the database")
        for salon_id in traffic.installed:
            report = traffic.town.sandbox.market.report()["salons"][str(salon_id)]
            for each in report["by_install"]:
                if (each["activations"], each["api_keys"]) != (1, 1):
                    proving.doubled("K1", f"{salon_id}: {each}")
    finally:
        await storage.close()
    proving.figure("K1", "requests", f"{traffic.sent:,} at {traffic.per_second:.0f}/s")
    proving.figure("K1", "installs gone active", str(len(traffic.installed)))


PROOF = Proof("rotation", ("K1",), work, runs=5, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))
