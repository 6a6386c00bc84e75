"""Secrets planted in every input are found nowhere they must not be (goal B6).

A real gateway process at its most talkative, a console beside it and the sandbox: installs are driven from the redirect
to the end with something recognisable in every place a stranger, an owner, the partner or staff can write to. Then the
process' output, every row of the database, the answers and outputs that people take away, and the console's folder and
log are searched for each of them in every form it may have taken.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import secrets
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from shared.vocabulary import StaffRole
from tests.proofs._proof import Proof, Proving, main
from tests.support.canaries import Canaries, whole_story
from tests.support.console_core import profile_of, running_core
from tests.support.door import webhook_key
from tests.support.harness import APPLICATION_ID, OTHER_SALON, PARTNER_TOKEN, SALON
from tests.support.processes import DATA_KEY, JWT_SECRET, Town, free_port, run_command, running_town
from tests.support.staff import request

GOAL = "B6"
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "what a client of the salon is called": ("table webhook_inbox",),
    "a client's phone": ("table webhook_inbox",),
    "a payment's sign": ("table webhook_inbox",),
    "a reason staff gave": (
        "table audit_log",
        "answer audit.list",
        "table marketplace_events",
        "answer timeline.list",
    ),
    "a request's name": ("table audit_log", "answer audit.list", "log"),
    "an idempotency key": ("table staff_commands", "table audit_log"),
}
"""Where something planted may be: an event of the salon's own as the partner sent it, what staff write down for others,
and the names that tell requests and commands apart. A payment's sign proves that one payment and nothing else."""

READS = (
    "installs.list",
    "installs.get",
    "timeline.list",
    "calls.list",
    "doctor.report",
    "audit.list",
    "bulk.list",
)


def forms(value: str) -> Iterator[str]:
    """Yield what a text may look like where it was kept: as it is, escaped, in hex or in either base64."""
    raw = value.encode()
    yield from (value, quote(value, safe=""), json.dumps(value)[1:-1], raw.hex(), raw.hex().upper())
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # Of a longer text that holds it: the groups of three bytes that lie inside it whole.
            whole = raw[shift:]
            whole = whole[: len(whole) - len(whole) % 3]
            if len(whole) >= 6:
                yield encode(whole).decode()


class Search:
    """Looks through one place after another for everything planted."""

    def __init__(self, proving: Proving, canaries: Canaries) -> None:
        self._proving = proving
        self._forms = {name: set(forms(value)) for name, value in canaries.known.items()}
        self.places = 0

    def through(self, place: str, said: str) -> None:
        """Search one place."""
        self.places += 1
        for name, known in self._forms.items():
            self._proving.ran(GOAL)
            if place in ALLOWED.get(name, ()):
                continue
            found = [form for form in known if form in said]
            self._proving.holds(GOAL, not found, f"{name} is in {place}: {_around(said, found)}")


def _around(said: str, found: list[str]) -> str:
    if not found:
        return ""
    at = said.index(found[0])
    return repr(said[max(0, at - 80) : at + 40])


async def work(proving: Proving) -> None:
    """Drive `runs` installs in towns of their own and search everything each leaves."""
    proving.expect(proving.runs)
    for run in range(proving.runs):
        folder = proving.folder / f"town {run}"
        folder.mkdir(parents=True)
        url = await proving.databases.fresh()
        canaries = Canaries()
        for name, value in (("JWT_SECRET", JWT_SECRET), ("DATA_KEY", DATA_KEY)):
            canaries.keep(name, value)
        async with running_town(folder, DATABASE_URL=url, LOG_LEVEL="debug") as town:
            await town.gateway.start()
            answers = await _driven(town, canaries, folder)
            search = Search(proving, canaries)
            await _search(town, search, answers, folder)
            title = town.sandbox.market.salon(OTHER_SALON).title  # not secret, and so it must be there
            proving.holds(GOAL, title in answers["answer installs.list"], "the search finds nothing at all")
        await proving.databases.drop(url)
        proving.step()
    proving.figure(GOAL, "planted", str(len(canaries.known)))
    proving.figure(GOAL, "places", str(search.places))


async def _driven(town: Town, canaries: Canaries, folder: Path) -> dict[str, str]:
    """Do everything that can be done to a gateway; returns the answers that staff take away, by operation."""
    harness = town.harness
    settings = dict(town.gateway.program.settings)
    added = await run_command(
        "staff", "add", "Аня", "--role", StaffRole.ADMIN, settings=settings, folder=folder
    )
    token = canaries.keep("staff token", added.out.strip())
    await whole_story(harness, canaries)
    owner = await harness.install(OTHER_SALON)
    canaries.keep("second link", owner)
    canaries.keep("second api key", harness.sandbox.market.api_keys(OTHER_SALON)[0])
    canaries.keep("second webhook key", webhook_key(harness, OTHER_SALON))
    await _client_data(town, canaries)
    await _strange_places(town, canaries, owner, token)
    answers = await _staff_work(town, canaries, token)
    answers |= await _console_work(town, canaries, token, folder)
    return answers


