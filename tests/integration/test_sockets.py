"""Namespace `/marketplace` as the official client sees it, and as nobody's client would use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from gateway.application.links import LEEWAY_S, LIFETIME_S, LinkTokens
from gateway.live.server import MAX_MESSAGE_BYTES
from tests.support.door import Refusals, connection, refusals, sentence, shared, upgrade
from tests.support.harness import BRANCHES, OTHER_SALON, SALON, Harness
from tests.support.moments import StillClock
from tests.support.node_clients import NAMESPACE, node_clients
from tests.support.waiting import until

__all__ = ["refusals", "shared"]

on_shared = pytest.mark.asyncio(loop_scope="module")
PHONE = "+79991234567"
CLOSING = 8
NOT_PHONES: list[Any] = ["", "abc", "+7999", None, 5, {}, [PHONE], "7" * 60_000]
SNAPSHOT = {
    "version",
    "server_time",
    "salon",
    "branches",
    "session_id",
    "generation",
    "stage",
    "stage_since",
    "partner",
    "whatsapp",
    "qr",
    "pairing_code",
    "support_code",
    "links",
    "link_expires_at",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def link(shared: Harness) -> str:
    """One good link of the shared gateway."""
    return await shared.link(SALON)


# ------------------------------------------------------------------------------------- the main job by socket


@pytest.mark.node
@pytest.mark.parametrize(
    "transports", [["websocket", "polling"], ["polling"]], ids=["websocket", "polling only"]
)
async def test_a_page_follows_its_install_from_the_first_snapshot_to_active(
    harness: Harness, transports: list[str]
) -> None:
    async with node_clients(harness.url) as clients:
        clients.open("page", await harness.link(), transports=transports)
        joined = await clients.told("page", "connect")
        assert joined["transport"] == transports[0]
        first = await clients.event("page", "state")
        assert clients.names("page")[:2] == ["connect", "state"]
        assert set(first) == SNAPSHOT
        assert (first["stage"], first["salon"]["id"], first["qr"]) == ("new", SALON, None)

        answer = await clients.ask("page", "request-qr", {})
        assert set(answer) == {"ok", "state"}
        assert answer["ok"] is True
        assert set(answer["state"]) == SNAPSHOT
        shown = await clients.event("page", "qr-update")
        assert set(shown) == {"qr", "expiresIn"}
        assert 50 <= shown["expiresIn"] <= 60

        await harness.phone("scan")
        linked = await clients.event("page", "whatsapp-connected")
        assert linked == {
            "success": True,
            "phone": linked["phone"],
            "companyId": SALON,
            "sessionId": f"company_{SALON}",
            "message": "WhatsApp подключён.",
        }
        assert re.fullmatch(r"\+7 \*\*\* \*\*\*-\d\d-\d\d", linked["phone"])
        done = await clients.reaches("page", "active")
        assert done["qr"] is None
        versions = [each["version"] for each in clients.events("page", "state")]
        assert versions == sorted(versions)
        assert len(clients.events("page", "qr-update")) == 1
        assert len(clients.events("page", "whatsapp-connected")) == 1
        assert clients.events("page", "error") == []


@pytest.mark.node
async def test_a_pairing_code_is_acknowledged_and_told_under_its_old_name(harness: Harness) -> None:
    async with node_clients(harness.url) as clients:
        await clients.joined("page", await harness.link())
        answer = await clients.ask("page", "request-pairing-code", {"phoneNumber": PHONE})
        assert answer["ok"] is True
        code = await clients.event("page", "pairing-code")
        assert set(code) == {"code", "phoneNumber", "expiresIn"}
        assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code["code"])
        assert code["phoneNumber"] == "+7 *** ***-45-67"
        assert 0 < code["expiresIn"] <= 180
        assert answer["state"]["pairing_code"]["code"] == code["code"]
        again = await clients.ask("page", "request-pairing-code", {"phoneNumber": PHONE})
        assert again["state"]["pairing_code"]["code"] == code["code"]
        await harness.phone("enter-code", code=code["code"])
        await clients.reaches("page", "active")
        assert len(clients.events("page", "pairing-code")) == 1
        assert clients.events("page", "pairing-code-error") == []


@pytest.mark.node
async def test_every_command_that_is_refused_is_acknowledged_with_the_reason(
    harness: Harness, refusals: Refusals
) -> None:
    async with node_clients(harness.url) as clients:
        await clients.joined("page", await harness.link())
        commands = ("request-qr", "check-status", "relink", "request-pairing-code")
        for command in commands:
            for salon, code in (
                (OTHER_SALON, "salon_not_in_token"),
                ("abc", "field_invalid"),
                (-1, "field_invalid"),
                (2**31, "field_invalid"),
                (True, "field_invalid"),
                ([SALON], "field_invalid"),
            ):
                refusals.clear()
                answer = await clients.ask("page", command, {"salonId": salon, "phoneNumber": PHONE})
                reference = refusals.told[0][1]
                assert refusals.told == [(code, reference)]
                problem = {"code": code, "message": sentence(code), "reference": reference}
                assert answer == {"ok": False, "error": problem}
        for phone in NOT_PHONES:
            answer = await clients.ask("page", "request-pairing-code", {"phoneNumber": phone})
            assert answer["error"]["code"] == "invalid_phone"
        told = clients.events("page", "pairing-code-error")
        assert {each["code"] for each in told} == {"salon_not_in_token", "field_invalid", "invalid_phone"}
        assert all(
            set(each) == {"message", "code"} and each["message"] == sentence(each["code"]) for each in told
        )
        assert await harness.rows("SELECT salon_id FROM whatsapp_sessions") == []


@pytest.mark.node
async def test_a_second_number_must_wait_and_both_names_of_the_refusal_say_so(harness: Harness) -> None:
    async with node_clients(harness.url) as clients:
        await clients.joined("page", await harness.link())
        await clients.ask("page", "request-pairing-code", {"phoneNumber": PHONE})
        answer = await clients.ask("page", "request-pairing-code", {"phoneNumber": "+79991234568"})
        assert answer["error"]["code"] == "rate_limited"
        assert (await clients.event("page", "pairing-code-error"))["code"] == "rate_limited"


@pytest.mark.node
async def test_what_goes_wrong_on_the_phone_is_told_under_the_old_name_once(harness: Harness) -> None:
    token = await harness.install()
    async with node_clients(harness.url) as clients:
        await clients.joined("page", token)
        await harness.phone("unlink")
        told = await clients.event("page", "error")
        assert set(told) == {"message", "code"}
        assert told["code"] == "logged_out"
        assert "Связь" in told["message"] or "отключ" in told["message"].lower()
        assert (await clients.ask("page", "check-status"))["state"]["whatsapp"]["state"] == "logged_out"
        assert len(clients.events("page", "error")) == 1
        answer = await clients.ask("page", "relink", {})
        assert answer["ok"] is True
        await clients.event("page", "qr-update")
        await harness.phone("scan")
        await clients.reaches("page", "active")


@pytest.mark.node
async def test_whoever_joins_late_or_comes_back_is_told_what_it_missed(harness: Harness) -> None:
    """Incidents I-11 to I-13: a page that connected after the QR was made never saw it."""
    token = await harness.link()
    await harness.show_qr(token)
    async with node_clients(harness.url) as clients:
        await clients.joined("late", token)
        assert (await clients.event("late", "qr-update"))["qr"] == (await harness.state(token))["qr"]["text"]
        before = len(clients.reports)
        clients.cut("late")
        await clients.told("late", "disconnect", after=before)
        await harness.phone("scan")
        await clients.told("late", "connect", after=before)
        back = await clients.event("late", "state", after=before)
        assert back["version"] >= clients.events("late", "state")[0]["version"]
        await clients.event("late", "whatsapp-connected", after=before)
        await clients.reaches("late", "active")
        clients.open("latest", token)
        assert (await clients.event("latest", "state"))["stage"] == "active"
        assert (await clients.event("latest", "whatsapp-connected"))["success"] is True


@pytest.mark.node
async def test_every_viewer_of_a_salon_hears_of_a_change_and_nobody_else(harness: Harness) -> None:
    """Incident I-44."""
    mine, theirs = await harness.link(SALON), await harness.link(OTHER_SALON)
    async with node_clients(harness.url) as clients:
        for name, token in (("one", mine), ("two", mine), ("other", theirs)):
            await clients.joined(name, token)
        await clients.ask("one", "request-qr")
        shown = [await clients.event(name, "qr-update") for name in ("one", "two")]
        assert shown[0]["qr"] == shown[1]["qr"]
        await harness.phone("scan")
        for name in ("one", "two"):
            await clients.reaches(name, "active")
        await clients.ask("other", "check-status")
        assert clients.names("other") == ["connect", "state", "ack"]
        assert {each["salon"]["id"] for each in clients.events("other", "state")} == {OTHER_SALON}
        clients.close("two")
        await until(lambda: _viewers(harness, 2), what="the second viewer left")
        before = len(clients.reports)
        await harness.phone("unlink")
        await clients.told("one", "event", event="error", after=before)
        assert [each for each in clients.reports[before:] if each["client"] != "one"] == []


@pytest.mark.node
async def test_a_link_of_several_branches_sees_each_of_them(harness: Harness) -> None:
    token = await harness.link(*BRANCHES, form="salon_ids[]")
    async with node_clients(harness.url) as clients:
        clients.open("page", token)

        async def all_told() -> bool:
            return {each["salon"]["id"] for each in clients.events("page", "state")} == set(BRANCHES)

        await until(all_told, what="one snapshot a branch")
        answer = await clients.ask("page", "request-qr", {"salonId": BRANCHES[1]})
        assert answer["state"]["salon"]["id"] == BRANCHES[1]
        assert (await clients.event("page", "qr-update"))["qr"]
        answer = await clients.ask("page", "check-status", {"salon_id": str(BRANCHES[2])})
        assert answer["state"]["salon"]["id"] == BRANCHES[2]
        sessions = await harness.rows("SELECT salon_id FROM whatsapp_sessions")
        assert [row["salon_id"] for row in sessions] == [BRANCHES[1]]


# ----------------------------------------------------------------------------------------------- refusals


def stale_tokens(harness: Harness) -> dict[str, tuple[str | None, str]]:
    """Return what is no good link, by why, with the code of each."""
    secret = _secret(harness)
    now = datetime.now(UTC)
    good = LinkTokens(secret, _clock_at(now)).issue({SALON: 1})
    head, claims, sign = good.split(".")
    return {
        "missing": (None, "token_missing"),
        "empty": ("", "token_missing"),
        "nonsense": ("nonsense", "token_invalid"),
        "of another key": (
            LinkTokens("another-" + secret, _clock_at(now)).issue({SALON: 1}),
            "token_invalid",
        ),
        "tampered": (f"{head}.{claims}.{sign[::-1]}", "token_invalid"),
        "expired": (
            LinkTokens(secret, _clock_at(now - timedelta(hours=2))).issue({SALON: 1}),
            "token_expired",
        ),
        "of a salon nobody knows": (LinkTokens(secret, _clock_at(now)).issue({5: 1}), "install_gone"),
        "of a generation gone by": (LinkTokens(secret, _clock_at(now)).issue({SALON: 77}), "install_gone"),
    }


@pytest.mark.node
@on_shared
async def test_a_connection_without_a_good_link_is_refused_with_the_reason(
    shared: Harness, link: str, refusals: Refusals
) -> None:
    tokens = stale_tokens(shared)
    async with node_clients(shared.url) as clients:
        for name, (token, code) in tokens.items():
            refusals.clear()
            clients.open(name, token)
            refused = await clients.told(name, "connect_error")
            reference = refusals.told[0][1]
            assert refusals.told == [(code, reference)], name
            assert refused["data"] == {"code": code, "message": sentence(code), "reference": reference}
            assert refused["message"] == sentence(code)
            assert refused["again"] is False, "the client would try for ever"
        assert all(clients.names(name) == ["connect_error"] for name in tokens)
    assert shared.gateway.namespace.viewers == 0


@pytest.mark.node
@on_shared
async def test_a_token_in_the_address_is_no_proof(shared: Harness, link: str) -> None:
    """It would end in the logs of everything between the page and us."""
    async with node_clients(shared.url) as clients:
        clients.open("page", None, query={"token": link})
        assert (await clients.told("page", "connect_error"))["data"]["code"] == "token_missing"


@pytest.mark.node
@on_shared
async def test_a_bearer_header_is_as_good_as_auth(shared: Harness, link: str) -> None:
    headers = {"Authorization": f"Bearer {link}"}
    async with node_clients(shared.url) as clients:
        clients.open("page", None, extraHeaders=headers)
        assert (await clients.event("page", "state"))["salon"]["id"] == SALON


@pytest.mark.node
@on_shared
@pytest.mark.parametrize("namespace", ["/", "/admin", "/marketplace/", "/MARKETPLACE", "/*", "/marketplace2"])
async def test_there_is_no_other_namespace(shared: Harness, link: str, namespace: str) -> None:
    async with node_clients(shared.url) as clients:
        clients.open("page", link, namespace=namespace)
        await clients.told("page", "connect_error")
        assert clients.names("page") == ["connect_error"]


@pytest.mark.node
async def test_a_link_that_ends_while_the_page_is_open_gets_nothing_more(harness: Harness) -> None:
    await harness.link(SALON)
    nearly_over = datetime.now(UTC) - timedelta(seconds=LIFETIME_S + LEEWAY_S - 5)
    token = LinkTokens(_secret(harness), _clock_at(nearly_over)).issue({SALON: 1})
    fresh = LinkTokens(_secret(harness), _clock_at(datetime.now(UTC))).issue({SALON: 1})
    async with node_clients(harness.url) as clients:
        await clients.joined("page", token)
        await clients.joined("another", fresh)

        async def refused() -> Any:
            answer = await clients.ask("page", "request-qr")
            return None if answer["ok"] else answer["error"]["code"]

        await clients.ask("page", "check-status")
        assert await until(refused, what="the link is over") == "token_expired"
        before = len(clients.reports)
        await harness.phone("scan")
        await clients.reaches("another", "active")
        assert (await clients.event("page", "error", after=before))["code"] == "token_expired"
        await clients.told("page", "disconnect", reason="io server disconnect")
        assert [
            each["event"] for each in clients.reports[before:] if each["client"] == "page" and "event" in each
        ] == ["error"]


@pytest.mark.node
async def test_the_link_of_an_install_that_was_made_anew_is_refused(harness: Harness) -> None:
    old = await harness.install()
    async with node_clients(harness.url) as clients:
        await clients.joined("open", old)
        harness.sandbox.market.disconnect(SALON)
        await clients.reaches("open", "gone")
        for command in ("request-qr", "relink", "request-pairing-code"):
            answer = await clients.ask("open", command, {"phoneNumber": PHONE})
            assert answer["error"]["code"] == "install_gone"
        clients.open("while it is gone", old)
        assert (await clients.event("while it is gone", "state"))["stage"] == "gone"
        new = await harness.link()
        assert (await clients.event("open", "error"))["code"] == "install_gone"
        clients.open("old", old)
        assert (await clients.told("old", "connect_error"))["data"]["code"] == "install_gone"
        await clients.joined("new", new)
        assert clients.events("new", "state")[0]["generation"] == 2


# -------------------------------------------------------------------------------------- nobody's clients


@pytest.mark.node
@on_shared
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_message_over_the_cap_closes_its_own_socket_only(
    shared: Harness, link: str, transport: str
) -> None:
    async with node_clients(shared.url) as clients:
        await clients.joined("loud", link, transports=[transport], reconnection=False)
        await clients.joined("calm", link)
        clients.tell("loud", "check-status", {"salonId": "x" * (MAX_MESSAGE_BYTES + 1)})
        assert (await clients.told("loud", "disconnect"))["reason"] in (
            "transport close",
            "transport error",
            "parse error",
        )
        assert (await clients.ask("calm", "check-status"))["ok"] is True
        await until(lambda: _viewers(shared, 1), what="the loud one is forgotten")


class Wire:
    """A client without manners: packets by polling, exactly as given."""

    def __init__(self, http: httpx.AsyncClient, sid: str) -> None:
        self._http = http
        self._address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"

    @classmethod
    async def open(cls, http: httpx.AsyncClient) -> Wire:
        answer = await http.get("/socket.io/?EIO=4&transport=polling")
        assert answer.status_code == 200
        return cls(http, json.loads(answer.text[1:])["sid"])

    async def post(self, content: bytes) -> int:
        return (await self._http.post(self._address, content=content)).status_code

    async def poll(self) -> str:
        return (await self._http.get(self._address)).text

    async def join(self, token: str) -> None:
        await self.post(f"40{NAMESPACE},{json.dumps({'token': token})}".encode())
        assert f'40{NAMESPACE},{{"sid"' in await self.poll()


HOSTILE_EVENTS = [
    '["connect"]',
    '["connect", {}, {"token": "x"}]',
    '["connect", {"HTTP_AUTHORIZATION": "Bearer x"}]',
    '["disconnect"]',
    '["disconnect", "a", "b", "c"]',
    '["__class__"]',
    '["trigger_event", "connect"]',
    '["on_connect"]',
    '["emit", "state"]',
    '["close"]',
    '["push"]',
    '["_push", 5]',
    '["follow", []]',
    '["viewers"]',
    '["request_qr", {}]',
    '["check_status"]',
    '[""]',
    '["' + "x" * 60_000 + '"]',
    '["request-qr' + "\\u0000" + '"]',
    '["\\ud800"]',
    "[5]",
    "[null]",
    "[true]",
    "[[]]",
    "[{}]",
    '[["request-qr"]]',
    '["check-status", null]',
    '["check-status", 5]',
    '["check-status", "x"]',
    '["check-status", []]',
    '["check-status", [[[[]]]]]',
    '["check-status", {"salonId": {"a": 1}}]',
    '["check-status", {"salonId": 1e999}]',
    '["check-status", {"salonId": NaN}]',
    '["check-status", {"__proto__": {}}]',
    '["check-status", {}, {}, {}, {}]',
    '["request-pairing-code"]',
    '["request-pairing-code", 5]',
    '["request-pairing-code", {"phoneNumber": {"a": []}}]',
    '["state", {}]',
    '["error", {}]',
    '["relink", {"salonId": "5; DROP TABLE installs"}]',
]


@on_shared
@pytest.mark.parametrize("event", HOSTILE_EVENTS, ids=lambda event: ascii(event)[:48])
async def test_a_hostile_event_does_no_harm(shared: Harness, link: str, event: str) -> None:
    """No handler that is not a command is reached, nothing is logged as our failure, and the sender is still served."""
    sessions = "SELECT salon_id, state, generation FROM whatsapp_sessions"
    before = await shared.rows(sessions)
    wire = await Wire.open(shared.http)
    await wire.join(link)
    await wire.poll()
    assert await wire.post(f"42{NAMESPACE},{event}".encode()) == 200
    assert await wire.post(f"42{NAMESPACE},1{event}".encode()) == 200
    assert await wire.post(f'42{NAMESPACE},77["check-status"]'.encode()) == 200
    heard = ""

    async def answered() -> bool:
        nonlocal heard
        heard += await wire.poll()
        return f'43{NAMESPACE},77[{{"ok":true' in heard

    await until(answered, what="the sender is still served")
    assert shared.gateway.namespace.viewers == 1
    await wire.post(b"1")
    await until(lambda: _viewers(shared, 0), what="it left")
    assert await shared.rows(sessions) == before


MALFORMED = [
    b"",
    b"4",
    b"4x",
    b"42",
    b"42/marketplace",
    b"42/marketplace,",
    b"42/marketplace,{}",
    b'42/marketplace,"x"',
    b"42/marketplace,[",
    b"42/marketplace,[]",
    b"42/marketplace," + b"[" * 60_000,
    b"44/marketplace,{}",
    b"47/marketplace,[]",
    b"49",
    b"9",
    b"x",
    b"\xff\xfe",
    b"0{}",
    b"2",
    b"3",
    b"6",
    b"5",
    b'451-/marketplace,["x",{"_placeholder":true,"num":0}]',
    b'459999999999-/marketplace,["x"]',
    b'45999999-/marketplace,["x"]',
    b"bAAAA",
    b"43/marketplace,1[]",
    b"43/marketplace,x",
    b"42/marketplace," + b"9" * 200 + b'["x"]',
    b"40/marketplace",
    b"40/marketplace,[]",
    b'40/marketplace,"token"',
    b"40/marketplace,{",
    b"\x1e" * 100,
    b"\x1e".join([b"2"] * 40),
    b"d=42",
    b"41/marketplace,",
    b"41",
]


@on_shared
@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "stranger"])
@pytest.mark.parametrize("packet", MALFORMED, ids=lambda packet: ascii(packet)[:40])
async def test_a_malformed_packet_costs_its_sender_at_most_its_own_line(
    shared: Harness, link: str, packet: bytes, is_joined: bool
) -> None:
    calm = await Wire.open(shared.http)
    await calm.join(link)
    wire = await Wire.open(shared.http)
    if is_joined:
        await wire.join(link)
    assert await wire.post(packet) in (200, 400)
    assert await calm.post(f'42{NAMESPACE},5["check-status"]'.encode()) == 200

    async def served() -> bool:
        return f"43{NAMESPACE},5[" in await calm.poll()

    await until(served, what="the other one is served")
    for each in (wire, calm):
        await each.post(b"1")
    await until(lambda: _viewers(shared, 0), what="everybody left")


@on_shared
@pytest.mark.parametrize(
    "packet", [b"4x", b"49", b"42/marketplace,[", b"42/marketplace,[]", b"44/marketplace,{}"]
)
async def test_what_cannot_be_read_ends_its_sender_s_session(
    shared: Harness, link: str, packet: bytes
) -> None:
    wire = await Wire.open(shared.http)
    await wire.join(link)
    await wire.post(packet)
    assert await wire.post(b"3") == 400, "the session is over"
    assert shared.gateway.namespace.viewers == 0


MALFORMED_FRAMES = [
    (1, b""),
    (1, b"x"),
    (1, b"9"),
    (1, b"7"),
    (1, b"bAAAA"),
    (1, b"4x"),
    (1, b"42/marketplace,["),
    (1, b"4" + b"x" * MAX_MESSAGE_BYTES),
    (2, b"4"),
    (2, b"\x00\xff"),
    (2, b""),
    (1, b"\xff"),
    (3, b"2"),
    (8, b""),
]


@on_shared
@pytest.mark.parametrize("is_joined", [True, False], ids=["joined", "stranger"])
@pytest.mark.parametrize(("opcode", "content"), MALFORMED_FRAMES, ids=lambda part: ascii(part)[:24])
async def test_a_malformed_frame_closes_its_own_socket(
    shared: Harness, link: str, opcode: int, content: bytes, is_joined: bool
) -> None:
    """The library let some of these end in a traceback and kept the viewer until its next ping went unanswered."""
    async with connection(shared) as (reader, writer):
        writer.write(upgrade())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        if is_joined:
            writer.write(frame(1, f"40{NAMESPACE},{json.dumps({'token': link})}".encode()))
            await until(lambda: _viewers(shared, 1), what="it joined")
        writer.write(frame(opcode, content))
        await writer.drain()
        async with asyncio.timeout(5):
            await closed(reader)
        # The server below refuses what is over the cap, and we hear of that by the hang-up.
        if len(content) <= MAX_MESSAGE_BYTES:
            await until(lambda: _viewers(shared, 0), what="it is forgotten", timeout_s=5)
    await until(lambda: _viewers(shared, 0), what="it is forgotten", timeout_s=5)
    await until(lambda: _nobody_is_connected(shared), what="nobody is connected", timeout_s=5)


@on_shared
async def test_a_websocket_that_offers_compression_is_taken_without(shared: Harness, link: str) -> None:
    offer = b"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    async with connection(shared) as (reader, writer):
        writer.write(upgrade().replace(b"\r\n\r\n", offer))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101")
        assert b"extensions" not in answer.lower()
        writer.write(frame(1, f"40{NAMESPACE},{json.dumps({'token': link})}".encode()))
        await until(lambda: _viewers(shared, 1), what="it joined")
    await until(lambda: _viewers(shared, 0), what="it is forgotten", timeout_s=5)


@on_shared
async def test_whoever_leaves_has_its_waiting_poll_answered_at_once(shared: Harness, link: str) -> None:
    """Else a browser's line and ours are held until the next ping is overdue."""
    wire = await Wire.open(shared.http)
    await wire.join(link)
    await wire.poll()
    async with asyncio.timeout(5):
        await asyncio.gather(wire.poll(), wire.post(b"1"))


