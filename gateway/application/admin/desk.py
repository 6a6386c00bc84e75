"""The desk: the one place that runs what staff ask for, whichever door they came through.

Nothing is allowed that the table of operations does not name, with a permission that the person has. A command
happens at most once for each idempotency key: the key is claimed first, the transaction that carries the command out
marks it (together with the audit's row), and the answer is kept for repeats. An answer that holds a secret (an
owner's link, a QR, a pairing code) is never stored; a repeat is then refused with `already_done`, and the person asks
anew. A command that is refused leaves its key free.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from pydantic import ValidationError

from gateway.application.limits import Limits
from gateway.application.records import CommandClaim, StaffAct, StaffMember
from gateway.domain.errors import CommandRepeatedError, GatewayError
from shared.admin_wire import AdminInput
from shared.protocol import BY_NAME, Operation

OPERATION_TIMEOUT_S = 30.0
REPEAT_PATIENCE_S = 20.0
_LOOK_EVERY_S = 0.1
_log = logging.getLogger("gateway.staff")

Handler: TypeAlias = Callable[[StaffMember, Any], Awaitable[Any]]
Answer: TypeAlias = Mapping[str, Any]
Input = TypeVar("Input", bound=AdminInput)


class CommandStore(Protocol):
    """The idempotency keys; see `gateway.storage.staff_store`."""

    async def claim(
        self, member: StaffMember, key: str, operation: str, digest: bytes, others: Sequence[bytes] = ()
    ) -> CommandClaim:
        """Claim a key, or return what is known of it; `others` are digests of the same input."""

    async def finish(self, member: StaffMember, key: str, answer: Answer | None) -> None:
        """Keep the answer of a command that was carried out."""

    async def release(self, member: StaffMember, key: str) -> None:
        """Let go of a key whose command was not carried out."""


class AuditStore(Protocol):
    """The part of the audit that is needed here."""

    async def record(self, act: StaffAct) -> None:
        """Write an act in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Call:
    """What goes with one request: its name in logs and audit, and a command's key."""

    request_id: str
    idempotency_key: str | None = None


