"""What is made of the settings alone, for the gateway and for its commands."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket

from pydantic import SecretStr

from gateway.application.destruction import ReportSeal
from gateway.application.doctor import Configuration, Doctor, NeonizeFacts, SessionServer
from gateway.application.keys import JwtKeyIds
from gateway.application.links import OtherSecrets
from gateway.application.ports import Clock
from gateway.clock import SharedClock, SystemClock
from gateway.config import Settings, decode_data_key
from gateway.domain.signatures import token_problem
from gateway.http.assets import default_assets
from gateway.storage.database import Storage
from gateway.storage.liveness import ProcessLiveness
from gateway.storage.reseal_store import key_facts
from gateway.storage.schema import schema_level
from gateway.storage.secret_box import SecretBox
from gateway.storage.webhook_look import WebhookLook
from gateway.whatsapp.neonize.engine import NeonizeEngines
from gateway.whatsapp.neonize.files import FileSets
from gateway.whatsapp.neonize.pin import LIBRARY_VERSION, is_installed
from gateway.whatsapp.neonize.process import ProcessSpawner
from gateway.whatsapp.waha import WahaClient, WahaInstance, look_at
from gateway.yclients.client import TOTAL_TIMEOUT_S, Limiter, YclientsClient
from resources.texts import text
from shared.version import VERSION

CALLS_AT_ONCE = 12
"""Partner calls that one process works side by side: enough for five a second when an answer takes two."""


class EngineMissingError(Exception):
    """The chosen WHATSAPP_POOL needs something that is not installed; the text names it and the command."""

    def __init__(self) -> None:
        ru, en = (
            f"{text(language, 'doctor.pool_neonize_missing', version=LIBRARY_VERSION)} "
            f"{text(language, 'doctor_do.pool_neonize_missing')}"
            for language in ("ru", "en")
        )
        super().__init__(f"engine_missing: {ru} / {en}")


def neonize_engines(settings: Settings, clock: Clock) -> NeonizeEngines:
    """Return engines that are workers of this machine. Raises EngineMissingError."""
    if not is_installed():
        raise EngineMissingError
    return NeonizeEngines(
        FileSets(settings.effective_neonize_dir, SecretBox), ProcessSpawner(), clock, version=LIBRARY_VERSION,
        max_workers=settings.neonize_max_workers, quiet_hour=settings.neonize_quiet_hour,
    )  # fmt: skip


def owner_name() -> str:
    """Return a name for this process that no other process has or had."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def secret_box(settings: Settings) -> SecretBox | None:
    """Return the box that seals secrets, None without DATA_KEY."""
    key = data_key(settings.data_key)
    return (
        SecretBox(
            key, previous=data_key(settings.data_key_previous), following=data_key(settings.data_key_next)
        )
        if key
        else None
    )


def other_secrets(settings: Settings) -> OtherSecrets:
    """Return what is accepted beside JWT_SECRET."""
    return OtherSecrets(plain(settings.jwt_secret_previous), plain(settings.jwt_secret_next))


def report_seal(settings: Settings) -> ReportSeal:
    """Return what signs reports of destruction."""
    return ReportSeal(plain(settings.jwt_secret), other_secrets(settings))


def known_secrets(settings: Settings) -> list[str]:
    """Return every configured secret, so that logs can be cleaned of them."""
    held = (
        settings.partner_token, settings.partner_token_previous, settings.partner_token_next, settings.jwt_secret,
        settings.jwt_secret_previous, settings.jwt_secret_next, settings.data_key, settings.data_key_previous,
        settings.data_key_next, settings.database_url, settings.metrics_token,
        *(each.api_key for each in settings.waha_instances), *(each.webhook_secret for each in settings.waha_instances),
    )  # fmt: skip
    return [value.get_secret_value() for value in held if value is not None]


def build_partner(
    settings: Settings, limiter: Limiter, clock: Clock, *, timeout_s: float = TOTAL_TIMEOUT_S
) -> YclientsClient:
    """Return the client of YCLIENTS for the configured token and application; a call takes at most `timeout_s`."""
    return YclientsClient(
        base_url=settings.yclients_api_url, token=usable_token(settings) or "", accept=settings.yclients_accept,
        application_id=settings.application_id or 0, limiter=limiter, clock=clock, total_timeout_s=timeout_s,
    )  # fmt: skip