@on_shared
async def test_a_post_over_the_cap_is_answered_at_once_and_ends_the_session(
    shared: Harness, link: str
) -> None:
    """The library waits until the sender has fetched what is queued for it: for ever, if it never does."""
    wire = await Wire.open(shared.http)
    await wire.join(link)
    async with asyncio.timeout(5):
        assert await wire.post(b"4" + b"x" * MAX_MESSAGE_BYTES) == 400
        assert await wire.post(b"2") == 400, "the session is over"
    await until(lambda: _viewers(shared, 0), what="it is forgotten")


@on_shared
async def test_whoever_joins_nothing_is_shown_out(shared: Harness, link: str) -> None:
    server = shared.gateway.namespace.server
    kept, server.join_within_s = server.join_within_s, 0.2
    try:
        silent = await Wire.open(shared.http)
        refused = await Wire.open(shared.http)
        await refused.post(f"40{NAMESPACE}".encode())
        joined = await Wire.open(shared.http)
        await joined.join(link)

        async def gone() -> bool:
            return await silent.post(b"3") == 400 and await refused.post(b"3") == 400

        await until(gone, what="those who joined nothing are shown out")
        assert await joined.post(f'42{NAMESPACE},5["check-status"]'.encode()) == 200
        await joined.post(b"1")
    finally:
        server.join_within_s = kept