async def _client_data(town: Town, canaries: Canaries) -> None:
    """Deliver an event about a client of the salon, as the partner does."""
    body = {
        "company_id": OTHER_SALON, "resource": "record", "resource_id": 7, "status": "create",
        "data": {"client": {
            "name": canaries.keep("what a client of the salon is called", "Канарейка Клиентова"),
            "phone": canaries.keep("a client's phone", "79993334455"),
        }},
    }  # fmt: skip
    answer = await town.harness.webhook(body, key=webhook_key(town.harness, OTHER_SALON))
    assert answer.status_code == 200, answer.text
    lifecycle = {
        "event": "payment",
        "application_id": APPLICATION_ID,
        "salon_id": OTHER_SALON,
        "partner_token": PARTNER_TOKEN,
    }
    await town.harness.webhook(lifecycle | {"sign": canaries.keep("a payment's sign", secrets.token_hex(32))})
    await town.harness.webhooks_processed()


async def _strange_places(town: Town, canaries: Canaries, owner: str, staff: str) -> None:
    """Write secrets where none belong: other headers, addresses, cookies, the wrong door."""
    http = town.harness.http
    for name in (
        "X-Api-Key",
        "User-Agent",
        "Referer",
        "Origin",
        "X-Forwarded-For",
        "Accept-Language",
        "Content-Type",
    ):
        value = canaries.keep(f"header {name}", f"canary-{name.lower()}-{secrets.token_hex(8)}")
        for path in ("/marketplace/health", "/nowhere", "/marketplace/api/state", "/admin/api/v1/me"):
            await http.get(path, headers={name: value})
        await http.post("/webhook/yclients", content=b"{}", headers={name: value})
    cookie = canaries.keep("a cookie", secrets.token_hex(16))
    await http.get("/marketplace/onboarding", headers={"Cookie": f"session={cookie}"})
    for where in (
        f"/{staff}",
        f"/admin/api/v1/me?token={staff}",
        f"/marketplace/api/state?token={owner}",
        f"/{PARTNER_TOKEN}",
    ):
        await http.get(where)
    for header in (staff, owner, PARTNER_TOKEN):
        for path in ("/marketplace/api/state", "/admin/api/v1/me", "/metrics"):
            await http.get(path, headers={"Authorization": f"Basic {header}"})
            await http.get(path, headers={"Authorization": f"Bearer {header}x"})
    wrong = canaries.keep("a wrong partner token", secrets.token_hex(16))
    for body in ({"event": "uninstall", "partner_token": wrong}, {wrong: wrong}, {"event": wrong}):
        await http.post("/webhook/yclients", json=body)
        await http.post(f"/webhook/yclients/{wrong}", json=body)
        await http.post("/marketplace/activate", json={"token": wrong} | body)
        await http.post("/simulator/1/scan", json=body)
        await http.post(
            "/marketplace/api/pairing-code", json=body, headers={"Authorization": f"Bearer {owner}"}
        )
    number = canaries.keep("a wrong number", "+7 (999) 000-11-2233445")
    await http.post(
        "/marketplace/api/pairing-code", json={"phone": number}, headers={"Authorization": f"Bearer {owner}"}
    )
    await _strange_sockets(town, canaries)


async def _strange_sockets(town: Town, canaries: Canaries) -> None:
    secret = canaries.keep("a socket's auth", secrets.token_hex(16))
    for namespace in ("/marketplace", "/admin", f"/{secret}"):
        opened = await town.harness.http.get("/socket.io/?EIO=4&transport=polling")
        line = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}"
        for packet in (
            f'40{namespace},{{"token":"{secret}"}}',
            f'42{namespace},["{secret}","{secret}"]',
            f"9{secret}",
        ):
            await town.harness.http.post(line, content=packet.encode())
    await town.harness.http.get(f"/socket.io/?EIO=4&transport=polling&sid={secret}&token={secret}")


