"""Feeds the genuine library's own events to the worker's driver and prints what becomes of them, as JSON.

Run by a Python that has the library: `python -m tests.fakes.neonize_events`.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
from typing import Any

from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.library import Events, NeonizeLibrary, library_client

SECONDS = 1_780_000_000


def main() -> None:
    """Print a report, or None, for each event by name."""
    NeonizeLibrary().load()
    from neonize.proto import Neonize_pb2 as proto

    jid = proto.JID(
        User="79161234567", Device=3, Server="s.whatsapp.net", RawAgent=0, Integrator=0, IsEmpty=False
    )
    said: dict[str, Any] = {}

    def fed(name: str, method: str, event: Any, *before: tuple[str, Any]) -> None:
        reports: list[pipe.Report] = []
        events = Events()
        events.begin(reports.append, "/nowhere.db")
        for earlier, with_event in before:
            getattr(events, earlier)(with_event)
        reports.clear()
        getattr(events, method)(event)
        said[name] = [json.loads(pipe.report_line(report)) for report in reports]

    paired = proto.PairStatus(
        ID=jid, BusinessName="Салон", Platform="android", Status=proto.PairStatus.SUCCESS
    )
    fed("paired", "pair_status", paired)
    fed("pair error", "pair_status", proto.PairStatus(ID=jid, Status=proto.PairStatus.ERROR, Error="hmac"))
    connected = proto.Connected(status=True)
    fed("connected", "connected", connected, ("pair_status", paired))
    fed("disconnected", "lost", proto.Disconnected(), ("pair_status", paired), ("connected", connected))
    fed("never connected", "lost", proto.Disconnected())
    fed("replaced", "replaced", proto.StreamReplaced())
    fed("outdated", "outdated", proto.ClientOutdated())
    fed("banned", "banned", proto.TemporaryBan(Code=1, Expire=3600))
    for name in proto.LoggedOut.DESCRIPTOR.fields_by_name["Reason"].enum_type.values_by_name:
        number = proto.LoggedOut.DESCRIPTOR.fields_by_name["Reason"].enum_type.values_by_name[name].number
        fed(f"logged out {name}", "logged_out", proto.LoggedOut(OnConnect=True, Reason=number))
        fed(f"refused {name}", "refused", proto.ConnectFailure(Reason=number))
    for word in ("success", "timeout", "error", "passkey-request", "passkey-error", "err-client-outdated"):
        fed(f"word {word}", "qr_phase_ended", word)
    for name, is_group, is_from_me in (
        ("guest", False, False),
        ("group", True, False),
        ("mine", False, True),
    ):
        message = proto.Message()
        message.Info.ID, message.Info.Timestamp = "3EB0", SECONDS
        message.Info.MessageSource.Sender.CopyFrom(jid)
        message.Info.MessageSource.IsGroup, message.Info.MessageSource.IsFromMe = is_group, is_from_me
        message.Message.conversation = "Привет"
        fed(f"message {name}", "message", message)
    for kind in ("DELIVERED", "READ", "PLAYED", "RETRY"):
        number = proto.Receipt.DESCRIPTOR.fields_by_name["Type"].enum_type.values_by_name[kind].number
        receipt = proto.Receipt(MessageIDs=["3EB0"], Timestamp=SECONDS * 1000, Type=number)
        fed(f"receipt {kind}", "receipt", receipt)
    said["overridden"] = asyncio.run(overridden())
    print(json.dumps(said))


async def overridden() -> list[dict[str, Any]]:
    """Call what the package calls in a thread of the library with the last word of the QR phase."""
    reports: list[pipe.Report] = []
    events = Events()
    events.begin(reports.append, "/nowhere.db")
    client = library_client("/nowhere.db", events)
    word = ctypes.create_string_buffer(b"passkey-request")
    await asyncio.to_thread(client._NewAClient__onLoginStatus, 0, ctypes.addressof(word))
    await asyncio.sleep(0)
    return [json.loads(pipe.report_line(report)) for report in reports]


if __name__ == "__main__":
    main()
