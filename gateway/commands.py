"""The commands of `python -m gateway`: they read settings, choose a database and run the parts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from gateway import demo as demo_walk
from gateway.application.doctor import Check, Level, exit_code
from gateway.bootstrap import NotAvailableError, running_gateway
from gateway.bootstrap_parts import EngineMissingError, build_doctor, build_partner, known_secrets
from gateway.clock import SystemClock
from gateway.config import Settings, SettingsError, load_settings
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.partner_answers import Priority
from gateway.http.app import openapi_document
from gateway.log_setup import set_up_logging
from gateway.machine import collect_rarely, raise_descriptor_limit
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.serve import BindRefused, add_arguments, config_from, serve_sandbox
from gateway.server import Listening, serve_application, stop_event
from gateway.storage.budget import PartnerBudget
from gateway.storage.database import Storage
from gateway.storage.embedded import EmbeddedPostgres
from gateway.storage.schema import SchemaError
from gateway.storage.schema import migrate as migrate_schema
from resources.texts import text

Result = TypeVar("Result")
_MENDABLE = (EngineMissingError, NotAvailableError, SchemaError, DatabaseUnavailableError, OSError)
BUDGET_PATIENCE_S = 3.0
_log = logging.getLogger("gateway")


class CommandError(Exception):
    """A command could not do its work; the text says why and what to do."""


def serve(_options: argparse.Namespace) -> int:
    """Run the gateway until it is told to stop."""
    settings = _prepared()
    with explained(), contextlib.ExitStack() as stack:
        if settings.database_url is not None:
            return run_async(_serve(settings, settings.database_url.get_secret_value(), None))
        own = stack.enter_context(EmbeddedPostgres(Path(settings.data_dir)))
        return run_async(_serve(settings, own.url, own.revive))


def demo(options: argparse.Namespace) -> int:
    """Run sandbox, gateway and simulated phone together and walk one install."""
    set_up_logging(level="warning", form="console", secrets=())
    data_dir = load_settings().data_dir / "demo"
    if options.where:
        print(demo_walk.note_path(data_dir))
        return 0
    with explained():
        plan = demo_walk.plan(
            data_dir, gateway_bind=options.bind, sandbox_bind=options.sandbox_bind, once=options.once
        )
        set_up_logging(level="warning", form="console", secrets=known_secrets(plan.settings))
        started = demo_walk.Narrator()
        started.step("starting Postgres", "запускаем Postgres")
        with EmbeddedPostgres(data_dir) as postgres:
            return run_async(demo_walk.run(plan, postgres.url, started))


def sandbox(options: argparse.Namespace) -> int:
    """Run the fake YCLIENTS until it is told to stop."""
    set_up_logging(level="info", form="console", secrets=())
    try:
        config: SandboxConfig = config_from(options, os.environ)
    except ValueError:
        raise CommandError("APPLICATION_ID: нужно число / must be a number") from None

    async def run() -> int:
        ready = lambda url: print(f"Песочница YCLIENTS / sandbox: {url}", flush=True)  # noqa: E731
        await serve_sandbox(config, options.bind, stop_event(), on_ready=ready)
        return 0

    try:
        return run_async(run())
    except BindRefused:
        reason = "песочница слушает только на этой машине / the sandbox listens on a loopback HOST:PORT only"
        raise CommandError(f"{options.bind}: {reason}") from None
    except OSError as error:
        reason = f"адрес занят или недоступен / cannot listen there: {error.strerror}"
        raise CommandError(f"{options.bind}: {reason}") from None


def add_sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sandbox's own options."""
    add_arguments(parser)


def migrate(_options: argparse.Namespace) -> int:
    """Bring the database to the newest schema and print what was applied."""
    settings = _prepared()

    async def run(url: str) -> int:
        storage = Storage(url, pool_size=2, now=SystemClock().now)
        try:
            applied = await migrate_schema(storage)
        finally:
            await storage.close()
        print("\n".join(applied) if applied else "Схема уже новая / the schema is up to date")
        return 0

    with explained(), database(settings) as url:
        return run_async(run(url))


def doctor(options: argparse.Namespace) -> int:
    """Examine the configuration; exit code 1 when something is bad."""
    try:
        settings = load_settings()
    except SettingsError as error:
        checks = [Check(line.partition(":")[0], Level.BAD, "setting_invalid", {"problem": line.partition(": ")[2]})
                  for line in str(error).splitlines()]  # fmt: skip
        _print_checks(checks, options)
        return exit_code(checks)
    set_up_logging(level="error", form="console", secrets=known_secrets(settings))
    with database(settings) as url:
        checks = run_async(_examine(settings, url))
    _print_checks(checks, options)
    return exit_code(checks)


