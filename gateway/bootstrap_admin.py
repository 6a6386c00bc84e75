"""The admin side's part of the composition root: the desk, and what its two doors are made of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.application.admin import crashes
from gateway.application.admin.audit import AuditDesk
from gateway.application.admin.desk import Desk, Handler
from gateway.application.admin.staff import GatewayFacts, StaffDesk, StaffTokens
from gateway.application.limits import Limits
from gateway.application.links import NO_OTHERS, OtherSecrets, derive_key
from gateway.application.ports import Clock
from gateway.application.records import StaffMember
from gateway.storage.audit_store import AuditStore
from gateway.storage.console_lines import ConsoleLines
from gateway.storage.database import Storage, acting
from gateway.storage.event_store import EventStore
from gateway.storage.staff_store import CommandStore, StaffStore
from shared import protocol
from shared.admin_wire import Nothing, SalonQuery


@dataclass(frozen=True, slots=True)
class AdminSide:
    """What serves staff, whichever door they come through."""

    tokens: StaffTokens
    desk: Desk
    commands: CommandStore
    handlers: Mapping[str, Handler]


def build_tokens(
    storage: Storage, jwt_secret: str | None, clock: Clock, others: OtherSecrets = NO_OTHERS
) -> StaffTokens:
    """Return who makes and checks staff's tokens."""
    return StaffTokens(jwt_secret, StaffStore(storage), AuditStore(storage), acting, clock, others)


def build_admin(
    storage: Storage,
    jwt_secret: str | None,
    clock: Clock,
    events: EventStore,
    facts: GatewayFacts,
    limits: Limits,
    lines: ConsoleLines,
    *more: Mapping[str, Handler],
    others: OtherSecrets = NO_OTHERS,
) -> AdminSide:
    """Return the admin side; `more` are the handlers of the other areas."""
    audit, commands, audits = AuditStore(storage), CommandStore(storage), AuditDesk(AuditStore(storage))
    tokens = build_tokens(storage, jwt_secret, clock, others)
    staff = StaffDesk(StaffStore(storage), tokens, lines.counts, events.last_id, facts, clock)
    handlers: dict[str, Handler] = {
        protocol.STAFF_ME.name: staff.me,
        protocol.STAFF_LIST.name: staff.list,
        protocol.STAFF_REVOKE.name: staff.revoke,
        protocol.STAFF_ADD.name: staff.add,
        protocol.AUDIT_LIST.name: audits.list,
        protocol.AUDIT_CHECK.name: audits.check,
        protocol.QR_CLOSE.name: _nothing,
    }
    for each in (*more, crashes.handlers(limits)):
        handlers |= each
    if protocol.SESSIONS_QR.name in handlers:
        handlers.setdefault(protocol.QR_OPEN.name, handlers[protocol.SESSIONS_QR.name])
    # Without JWT_SECRET there are no staff and nothing to digest; the key then only has to be nobody's.
    digest_key = derive_key(jwt_secret or secrets.token_hex(32), "staff command")
    desk = Desk(handlers, commands, audit, acting, digest_key, limits, others.keys("staff command"))
    return AdminSide(tokens, desk, commands, handlers)


async def _nothing(_member: StaffMember, _given: SalonQuery) -> Nothing:
    """`qr.close`: the socket that looked forgets the salon by itself."""
    return Nothing()
