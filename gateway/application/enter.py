"""Entry from the marketplace: from the redirect's query to an open install and a link to its page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.application.limits import Limits
from gateway.application.links import LinkTokens
from gateway.application.ports import Clock, InstallStore, PartnerApi, TokenMemory, TokenWitness
from gateway.application.records import EntryFacts, OpenedInstall
from gateway.domain.entry import EntryRequest, parse_entry, parse_user
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import (
    Company,
    FailureKind,
    PartnerError,
    PartnerStatus,
    Priority,
    StatusReading,
)
from gateway.domain.signatures import token_problem, verify_user_data

SECOND_LOOK_AFTER_S = 1.5
UNSIGNED_AT_ONCE = 4
"""Entries that prove nothing and are worked at one time: a crowd of them would keep everybody from the partner."""

_UNREADABLE = (FailureKind.SERVER_ERROR, FailureKind.TIMEOUT, FailureKind.UNREACHABLE, FailureKind.GARBLED)


@dataclass(frozen=True, slots=True)
class EntryConfig:
    """What entry needs to know of the settings."""

    partner_token: str | None
    partner_tokens: tuple[str | None, ...]
    token_fingerprint: str
    require_signed: bool
    is_sealing_configured: bool

    @property
    def tokens(self) -> tuple[bytes, ...]:
        """Every token that proves something, as bytes."""
        return tuple(token.encode() for token in self.partner_tokens if token)


@dataclass(frozen=True, slots=True)
class EntryResult:
    """Where to send the browser: to the onboarding page with `token`, or to «уже подключён» when `is_already`.

    On «уже подключён» a token is there only for the person who is known to manage this install.
    """

    token: str | None
    is_already: bool
    opened: tuple[OpenedInstall, ...]


class Enter:
    """The registration redirect."""

    def __init__(
        self,
        config: EntryConfig,
        installs: InstallStore,
        partner: PartnerApi,
        links: LinkTokens,
        memory: TokenMemory,
        witness: TokenWitness,
        drop_session: Callable[[int], Awaitable[object]],
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._config = config
        self._installs = installs
        self._partner = partner
        self._links = links
        self._memory = memory
        self._witness = witness
        self._drop_session = drop_session
        self._limits = limits
        self._unsigned = asyncio.Semaphore(UNSIGNED_AT_ONCE)
        self._clock = clock

    async def __call__(self, raw_query: bytes, address: str | None) -> EntryResult:
        """Take one entry from an address. Raises GatewayError with the code of the page that explains the refusal."""
        if token_problem(self._config.partner_token) is not None:
            raise GatewayError("partner_token_missing")
        if not self._links.is_configured or not self._config.is_sealing_configured:
            raise GatewayError("not_configured")
        request = parse_entry(raw_query)
        signed, user_id = self._check_signature(request, address)
        if self._config.require_signed and not signed:
            raise GatewayError("signature_required")
        self._limits.entry(address, request.user_data_sign if signed else None)
        async with contextlib.nullcontext() if signed else self._unsigned:
            opened = await self._open_all(request.salon_ids, signed, user_id)
        return self._result(opened, signed, user_id)

    def _check_signature(self, request: EntryRequest, address: str | None) -> tuple[bool, int | None]:
        if request.signature == "absent":
            return False, None
        if request.user_data is None or request.user_data_sign is None:
            raise GatewayError("signature_invalid")
        user_data, sign = request.user_data, request.user_data_sign
        decoded = verify_user_data(user_data, sign, self._config.tokens)
        if decoded is None:
            self._limits.stranger(address)
            raise GatewayError("signature_invalid")
        self._witness.saw("entry", lambda token: verify_user_data(user_data, sign, (token,)) is not None)
        return True, parse_user(decoded).user_id

    async def _open_all(
        self, salon_ids: Sequence[int], signed: bool, user_id: int | None
    ) -> tuple[OpenedInstall, ...]:
        """Open each branch by itself: one that cannot be opened does not hold up the others."""
        results = await asyncio.gather(
            *(self._open(salon_id, signed, user_id) for salon_id in salon_ids), return_exceptions=True
        )
        opened = tuple(result for result in results if isinstance(result, OpenedInstall))
        refusals = [result for result in results if isinstance(result, BaseException)]
        unexpected = [error for error in refusals if not isinstance(error, GatewayError)]
        if unexpected or not opened:
            raise (unexpected or refusals)[0]
        return opened

    async def _open(self, salon_id: int, signed: bool, user_id: int | None) -> OpenedInstall:
        # Whoever proves nothing waits for a place at the partner behind everybody who does.
        priority = Priority.ACTIVATION if signed else Priority.SWEEP
        company, status = await asyncio.gather(
            self._read_company(salon_id, priority), self._read_status(salon_id, priority)
        )
        known = await self._installs.newest(salon_id)
        is_ours = known is not None and known.is_open
        if status is not PartnerStatus.PENDING and not (
            is_ours and status in (PartnerStatus.ACTIVE, PartnerStatus.FREEZED)
        ):
            status = await self._second_look(salon_id, status, signed, priority)
        facts = EntryFacts(
            salon_id=salon_id, title=company.title, city=company.city, timezone=company.timezone_name,
            partner_status=status.value if isinstance(status, PartnerStatus) else None,
            signed=signed, owner_user_id=user_id,
        )  # fmt: skip
        opened = await self._installs.open_for_entry(facts)
        if opened.must_drop_session:
            await self._drop_session(salon_id)
        return opened

    async def _second_look(
        self, salon_id: int, first: PartnerStatus | FailureKind, signed: bool, priority: Priority
    ) -> PartnerStatus | FailureKind:
        """Not pending or unreadable: look once more, then trust only a valid signature."""
        await self._clock.sleep(SECOND_LOOK_AFTER_S)
        second = await self._read_status(salon_id, priority)
        if second is PartnerStatus.PENDING or signed:
            return second
        unreadable = second if isinstance(second, FailureKind) else None
        raise GatewayError(unreadable.error_code if unreadable else "not_requested")

    async def _read_company(self, salon_id: int, priority: Priority) -> Company:
        try:
            return await self._partner.company(salon_id, priority)
        except PartnerError as error:
            raise await self._explained(error) from None

    async def _read_status(self, salon_id: int, priority: Priority) -> PartnerStatus | FailureKind:
        """Return the status, or why it is unreadable; raises for what no second look can mend."""
        try:
            reading: StatusReading = await self._partner.status(salon_id, priority)
        except PartnerError as error:
            if error.kind in _UNREADABLE:
                return error.kind
            raise await self._explained(error) from None
        return reading.status

    async def _explained(self, error: PartnerError) -> GatewayError:
        if error.kind is FailureKind.UNAUTHORIZED:
            await self._memory.refuse("unauthorized", self._config.token_fingerprint)
        return GatewayError(error.kind.error_code)

    def _result(self, opened: Sequence[OpenedInstall], signed: bool, user_id: int | None) -> EntryResult:
        manageable = {
            each.install.salon_id: each.install.generation
            for each in opened
            if each.outcome != "already_active" or _may_manage(each, signed, user_id)
        }
        is_already = all(each.outcome == "already_active" for each in opened)
        token = self._links.issue(manageable) if manageable else None
        return EntryResult(token, is_already, tuple(opened))


def _may_manage(opened: OpenedInstall, signed: bool, user_id: int | None) -> bool:
    """Whether an active install may be managed: the signature does not cover the salon, so the person must be known."""
    return signed and user_id is not None and opened.install.owner_user_id == user_id