def openapi(_options: argparse.Namespace) -> int:
    """Print the OpenAPI document of the public interface."""
    settings = _prepared()

    async def run(url: str) -> int:
        async with running_gateway(settings, url) as gateway:
            document = openapi_document(gateway.http)
            print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
        return 0

    with explained(), database(settings) as url:
        return run_async(run(url))


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


async def _serve(settings: Settings, url: str, revive: Callable[[], bool] | None) -> int:
    shutdown = stop_event()
    raise_descriptor_limit()
    # The address is taken first: a port that is in use is told before anything else starts, and port 0 is known.
    listening = Listening.open(settings.bind, settings.internal_bind)
    settings = settings.model_copy(update={"bind": listening.address})
    async with running_gateway(settings, url, revive=revive) as gateway:
        _log.info("serving", extra={"address": listening.url, "pool": settings.whatsapp_pool})
        collect_rarely()
        await serve_application(gateway.app, listening, shutdown, gateway.leave, server=settings.http_server)
    return 0


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what a person can mend into a CommandError; anything else goes on as the defect it is."""
    try:
        yield
    except _MENDABLE as error:
        raise CommandError(_reason(error)) from None
    except ExceptionGroup as group:
        mendable, others = group.split(_MENDABLE)
        if mendable is None or others is not None:
            raise
        raise CommandError(_reason(_first(mendable))) from None


def _first(error: Exception) -> Exception:
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


def _reason(error: Exception) -> str:
    if isinstance(error, DatabaseUnavailableError):
        return "База данных не отвечает: проверьте DATABASE_URL / the database does not answer: check DATABASE_URL"
    if isinstance(error, NotAvailableError):
        return f"Сервер WAHA слишком старый, нужна версия 2026.6.1 или новее / {error}"
    if isinstance(error, SchemaError):
        return f"Схема базы не подходит / {error}"
    return str(error)


async def _examine(settings: Settings, url: str) -> list[Check]:
    clock = SystemClock()
    storage = Storage(url, pool_size=2, now=clock.now)
    partner = None
    if settings.application_id is not None:
        partner = build_partner(settings, _DoctorsLimiter(PartnerBudget(storage, clock)), clock)
    try:
        return await build_doctor(settings, storage, partner).examine()
    finally:
        if partner is not None:
            await partner.aclose()
        await storage.close()


class _DoctorsLimiter:
    """Takes part in the shared limits, but makes its one call all the same when there is no database to share."""

    def __init__(self, budget: PartnerBudget) -> None:
        self._budget = budget

    async def acquire(self, priority: Priority) -> float:
        """Wait for a place, a few seconds at most; 0.0 stands for none."""
        with contextlib.suppress(Exception):  # no server, no tables yet: the doctor's findings say which
            async with asyncio.timeout(BUDGET_PATIENCE_S):
                return await self._budget.acquire(priority)
        return 0.0

    async def settle(self, place: float, heard: bool | None = None) -> None:
        """Give the place its time, if there was one."""
        with contextlib.suppress(Exception):
            await self._budget.settle(place)

    async def pause(self, seconds: float) -> None:
        """Let everybody else wait too, if they can be told."""
        with contextlib.suppress(Exception):
            await self._budget.pause(seconds)


def _print_checks(checks: list[Check], options: argparse.Namespace) -> None:
    if options.json:
        rows = [{"subject": check.subject, "level": check.level.value, "code": check.code, **check.params,
                 "text": _sentence(check, options.lang)} for check in checks]  # fmt: skip
        print(json.dumps({"ok": exit_code(checks) == 0, "checks": rows}, ensure_ascii=False, indent=2))
        return
    marks = {Level.OK: "✓", Level.WARN: "!", Level.BAD: "✗"}
    width = max(len(check.subject) for check in checks)
    for check in checks:
        print(f"{marks[check.level]} {check.subject:<{width}}  {_sentence(check, options.lang)}")


def _sentence(check: Check, language: str) -> str:
    """Return what was seen and, unless all is well, what to do."""
    seen = text(language, f"doctor.{check.code}", **check.params)
    return seen if check.level is Level.OK else f"{seen} {text(language, f'doctor_do.{check.code}')}"


def _prepared() -> Settings:
    settings = load_settings()
    set_up_logging(level=settings.log_level, form=settings.log_format, secrets=known_secrets(settings))
    return settings


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Give the address of the configured database, or start the embedded one for the time of the command."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with EmbeddedPostgres(Path(settings.data_dir)) as postgres:
        yield postgres.url


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop
