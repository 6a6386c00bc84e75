"""What our own database keeps of a link over WAHA: where to find it. The keys themselves are in WAHA's volume."""

from __future__ import annotations

import json
from typing import NamedTuple

from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError


class RemoteLink(NamedTuple):
    """A linked session: the instance that holds it, its name there."""

    instance: str
    name: str

    def to_bytes(self) -> bytes:
        """Return it as credentials."""
        return json.dumps(self._asdict()).encode()

    @staticmethod
    def from_bytes(credentials: bytes) -> RemoteLink:
        """Read credentials. Raises EngineError(store_corrupt) when they are not ours."""
        try:
            fields = json.loads(credentials)
            return RemoteLink(str(fields["instance"]), str(fields["name"]))
        except (ValueError, KeyError, TypeError):
            raise EngineError(SessionFault.STORE_CORRUPT) from None