async def _staff_work(town: Town, canaries: Canaries, token: str) -> dict[str, str]:
    """Do what staff do, with something recognisable in every field, and take away what they read."""
    harness = town.harness
    reason = canaries.keep("a reason staff gave", "канарейка причины 4711")
    phone = canaries.keep("a number staff typed", "79992223344")
    key = canaries.keep("an idempotency key", secrets.token_hex(12))
    named = canaries.keep("a request's name", secrets.token_hex(12))
    made = await request(
        harness, "links.create", token, {"salon_id": OTHER_SALON, "reason": reason}, Idempotency_Key=key
    )
    canaries.keep("a link staff made", made.json()["url"].partition("token=")[2])
    asked = {"salon_id": OTHER_SALON, "phone": f"+{phone}", "reason": reason}
    await request(
        harness, "sessions.stop", token, {"salon_id": OTHER_SALON, "reason": reason}, X_Request_Id=named
    )
    await request(
        harness, "sessions.start", token, {"salon_id": OTHER_SALON, "method": "code", "phone": f"+{phone}"}
    )
    await request(harness, "sessions.pairing_code", token, asked)
    searched = canaries.keep("what staff searched for", f"канарейка-{secrets.token_hex(6)}")
    answers = {}
    for operation in READS:
        given = {"salon_id": SALON} if operation in ("installs.get", "timeline.list") else {}
        answer = await request(harness, operation, token, given)
        assert answer.status_code == 200, (operation, answer.text)
        answers[f"answer {operation}"] = json.dumps(answer.json(), ensure_ascii=False)
    await request(harness, "installs.list", token, {"search": searched})
    for row in (await request(harness, "calls.list", token)).json()["rows"]:
        call = await request(harness, "calls.get", token, {"call_id": row["call_id"]})
        answers[f"answer calls.get {row['call_id']}"] = call.text
    await request(harness, "staff.revoke", token, {"staff_id": 999_999, "reason": token})
    return answers


async def _console_work(town: Town, canaries: Canaries, token: str, folder: Path) -> dict[str, str]:
    """Let a console connect, remember its profile, open a salon and a QR, and close; returns its log."""
    said: list[str] = []
    with _heard("desktop", said.append):
        async with running_core(folder / "console") as core:
            profile = profile_of(town.gateway.url)
            await core.console.connect(profile, token, remember=True)
            await core.is_so(lambda: len(core.models.board.rows) > 0, "rows")
            await core.console.salon.open(OTHER_SALON)
            with contextlib.suppress(Exception):
                await core.console.salon.open_qr(OTHER_SALON)
            await core.console.create_link(OTHER_SALON, "канарейка причины 4711")
            await core.console.salon.close()
    return {"the console's log": "\n".join(said)}


@contextlib.contextmanager
def _heard(name: str, keep: Callable[[str], None]) -> Iterator[None]:
    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            keep(f"{record.getMessage()} {record.__dict__}")

    logger, keeper = logging.getLogger(name), Keeper(logging.DEBUG)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(keeper)
    try:
        yield
    finally:
        logger.removeHandler(keeper)
        logger.setLevel(level)


# -------------------------------------------------------------------------------------------------- searching


async def _search(town: Town, search: Search, answers: Mapping[str, str], folder: Path) -> None:
    for place, said in answers.items():
        search.through(place, said)
    await _through_database(town, search)
    await _through_outputs(town, search, folder)
    for file in _files(folder / "console"):
        search.through(f"the console's file {file.name}", file.read_bytes().decode("utf-8", "replace"))
    await town.gateway.stop()
    said = town.gateway.program.output()
    assert '"event": "entered"' in said
    search.through("log", said)


async def _through_database(town: Town, search: Search) -> None:
    rows = town.harness.rows
    tables = [
        row["tablename"] for row in await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    assert len(tables) > 10
    for table in tables:
        kept = "\n".join(row["row"] for row in await rows(f'SELECT t::text AS row FROM "{table}" t'))
        search.through(f"table {table}", kept)


async def _through_outputs(town: Town, search: Search, folder: Path) -> None:
    """Look at what commands print, at the documents, and at what a process that fails leaves behind."""
    settings = dict(town.gateway.program.settings)
    for command in (("doctor",), ("openapi",), ("protocol",), ("audit", "verify")):
        done = await run_command(*command, settings=settings, folder=folder)
        search.through("output of " + " ".join(command), done.said)
    for path in ("/openapi.json", "/metrics", "/readyz", "/marketplace/health"):
        search.through(f"answer {path}", (await town.harness.http.get(path)).text)
    away = settings | {
        "DATABASE_URL": f"postgresql://gateway:{PARTNER_TOKEN}@127.0.0.1:{free_port()}/x",
        "JWT_SECRET": PARTNER_TOKEN * 3, "BIND": f"127.0.0.1:{free_port()}",
    }  # fmt: skip
    search.through(
        "output of a start that failed", (await run_command("serve", settings=away, folder=folder)).said
    )
    twice = settings | {"DATA_KEY": JWT_SECRET, "BIND": "nowhere"}
    search.through(
        "output of wrong settings", (await run_command("serve", settings=twice, folder=folder)).said
    )
    await _through_a_crash(town, search)


async def _through_a_crash(town: Town, search: Search) -> None:
    """Let the process abort as a fault in a library would make it, and start it again."""
    process = town.gateway.program._process
    assert process is not None
    process.send_signal(signal.SIGABRT)
    await town.gateway.program.ended()
    search.through("log", town.gateway.program.output())
    await town.gateway.start()


def _files(folder: Path) -> Iterable[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


PROOF = Proof("canaries", (GOAL,), work, runs=3, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))