def build_doctor(settings: Settings, storage: Storage, partner: YclientsClient | None) -> Doctor:
    """Return the doctor for these settings."""
    box = secret_box(settings)
    public_url = settings.effective_public_url
    configuration = Configuration(
        partner_token=plain(settings.partner_token), partner_token_previous=plain(settings.partner_token_previous),
        application_id=settings.application_id, jwt_secret_is_set=settings.jwt_secret is not None,
        data_key_id=box.current_key_id if box else None, public_url=public_url,
        public_url_is_https=bool(public_url and public_url.startswith("https:")),
        public_url_is_loopback=bool(public_url and public_url.startswith("http:")),
        require_signed_entry=settings.require_signed_entry, whatsapp_pool=settings.whatsapp_pool,
        has_socket_client=default_assets().has_socket_client,
        data_key_previous_is_set=settings.data_key_previous is not None,
        jwt_secret_previous_is_set=settings.jwt_secret_previous is not None,
        waha_hook_base=settings.waha_hook_base,
        neonize=NeonizeFacts(LIBRARY_VERSION, is_installed()),
    )  # fmt: skip
    jwt_key_ids = JwtKeyIds.of(plain(settings.jwt_secret), other_secrets(settings))

    async def signed_entries_seen() -> bool:
        rows = await storage.read(
            lambda tx: tx.sql("SELECT EXISTS (SELECT 1 FROM installs WHERE entry_signed) AS seen")
        )
        return bool(rows[0]["seen"])

    webhooks = WebhookLook(storage)
    return Doctor(
        configuration, partner, lambda: schema_level(storage), signed_entries_seen, webhooks.facts,
        lambda: key_facts(storage, box, jwt_key_ids), lambda: session_servers(settings),
    )  # fmt: skip


def waha_instances(settings: Settings) -> list[WahaInstance]:
    """Return the configured WAHA instances, each with the address for its webhooks."""
    return [
        WahaInstance(
            each.name, each.url, each.api_key.get_secret_value(), each.webhook_secret.get_secret_value(),
            each.capacity, f"{settings.waha_hook_base or ''}/whatsapp/waha/{each.name}/webhook",
        )
        for each in settings.waha_instances
    ]  # fmt: skip


async def session_servers(settings: Settings) -> list[SessionServer]:
    """Ask every configured WAHA instance how it is."""
    clients = [WahaClient(each, SystemClock()) for each in waha_instances(settings)]
    try:
        looks = await asyncio.gather(*(look_at(client) for client in clients))
    finally:
        for client in clients:
            await client.aclose()
    return [
        SessionServer(
            look.instance.name, look.instance.capacity, look.version.version if look.version else "",
            look.version.engine if look.version else "", look.sessions,
            look.version is None or look.version.is_supported, look.fault.value if look.fault else None,
        )
        for look in looks
    ]  # fmt: skip


def build_liveness(settings: Settings, storage: Storage, clock: SharedClock) -> ProcessLiveness:
    """Return this process' sign of life, which also sets the clock that all processes share."""
    box = secret_box(settings)
    jwt_keys = JwtKeyIds.of(plain(settings.jwt_secret), other_secrets(settings))
    return ProcessLiveness(
        storage, owner_name(), clock.follow, data_key_id=box.current_key_id if box else None,
        jwt_key_id=jwt_keys.current, version=VERSION,
    )  # fmt: skip


def data_key(secret: SecretStr | None) -> bytes | None:
    """Return the bytes of a DATA_KEY setting, None when it is not set."""
    return decode_data_key(secret.get_secret_value()) if secret else None


def plain(secret: SecretStr | None) -> str | None:
    """Return a secret's value, None when it is not set."""
    return secret.get_secret_value() if secret is not None else None


def usable_token(settings: Settings) -> str | None:
    """Return PARTNER_TOKEN, None when it is missing or cannot be one."""
    token = plain(settings.partner_token)
    return token if token_problem(token) is None else None
