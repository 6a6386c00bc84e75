"""The doctor: what is configured, what was seen, and what to do about it. No value of a secret is ever shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from gateway.application.keys import KeyFacts
from gateway.application.ports import PartnerApi
from gateway.domain.partner_answers import FailureKind, Priority, ProbeResult
from gateway.domain.signatures import fingerprint, token_problem, verify_user_data

MAX_CLOCK_OFFSET_S = 30.0
MIN_SERVER_VERSION = 150000
SESSION_ENGINE = "GOWS"
"""The engine WAHA should run: the others know no passkeys."""

_VECTOR = (
    "eyJpZCI6MSwibmFtZSI6ItCB0LvQutCwIn0=",
    "15d8fc5877ac7799ddbd751b2e3ec6564b9677bd1f1cd420f645041fc9c62a72",
    b"self-test-token",
)
"""A signed `user_data`, its signature and the token that made it: hex HMAC-SHA256 over the decoded bytes."""


class Level(StrEnum):
    """How a check came out; `bad` makes the command fail."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `subject` names the setting or part, `code` finds its sentences in the texts."""

    subject: str
    level: Level
    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeonizeFacts:
    """What the optional library must be, and whether it is that."""

    version: str
    is_installed: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings as the doctor needs them; secrets only as presence, problem and fingerprint."""

    partner_token: str | None
    partner_token_previous: str | None
    application_id: int | None
    jwt_secret_is_set: bool
    data_key_id: str | None
    public_url: str | None
    public_url_is_https: bool
    public_url_is_loopback: bool
    require_signed_entry: bool
    whatsapp_pool: str
    has_socket_client: bool
    data_key_previous_is_set: bool = False
    jwt_secret_previous_is_set: bool = False
    waha_hook_base: str | None = None
    neonize: NeonizeFacts | None = None


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """What the doctor asks of the webhooks that came: the newest one accepted and the newest one refused."""

    received_at: datetime | None
    refused_at: datetime | None
    refused_code: str | None
    has_active_install: bool


@dataclass(frozen=True, slots=True)
class SessionServer:
    """What one WAHA instance said, or the fault with which it did not."""

    name: str
    capacity: int
    version: str = ""
    engine: str = ""
    sessions: int = 0
    is_supported: bool = True
    fault: str | None = None


class DatabaseFacts(Protocol):
    """What the doctor asks of a database level."""

    @property
    def server_version(self) -> int:
        """Server version as a number, such as 180004."""

    @property
    def applied(self) -> Sequence[str]:
        """Applied migrations."""

    @property
    def pending(self) -> Sequence[str]:
        """Migrations still to apply."""

    @property
    def unknown(self) -> Sequence[str]:
        """Migrations of a newer program."""


class Doctor:
    """Runs every check; a part that cannot be asked is a finding, never an exception."""

    def __init__(
        self,
        configuration: Configuration,
        partner: PartnerApi | None,
        database: Callable[[], Awaitable[DatabaseFacts]],
        signed_entries_seen: Callable[[], Awaitable[bool]],
        webhooks: Callable[[], Awaitable[WebhookFacts]],
        keys: Callable[[], Awaitable[KeyFacts]] | None = None,
        servers: Callable[[], Awaitable[Sequence[SessionServer]]] | None = None,
    ) -> None:
        self._configuration = configuration
        self._partner = partner
        self._database = database
        self._signed_entries_seen = signed_entries_seen
        self._webhooks = webhooks
        self._keys = keys
        self._servers = servers

    async def examine(self, *, probe: bool = True) -> list[Check]:
        """Return the findings, PARTNER_TOKEN first. Takes as long as the slower of YCLIENTS and the database.

        Without `probe` YCLIENTS is not asked.
        """
        seen, database, pool = await asyncio.gather(
            self._probe(wanted=probe), self._about_database(), self._pool()
        )
        checks = [
            self._token_check(seen, was_wanted=probe),
            *self._previous_token(),
            self._signatures(),
            *self._clock(seen),
            self._application_id(seen),
        ]
        checks += [*self._secrets(), self._public_url(), *database, *pool, self._socket_client()]
        return checks

    async def _probe(self, *, wanted: bool) -> ProbeResult | None:
        if not wanted or token_problem(self._configuration.partner_token) or self._partner is None:
            return None
        return await self._partner.probe(Priority.STATUS)

    def _token_check(self, probe: ProbeResult | None, *, was_wanted: bool) -> Check:
        token = self._configuration.partner_token
        problem = token_problem(token)
        if problem is not None or token is None:
            return Check("PARTNER_TOKEN", Level.BAD, f"token_{problem or 'missing'}")
        shown = {"fingerprint": fingerprint(token)}
        if probe is None and not was_wanted:
            return Check("PARTNER_TOKEN", Level.OK, "token_set", shown)
        if probe is None:
            return Check("PARTNER_TOKEN", Level.WARN, "token_not_probed", shown)
        shown |= {"latency_ms": str(probe.latency_ms), "status": str(probe.http_status or "")}
        if probe.kind is None:
            return Check("PARTNER_TOKEN", Level.OK, "token_accepted", shown)
        refused = {FailureKind.UNAUTHORIZED: "token_refused_401", FailureKind.FORBIDDEN: "token_refused_403"}
        if probe.kind in refused:
            return Check("PARTNER_TOKEN", Level.BAD, refused[probe.kind], shown)
        return Check("PARTNER_TOKEN", Level.WARN, "token_unprobeable", shown | {"kind": probe.kind.value})

    def _previous_token(self) -> list[Check]:
        previous = self._configuration.partner_token_previous
        if previous is None:
            return []
        problem = token_problem(previous)
        if problem is not None:
            return [Check("PARTNER_TOKEN_PREVIOUS", Level.WARN, f"token_{problem}")]
        return [
            Check(
                "PARTNER_TOKEN_PREVIOUS",
                Level.OK,
                "previous_token_set",
                {"fingerprint": fingerprint(previous)},
            )
        ]

    def _signatures(self) -> Check:
        """Check a signature whose outcome is known: nothing here may have changed how signatures are made."""
        user_data, sign, token = _VECTOR
        holds = verify_user_data(user_data, sign, (token,)) is not None
        refuses = verify_user_data(user_data, sign, (token + b"x",)) is None
        if holds and refuses:
            return Check("SIGNATURES", Level.OK, "signatures_ok")
        return Check("SIGNATURES", Level.BAD, "signatures_broken")

    def _clock(self, probe: ProbeResult | None) -> list[Check]:
        if probe is None or probe.clock_offset_s is None:
            return []
        shown = {"seconds": f"{round(probe.clock_offset_s) or 0:+d}".replace("+0", "0")}
        is_close = abs(probe.clock_offset_s) <= MAX_CLOCK_OFFSET_S
        return [
            Check(
                "CLOCK", Level.OK if is_close else Level.BAD, "clock_ok" if is_close else "clock_off", shown
            )
        ]

    def _application_id(self, probe: ProbeResult | None) -> Check:
        application_id = self._configuration.application_id
        if application_id is None:
            return Check("APPLICATION_ID", Level.BAD, "application_id_missing")
        shown = {"application_id": str(application_id)}
        if probe is not None and probe.kind is FailureKind.NOT_FOUND:
            return Check("APPLICATION_ID", Level.BAD, "application_id_unknown", shown)
        return Check("APPLICATION_ID", Level.OK, "application_id_set", shown)

    def _secrets(self) -> list[Check]:
        has_jwt, key = self._configuration.jwt_secret_is_set, self._configuration.data_key_id
        jwt = Check(
            "JWT_SECRET",
            Level.OK if has_jwt else Level.BAD,
            "secret_set" if has_jwt else "jwt_secret_missing",
        )
        if key is None:
            return [jwt, Check("DATA_KEY", Level.BAD, "data_key_missing")]
        return [jwt, Check("DATA_KEY", Level.OK, "data_key_set", {"key_id": key})]

    def _public_url(self) -> Check:
        configuration = self._configuration
        if configuration.public_url is None:
            return Check("PUBLIC_URL", Level.BAD, "public_url_missing")
        shown = {"url": configuration.public_url}
        if configuration.public_url_is_https:
            return Check("PUBLIC_URL", Level.OK, "public_url_ok", shown)
        if configuration.public_url_is_loopback:
            return Check("PUBLIC_URL", Level.WARN, "public_url_loopback", shown)
        return Check("PUBLIC_URL", Level.BAD, "public_url_not_https", shown)

    async def _about_database(self) -> list[Check]:
        """Return what the database says; one that does not answer is asked once only."""
        try:
            facts = await self._database()
        except Exception as error:  # whatever is wrong with the database is a finding
            unreachable = Check(
                "DATABASE_URL", Level.BAD, "database_unreachable", {"cause": type(error).__name__}
            )
            return [unreachable, *self._signed_entry(were_seen=False)]
        return [
            self._server(facts),
            self._migrations(facts),
            *await self._about_keys(),
            *await self._about_webhooks(),
            *self._signed_entry(were_seen=await self._were_seen()),
        ]

    async def _about_webhooks(self) -> list[Check]:
        try:
            facts = await self._webhooks()
        except Exception:  # no tables yet, or gone a moment later: the checks above say it
            return []
        if facts.refused_at is not None and (
            facts.received_at is None or facts.received_at < facts.refused_at
        ):
            shown = {"at": _moment(facts.refused_at), "reason": facts.refused_code or ""}
            return [Check("WEBHOOKS", Level.WARN, "webhooks_refused", shown)]
        if facts.received_at is not None:
            return [Check("WEBHOOKS", Level.OK, "webhooks_seen", {"at": _moment(facts.received_at)})]
        return [Check("WEBHOOKS", Level.WARN, "webhooks_never")] if facts.has_active_install else []

    async def _about_keys(self) -> list[Check]:
        if self._keys is None:
            return []
        try:
            facts = await self._keys()
        except Exception:  # no tables yet, or gone a moment later: the checks above say it
            return []
        checks = []
        if facts.sealed_unknown:
            told = {"count": str(facts.sealed_unknown)}
            checks.append(Check("SEALED_VALUES", Level.BAD, "data_key_of_values_missing", told))
        if self._configuration.data_key_previous_is_set:
            checks += self._previous_data_key(facts)
        if self._configuration.jwt_secret_previous_is_set:
            checks.append(self._previous_jwt_secret(facts))
        if facts.staff_lost:
            checks.append(Check("STAFF", Level.WARN, "staff_tokens_lost", {"count": str(facts.staff_lost)}))
        return checks

    def _previous_data_key(self, facts: KeyFacts) -> list[Check]:
        checks, waiting = [], facts.sealed_previous - facts.damaged
        if facts.damaged:
            told = {"count": str(facts.damaged)}
            checks.append(Check("DAMAGED_VALUES", Level.WARN, "sealed_values_damaged", told))
        if waiting or facts.sealing_with_previous:
            told = {"count": str(waiting), "processes": str(facts.sealing_with_previous)}
            return [*checks, Check("DATA_KEY_PREVIOUS", Level.WARN, "data_key_previous_needed", told)]
        return [*checks, Check("DATA_KEY_PREVIOUS", Level.OK, "data_key_previous_ok")]

    def _previous_jwt_secret(self, facts: KeyFacts) -> Check:
        if facts.staff_by_previous or facts.signing_with_previous:
            told = {"count": str(facts.staff_by_previous), "processes": str(facts.signing_with_previous)}
            return Check("JWT_SECRET_PREVIOUS", Level.WARN, "jwt_secret_previous_needed", told)
        return Check("JWT_SECRET_PREVIOUS", Level.OK, "jwt_secret_previous_ok")

    def _server(self, facts: DatabaseFacts) -> Check:
        version = f"{facts.server_version // 10000}.{facts.server_version % 10000}"
        if facts.server_version < MIN_SERVER_VERSION:
            return Check("DATABASE_URL", Level.BAD, "database_too_old", {"version": version})
        return Check("DATABASE_URL", Level.OK, "database_ok", {"version": version})

    def _migrations(self, facts: DatabaseFacts) -> Check:
        if facts.unknown:
            return Check("MIGRATIONS", Level.BAD, "migrations_unknown", {"names": ", ".join(facts.unknown)})
        if facts.pending:
            return Check("MIGRATIONS", Level.WARN, "migrations_pending", {"names": ", ".join(facts.pending)})
        return Check(
            "MIGRATIONS", Level.OK, "migrations_ok", {"name": facts.applied[-1] if facts.applied else "-"}
        )

    async def _pool(self) -> list[Check]:
        pool = self._configuration.whatsapp_pool
        if pool == "simulator":
            return [Check("WHATSAPP_POOL", Level.WARN, "pool_simulator")]
        if pool == "neonize":
            return [_about_neonize(self._configuration.neonize)]
        checks = [Check("WHATSAPP_POOL", Level.OK, "pool_waha_set")]
        if self._configuration.waha_hook_base is None:
            checks.append(Check("WAHA_WEBHOOK_URL", Level.BAD, "waha_hook_missing"))
        if self._servers is not None:
            checks.append(_about_servers(await self._servers()))
        return checks

    async def _were_seen(self) -> bool:
        try:
            return await self._signed_entries_seen()
        except Exception:  # no tables yet, or gone a moment later: the checks above say it
            return False

    def _signed_entry(self, *, were_seen: bool) -> list[Check]:
        if self._configuration.require_signed_entry:
            return [Check("REQUIRE_SIGNED_ENTRY", Level.OK, "signed_entry_required")]
        return [Check("REQUIRE_SIGNED_ENTRY", Level.WARN, "signed_entry_recommended")] if were_seen else []

    def _socket_client(self) -> Check:
        found = self._configuration.has_socket_client
        return Check(
            "SOCKET_CLIENT",
            Level.OK if found else Level.WARN,
            "socket_client_ok" if found else "socket_client_missing",
        )


def _about_neonize(facts: NeonizeFacts | None) -> Check:
    told = {"version": facts.version if facts else ""}
    if facts is None or not facts.is_installed:
        return Check("WHATSAPP_POOL", Level.BAD, "pool_neonize_missing", told)
    return Check("WHATSAPP_POOL", Level.OK, "pool_neonize_set", told)


def _about_servers(servers: Sequence[SessionServer]) -> Check:
    """Return one finding for all instances: the first that is bad, else the first that is not well, else their sum."""
    findings = [_about_server(server) for server in servers]
    for level in (Level.BAD, Level.WARN):
        for finding in findings:
            if finding.level is level:
                return finding
    return Check(
        "WAHA_INSTANCES", Level.OK, "waha_ok",
        {
            "name": ", ".join(server.name for server in servers),
            "version": ", ".join(sorted({server.version for server in servers})), "engine": SESSION_ENGINE,
            "sessions": str(sum(server.sessions for server in servers)),
            "capacity": str(sum(server.capacity for server in servers)),
        },
    )  # fmt: skip


def _about_server(server: SessionServer) -> Check:
    subject, shown = "WAHA_INSTANCES", {"name": server.name}
    if server.fault is not None:
        faults = {"remote_auth": "waha_auth", "remote_unreachable": "waha_unreachable"}
        return Check(subject, Level.BAD, faults.get(server.fault, "waha_broken"), shown)
    shown["version"] = server.version
    if not server.is_supported:
        return Check(subject, Level.BAD, "waha_too_old", shown)
    if server.engine != SESSION_ENGINE:
        return Check(subject, Level.WARN, "waha_not_gows", shown | {"engine": server.engine})
    if server.sessions >= server.capacity:
        room = {"sessions": str(server.sessions), "capacity": str(server.capacity)}
        return Check(subject, Level.WARN, "waha_full", {"name": server.name} | room)
    return Check(subject, Level.OK, "waha_ok")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def exit_code(checks: Sequence[Check]) -> int:
    """Return 0 when nothing is bad, else 1."""
    return int(any(check.level is Level.BAD for check in checks))
