"""`demo`: the whole product on one machine. Walks one install from «Подключить» to active and keeps serving.

Everything goes over real sockets, as it would in production: the sandbox redirects, the gateway answers, the
simulated phone is played through its HTTP controls.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from gateway.application.admin.staff import StaffTokens
from gateway.bootstrap import running_gateway
from gateway.clock import SystemClock
from gateway.config import Settings, load_settings
from gateway.domain.errors import GatewayError
from gateway.sandbox.app import Sandbox, build_sandbox
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.serve import loopback_socket, serve_on, url_of
from gateway.server import Listening, serve_application, stop_event
from shared.vocabulary import StaffRole, Stage

GATEWAY_BIND = "127.0.0.1:8080"
SANDBOX_BIND = "127.0.0.1:9090"
APPLICATION_ID = 7777
DEMO_SALON = 101001
STEP_TIMEOUT_S = 30.0
ADMIN_NAME = "Администратор"
NOTE = "demo.json"


class StepError(Exception):
    """A step of the walk failed; the text says what was expected and what came."""


class Narrator:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def step(self, english: str, russian: str) -> None:
        """Print one step."""
        print(f"{time.monotonic() - self._started:6.2f} с  {russian} / {english}", flush=True)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Settings and sockets of one demo."""

    settings: Settings
    gateway: Listening
    sandbox_bind: str
    once: bool


def plan(data_dir: Path, *, gateway_bind: str | None, sandbox_bind: str | None, once: bool) -> DemoPlan:
    """Choose addresses and make the demo's own secrets. With `once` free ports are taken unless one is named."""
    listening = _open(gateway_bind, GATEWAY_BIND, once)
    settings = load_settings(
        _env_file=None, partner_token=SecretStr(f"demo-{secrets.token_hex(16)}"), partner_token_previous=None,
        application_id=APPLICATION_ID, public_url=listening.url, bind=listening.address, internal_bind=None,
        jwt_secret=SecretStr(_kept(data_dir, "jwt_secret")), data_key=SecretStr(_kept(data_dir, "data_key")),
        whatsapp_pool="simulator", data_dir=data_dir, yclients_api_url="http://127.0.0.1:1", require_signed_entry=False,
        activation_call="redirect",
    )  # fmt: skip
    wanted = sandbox_bind or ("127.0.0.1:0" if once else SANDBOX_BIND)
    return DemoPlan(settings, listening, wanted, once)


async def run(demo: DemoPlan, database_url: str, narrator: Narrator) -> int:
    """Run the demo; 0 when every step of the walk succeeded."""
    shutdown, stop_sandbox = stop_event(), asyncio.Event()
    sandbox_socket = _sandbox_socket(demo.sandbox_bind)
    sandbox_url = url_of(sandbox_socket)
    settings = demo.settings.model_copy(
        update={
            "yclients_api_url": sandbox_url,
            "marketplace_url": sandbox_url,
            "frame_ancestors": (sandbox_url,),
        }
    )
    sandbox = build_sandbox(_sandbox_config(settings, sandbox_url), SystemClock())
    narrator.step(f"sandbox YCLIENTS at {sandbox_url}", f"песочница YCLIENTS: {sandbox_url}")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_on(sandbox, sandbox_socket, stop_sandbox), name="sandbox")
        try:
            async with running_gateway(settings, database_url) as gateway, asyncio.TaskGroup() as fronts:
                front = serve_application(
                    gateway.app, demo.gateway, shutdown, gateway.leave, server=settings.http_server
                )
                fronts.create_task(front, name="gateway")
                narrator.step(f"gateway at {demo.gateway.url}", f"шлюз: {demo.gateway.url}")
                async with _admin_note(gateway.staff, demo):
                    walk = _Walk(sandbox, demo.gateway.url, narrator)
                    return await _walk_and_serve(walk, demo, sandbox_url, shutdown)
        finally:
            stop_sandbox.set()


def note_path(data_dir: Path) -> Path:
    """Return where a running demo leaves its address and the token of its administrator."""
    return data_dir / NOTE


@contextlib.asynccontextmanager
async def _admin_note(staff: StaffTokens, demo: DemoPlan) -> AsyncIterator[None]:
    """While the demo serves, its administrator can sign in, and the note says how to whoever may read our files.

    The token ends with the demo; one that a killed demo left behind ends here.
    """
    if demo.once:
        yield
        return
    with contextlib.suppress(GatewayError):  # there is none
        await staff.revoke(ADMIN_NAME, by="demo")
    issued = await staff.add(ADMIN_NAME, StaffRole.ADMIN, by="demo")
    told = {"url": demo.gateway.url, "pid": os.getpid(), "token": issued.token}
    path = note_path(demo.settings.data_dir)
    _write_private(path, json.dumps(told))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            if json.loads(path.read_text(encoding="utf-8")) == told:  # else another demo has taken over
                path.unlink()
        with contextlib.suppress(GatewayError):  # the other demo has taken it away already
            await staff.revoke(str(issued.staff.staff_id), by="demo")


async def _walk_and_serve(walk: _Walk, demo: DemoPlan, sandbox_url: str, shutdown: asyncio.Event) -> int:
    try:
        await walk.run()
        if not demo.once:
            _invite(sandbox_url)
            await shutdown.wait()
        return 0
    except (StepError, httpx.TransportError) as error:
        print(f"✗ {str(error) or type(error).__name__}", flush=True)
        return 1
    finally:
        shutdown.set()


class _Walk:
    """One install from «Подключить» to active, over HTTP alone."""

    def __init__(self, sandbox: Sandbox, gateway_url: str, narrator: Narrator) -> None:
        self._sandbox = sandbox
        self._gateway_url = gateway_url
        self._narrator = narrator
        self._token = ""

    async def run(self) -> None:
        """Take every step. Raises StepError at the first that fails."""
        async with httpx.AsyncClient(
            base_url=self._gateway_url, trust_env=False, timeout=STEP_TIMEOUT_S
        ) as http:
            self._tell("waiting until the gateway answers", "ждём, пока шлюз ответит")
            await _until(lambda: self._answers(http), "the gateway answers /marketplace/health")
            self._tell("the owner presses «Подключить»", "владелец нажимает «Подключить»")
            await self._enter(http)
            self._tell("the page is open; asking for a QR", "страница открыта, просим QR-код")
            answer = await self._post(http, "/marketplace/api/qr", {})
            self._tell(
                f"QR shown, valid for {answer['expires_in']} s",
                f"QR-код показан, действует {answer['expires_in']} с",
            )
            await self._post(http, f"/simulator/{DEMO_SALON}/scan", {})
            self._tell("the phone has scanned it", "телефон отсканировал код")
            await _until(lambda: self._has_stage(http, Stage.ACTIVE), "the install becomes active")
            self._check_partner()
            self._tell(
                "YCLIENTS has confirmed: the install is active", "YCLIENTS подтвердил: установка работает"
            )

    def _tell(self, english: str, russian: str) -> None:
        self._narrator.step(english, russian)

    async def _answers(self, http: httpx.AsyncClient) -> bool:
        try:
            return (await http.get("/marketplace/health")).status_code == 200
        except httpx.TransportError:
            return False

    async def _enter(self, http: httpx.AsyncClient) -> None:
        if self._sandbox.market.status(DEMO_SALON) != "uninstalled":
            self._sandbox.market.disconnect(DEMO_SALON)
        connected = self._sandbox.market.connect([DEMO_SALON], form="salon_id", user_data=True)
        entry = await http.get(connected.redirect_url)
        location = urlsplit(entry.headers.get("location", ""))
        token = parse_qs(location.query).get("token", [""])[0]
        if entry.status_code != 302 or location.path != "/marketplace/onboarding" or not token:
            raise StepError(f"entry answered {entry.status_code} instead of 302 to the onboarding page")
        page = await http.get(entry.headers["location"])
        if page.status_code != 200:
            raise StepError(f"the onboarding page answered {page.status_code}")
        self._token = token

    async def _post(self, http: httpx.AsyncClient, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = await http.post(path, json=body, headers={"Authorization": f"Bearer {self._token}"})
        if answer.status_code != 200:
            raise StepError(f"POST {path} answered {answer.status_code}: {answer.text[:200]}")
        result: dict[str, object] = answer.json()
        return result

    async def _has_stage(self, http: httpx.AsyncClient, stage: Stage) -> bool:
        answer = await http.get("/marketplace/api/state", headers={"Authorization": f"Bearer {self._token}"})
        return answer.status_code == 200 and answer.json()["stage"] == stage.value

    def _check_partner(self) -> None:
        if self._sandbox.market.status(DEMO_SALON) != "active":
            raise StepError("YCLIENTS does not hold the install active")
        keys = len(self._sandbox.market.api_keys(DEMO_SALON))
        if keys != 1:
            raise StepError(f"YCLIENTS was given {keys} different keys instead of one")


async def _until(holds: Callable[[], Awaitable[bool]], expected: str) -> None:
    deadline = time.monotonic() + STEP_TIMEOUT_S
    while not await holds():
        if time.monotonic() > deadline:
            raise StepError(f"not within {STEP_TIMEOUT_S:.0f} s: {expected}")
        await asyncio.sleep(0.1)


def _sandbox_config(settings: Settings, sandbox_url: str) -> SandboxConfig:
    assert settings.partner_token is not None
    return SandboxConfig(
        partner_token=settings.partner_token.get_secret_value(), application_id=APPLICATION_ID,
        redirect_url=f"{settings.public_url}/auth/yclients/redirect",
        callback_url=f"{settings.public_url}/webhook/yclients", gateway_url=settings.public_url or "",
        public_url=sandbox_url, brand="yclients", pending_ttl_s=3600, enforce_limits=True, private_app=False,
    )  # fmt: skip


def _open(wanted: str | None, usual: str, once: bool) -> Listening:
    """Listen where asked; without a wish on the usual port, or on a free one when that is taken or not needed."""
    if wanted is not None:
        return Listening.open(wanted)
    if not once:
        try:
            return Listening.open(usual)
        except OSError:
            print(f"{usual} занят, берём свободный порт / is taken, using a free port", flush=True)
    return Listening.open("127.0.0.1:0")


def _sandbox_socket(bind: str) -> socket.socket:
    try:
        return loopback_socket(bind)
    except OSError:
        if bind != SANDBOX_BIND:
            raise
        print(f"{bind} занят, берём свободный порт / is taken, using a free port", flush=True)
        return loopback_socket("127.0.0.1:0")


def _kept(data_dir: Path, name: str) -> str:
    """Return a secret of the demo, made at its first start: yesterday's demo data stays readable."""
    file = data_dir / f"{name}.txt"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _write_private(file, base64.b64encode(secrets.token_bytes(32)).decode())
    return file.read_text(encoding="ascii").strip()


def _write_private(file: Path, content: str) -> None:
    """Write a file that only we may read; whole or not at all: a half, left by a kill, would spoil later starts."""
    staging = file.with_name(f"{file.stem}.{secrets.token_hex(4)}")
    staging.touch(mode=0o600)
    staging.write_text(content, encoding="utf-8")
    staging.replace(file)


def _invite(sandbox_url: str) -> None:
    print(
        "\nГотово. Откройте песочницу и нажмите «Подключить» у любого салона /"
        f" open the sandbox and press «Подключить»:\n\n    {sandbox_url}\n\n"
        "Консоль сотрудников, в другом окне терминала / staff's console, in another terminal:\n\n"
        "    python3 dev.py console\n\nCtrl+C — остановить / stop\n",
        flush=True,
    )
