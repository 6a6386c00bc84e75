"""The doctor's report for staff: its findings, and what each PARTNER_TOKEN last proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.application.admin.desk import Handler
from gateway.application.doctor import Check, Doctor
from gateway.application.ports import Clock, TokenMemory
from gateway.application.records import StaffMember
from gateway.application.token_witness import TokenMatch
from gateway.domain.signatures import fingerprint, token_problem
from shared import protocol
from shared.admin_wire import CheckView, DoctorQuery, DoctorReport, TokenView
from shared.vocabulary import CheckLevel


@dataclass(frozen=True, slots=True)
class Tokens:
    """The configured tokens; only their fingerprints ever leave here."""

    current: str | None = field(repr=False)
    previous: str | None = field(repr=False)
    next: str | None = field(default=None, repr=False)


class MatchStore(Protocol):
    """When tokens last proved something; see `gateway.storage.token_store`."""

    async def matches(self, fingerprints: Iterable[str]) -> Mapping[str, TokenMatch]:
        """Return what is known of these tokens."""


class DoctorDesk:
    """The operation on the configuration."""

    def __init__(
        self, doctor: Doctor, tokens: Tokens, matches: MatchStore, memory: TokenMemory, clock: Clock
    ) -> None:
        self._doctor = doctor
        self._tokens = {"current": tokens.current, "previous": tokens.previous}
        if tokens.next is not None:
            self._tokens["next"] = tokens.next
        self._matches = matches
        self._memory = memory
        self._clock = clock

    async def report(self, _member: StaffMember, given: DoctorQuery) -> DoctorReport:
        """Examine the configuration, asking YCLIENTS unless told not to.

        Not even the database has to be there for the findings; for what the tokens proved it has.
        """
        checks = await self._doctor.examine(probe=given.probe)
        prints = {which: _print_of(token) for which, token in self._tokens.items()}
        known = await self._matches.matches(each for each in prints.values() if each is not None)
        refusal = await self._memory.refusal()
        is_ours = refusal is not None and refusal.fingerprint == prints["current"]
        return DoctorReport(
            checks=[_check_view(check) for check in checks],
            tokens=[
                _token_view(which, token, known.get(prints[which] or "")) for which, token in self._tokens.items()
            ],
            refused_since=refusal.at if refusal is not None and is_ours else None,
            refused_code=refusal.code if refusal is not None and is_ours else None,
            examined_at=self._clock.now(), is_probed=given.probe,
        )  # fmt: skip


def handlers(
    doctor: Doctor, tokens: Tokens, matches: MatchStore, memory: TokenMemory, clock: Clock
) -> Mapping[str, Handler]:
    """Return what answers the operation on the configuration."""
    return {protocol.DOCTOR_REPORT.name: DoctorDesk(doctor, tokens, matches, memory, clock).report}


def _print_of(token: str | None) -> str | None:
    return None if token is None or token_problem(token) is not None else fingerprint(token)


def _check_view(check: Check) -> CheckView:
    return CheckView(
        subject=check.subject, level=CheckLevel(check.level.value), code=check.code, params=check.params
    )


def _token_view(which: str, token: str | None, match: TokenMatch | None) -> TokenView:
    return TokenView(
        which=which, is_set=token is not None, fingerprint=_print_of(token), problem=token_problem(token),
        last_matched_at=match.at if match else None, last_matched_by=match.by if match else None,
    )  # fmt: skip