@pytest.mark.node
async def test_at_the_end_every_page_is_sent_away_at_once(harness: Harness) -> None:
    """Else each process that is restarted waits for its pages, and they for it."""
    token = await harness.link()
    async with node_clients(harness.url) as clients:
        await clients.joined("page", token, reconnection=False)
        await clients.joined("blocked", token, reconnection=False, transports=["polling"])
        await harness.gateway.namespace.server.close()
        for name in ("page", "blocked"):
            await clients.told(name, "disconnect")
        assert harness.gateway.namespace.viewers == 0
        refused = await harness.http.get("/socket.io/?EIO=4&transport=polling")
        assert refused.status_code == 429, "else they would be back before all have left"


@on_shared
async def test_whoever_leaves_while_being_let_in_is_forgotten(shared: Harness, link: str) -> None:
    for _ in range(25):
        wire = await Wire.open(shared.http)
        entering = wire.post(f"40{NAMESPACE},{json.dumps({'token': link})}".encode())
        await asyncio.gather(entering, wire.post(b"1"))
    await until(lambda: _viewers(shared, 0), what="nobody is left")
    server = shared.gateway.namespace.server
    assert list(server.manager.get_participants(NAMESPACE, None)) == []
    assert server.environ == {}


# ----------------------------------------------------------------------------------------------- helpers


def _secret(harness: Harness) -> str:
    secret = harness.gateway.settings.jwt_secret
    assert secret is not None
    return secret.get_secret_value()


def _clock_at(moment: datetime) -> StillClock:
    clock = StillClock()
    clock.at = moment
    return clock


def frame(opcode: int, content: bytes) -> bytes:
    """Return a whole WebSocket frame as a client sends it, masked by nothing."""
    size = len(content)
    if size < 126:
        length = bytes([0x80 | size])
    else:
        length = b"\xfe" + size.to_bytes(2, "big") if size < 1 << 16 else b"\xff" + size.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + content


async def closed(reader: asyncio.StreamReader) -> None:
    """Read frames until the gateway says that it closes, or has closed already."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        opcode = 0
        while opcode != CLOSING:
            first, size = await reader.readexactly(2)
            opcode = first & 0x0F
            if size > 125:
                size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
            await reader.readexactly(size)


async def _nobody_is_connected(harness: Harness) -> bool:
    return not harness.gateway.namespace.server.environ


async def _viewers(harness: Harness, number: int) -> bool:
    return harness.gateway.namespace.viewers == number
