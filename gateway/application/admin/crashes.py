"""Crash reports of consoles: one line of the log each, made of names and numbers alone."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from gateway.application.admin.desk import Handler
from gateway.application.limits import Limits
from gateway.application.records import StaffMember
from shared import protocol
from shared.admin_wire import CrashReceipt, CrashReport

_log = logging.getLogger("gateway.staff")


class Crashes:
    """Takes what a person chose to send. The input's own form lets nothing through that somebody could have typed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def report(self, member: StaffMember, given: CrashReport) -> CrashReceipt:
        """Write a crash into the log and return the reference that finds it. Raises rate_limited (ten an hour)."""
        self._limits.crash(member.staff_id)
        reference = secrets.token_hex(4).upper()
        where = " < ".join(f"{frame.module}:{frame.function}:{frame.line}" for frame in given.frames)
        versions = f"console {given.console}, Python {given.python}, Qt {given.qt}, {given.system}"
        told = {
            "reference": reference, "staff_id": member.staff_id, "kind": given.error, "exception": where,
            "version": versions,
        }  # fmt: skip
        _log.error("console_crash", extra=told)
        return CrashReceipt(reference=reference)


def handlers(limits: Limits) -> Mapping[str, Handler]:
    """Return what answers the operation on crash reports."""
    return {protocol.CRASHES_REPORT.name: Crashes(limits).report}