class Desk:
    """Runs operations for members of staff whose token has been checked."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        commands: CommandStore,
        audit: AuditStore,
        acting: Callable[[StaffAct], AbstractContextManager[None]],
        digest_key: bytes,
        limits: Limits,
        other_digest_keys: Sequence[bytes] = (),
    ) -> None:
        self._handlers = handlers
        self._commands = commands
        self._audit = audit
        self._acting = acting
        self._digest_key = digest_key
        self._other_digest_keys = tuple(other_digest_keys)
        self._limits = limits

    @property
    def operations(self) -> frozenset[str]:
        """Names of the operations that can be run."""
        return frozenset(self._handlers) & frozenset(BY_NAME)

    async def run(self, member: StaffMember, name: str, fields: object, call: Call) -> Answer:
        """Run one operation and return its output as JSON. Raises GatewayError for every refusal."""
        operation, handler = BY_NAME.get(name), self._handlers.get(name)
        if operation is None or handler is None:
            raise GatewayError("operation_unknown")
        self._limits.person(member.staff_id)
        if operation.permission not in member.permissions:
            raise GatewayError("forbidden")
        given = checked(operation.input, fields)
        told = {"operation": name, "request_id": call.request_id, "staff_id": member.staff_id}
        _log.log(logging.INFO if operation.is_audited else logging.DEBUG, "staff_asked", extra=told)
        try:
            async with asyncio.timeout(OPERATION_TIMEOUT_S):
                return await self._carried_out(operation, handler, member, given, call)
        except TimeoutError:
            raise GatewayError("request_timeout") from None

    async def _carried_out(
        self,
        operation: Operation[Any, Any],
        handler: Handler,
        member: StaffMember,
        given: AdminInput,
        call: Call,
    ) -> Answer:
        if operation.is_command:
            return await self._command(operation, handler, member, given, call)
        if not operation.is_audited:
            return _json(await handler(member, given))
        return await self._audited(handler, member, given, _act(operation, member, given, call))

    async def _command(
        self,
        operation: Operation[Any, Any],
        handler: Handler,
        member: StaffMember,
        given: AdminInput,
        call: Call,
    ) -> Answer:
        key = call.idempotency_key
        if key is None:
            raise GatewayError("idempotency_key_missing")
        claim = await self._claimed(operation, member, given, key)
        if not claim.is_ours:
            return _repeated(claim)
        act = _act(operation, member, given, call)
        act.idempotency_key, act.input_digest = key, claim.input_digest
        try:
            answer = await self._audited(handler, member, given, act)
        except CommandRepeatedError:
            return _repeated(await self._claimed(operation, member, given, key))
        except BaseException:
            with contextlib.suppress(GatewayError):
                await self._commands.release(member, key)
            raise
        await self._commands.finish(member, key, None if operation.answers_secret else answer)
        return answer

    async def _audited(
        self, handler: Handler, member: StaffMember, given: AdminInput, act: StaffAct
    ) -> Answer:
        """Run a handler so that its transaction can carry the act; if none did, the act gets one of its own."""
        with self._acting(act):
            answer = _json(await handler(member, given))
        if not act.is_recorded:
            await self._audit.record(act)
        return answer

    async def _claimed(
        self, operation: Operation[Any, Any], member: StaffMember, given: AdminInput, key: str
    ) -> CommandClaim:
        """Claim a key; while somebody else carries out the same command, wait for its end."""
        digest = self.digest_of(operation, given)
        others = [_digest(operation, given, each) for each in self._other_digest_keys]
        for _ in range(int(REPEAT_PATIENCE_S / _LOOK_EVERY_S)):
            claim = await self._commands.claim(member, key, operation.name, digest, others)
            is_same = [hmac.compare_digest(claim.input_digest, each) for each in (digest, *others)]
            if claim.operation != operation.name or not any(is_same):
                raise GatewayError("idempotency_conflict")
            if claim.is_ours or not claim.is_live:
                return claim
            await asyncio.sleep(_LOOK_EVERY_S)
        raise GatewayError("command_in_progress")

    def digest_of(self, operation: Operation[Any, Any], given: AdminInput) -> bytes:
        """Return what a key remembers of its input: a keyed digest, for the input may hold a phone number."""
        return _digest(operation, given, self._digest_key)


def checked(model: type[Input], fields: object) -> Input:
    """Return JSON from outside as an input record, nothing guessed and nothing let through that is not declared.

    Raises GatewayError field_missing or field_invalid.
    """
    if not isinstance(fields, Mapping) or _holds_nul(fields):
        raise GatewayError("field_invalid")
    try:
        return model.model_validate_json(json.dumps(fields, allow_nan=False), strict=True)
    except ValidationError as error:
        kinds = {
            item["type"]
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        }
        raise GatewayError("field_missing" if kinds == {"missing"} else "field_invalid") from None
    except (TypeError, ValueError, RecursionError):
        raise GatewayError("field_invalid") from None


def new_request_id() -> str:
    """Return a name for a request that came without one."""
    return secrets.token_hex(8)


def _digest(operation: Operation[Any, Any], given: AdminInput, key: bytes) -> bytes:
    said = f"{operation.name}\x00{given.model_dump_json()}".encode()
    return hmac.new(key, said, hashlib.sha256).digest()


def _holds_nul(value: object) -> bool:
    """Whether a text somewhere in it holds a NUL, which no text in Postgres can."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str) and "\x00" in found:
            return True
        if isinstance(found, Mapping):
            waiting += (*found.keys(), *found.values())
        elif isinstance(found, list | tuple):
            waiting += found
    return False


def _act(operation: Operation[Any, Any], member: StaffMember, given: AdminInput, call: Call) -> StaffAct:
    return StaffAct(
        staff_id=member.staff_id, staff=member.name, role=member.role.value, operation=operation.name,
        request_id=call.request_id, salon_id=getattr(given, "salon_id", None), reason=getattr(given, "reason", None),
    )  # fmt: skip


def _repeated(claim: CommandClaim) -> Answer:
    if claim.answer is None:
        raise GatewayError("already_done")
    return claim.answer


def _json(output: Any) -> Answer:
    answer: Answer = output.model_dump(mode="json")
    return answer
