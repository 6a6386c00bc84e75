"""The console's front: everything a person can ask for, as coroutines of the asyncio thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.model.clock import Clock
from desktop.model.models import Models
from desktop.model.profiles import Profile
from desktop.services.keychain import Keychain
from shared import admin_wire as wire

Post = Callable[[Callable[[], Any]], None]


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What a trial connection found."""

    welcome: wire.Welcome
    latency_ms: int


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """A saved profile; `is_token_kept` is False when there is no keychain and the token ends with this run."""

    profile: Profile
    is_token_kept: bool


class Console:
    """Models and connection in one; give it a `post` that runs a callable on the thread that shows the models.

    Every method is run on the asyncio thread (`bridge.run(console.retry_call, 17)`). What it finds out is in the
    models; a command also returns the gateway's answer. Commands raise `OperationRefusedError`, `NotConnectedError`
    or `ReadOnlyError`, each with a code that `desktop.model.explain` explains. Reading never raises: its problem is
    in the model that it is for.
    """

    def __init__(
        self,
        models: Models,
        post: Post,
        *,
        clock: Clock,
        keychain: Keychain,
        folder: Path,
        language: str = "ru",
    ) -> None:
        self.models = models

    # ---- life ----
    async def start(self) -> None:
        """Read profiles and preferences from the folder; call it first."""

    async def close(self) -> None:
        """Disconnect and end every task; call it last."""

    async def connect(self, profile: Profile, token: str | None = None, remember: bool = False) -> None:
        """Connect to a profile's gateway; without a token the remembered one is used.

        Raises ConnectFailedError for what only a person can change; a gateway that is not there yet is tried again
        and again, and `connection` tells. `remember` keeps the token in the keychain once it was accepted.
        """

    async def disconnect(self) -> None:
        """Close the connection; what is shown stays, stamped."""

    async def reconnect_now(self) -> None:
        """Try again at once instead of waiting for the next moment."""

    async def test_connection(self, url: str, token: str) -> ConnectionTest:
        """Connect on the side, measure one answer and hang up. Raises ConnectFailedError."""
        raise ConnectionError

    # ---- board ----
    async def set_filter(self, given: wire.InstallFilter) -> None:
        """Show the installs of another filter; asked again within 120 ms, only the last one is read."""

    async def load_more(self) -> None:
        """Read the board's next page."""

    async def refresh(self) -> None:
        """Read again everything that is shown."""

    # ---- one salon ----
    async def open_salon(self, salon_id: int) -> None:
        """Open a salon and keep it live."""

    async def close_salon(self) -> None:
        """Close the salon, and its QR."""

    async def load_earlier(self) -> None:
        """Read the page of the story before what is shown."""

    async def load_attempts(self, call_id: int) -> None:
        """Read the attempts of one of the salon's calls."""

    async def open_qr(self, salon_id: int) -> wire.SessionView:
        """Show the salon's QR and each new one until `close_qr`; the gateway writes down who looked."""
        raise ConnectionError

    async def close_qr(self) -> None:
        """Hide the QR and get no more."""

    async def request_pairing_code(self, salon_id: int, phone: str) -> wire.SessionView:
        """Ask for a pairing code for a phone."""
        raise ConnectionError

    async def start_session(self, salon_id: int) -> wire.WhatsappPart:
        """Start pairing, or bring a stopped session back."""
        raise ConnectionError

    async def restart_session(self, salon_id: int, force: bool = False) -> wire.WhatsappPart:
        """Start the session's engine anew."""
        raise ConnectionError

    async def stop_session(self, salon_id: int, reason: str | None = None) -> wire.WhatsappPart:
        """Stop the session and keep its credentials."""
        raise ConnectionError

    async def create_link(self, salon_id: int, reason: str | None = None) -> wire.OwnerLink:
        """Make a fresh onboarding address for the owner."""
        raise ConnectionError

    async def reconcile(self, salon_id: int) -> wire.ReconcileResult:
        """Read the status at YCLIENTS now."""
        raise ConnectionError

    async def freeze(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Stop the salon's bot until staff let it run again."""
        raise ConnectionError

    async def unfreeze(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Let a bot that staff stopped run again."""
        raise ConnectionError

    async def uninstall(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Disconnect the salon at YCLIENTS in ten seconds, unless `keep` comes first."""
        raise ConnectionError

    async def keep(self, salon_id: int) -> wire.InstallDetail:
        """Take back an uninstall that was not sent yet."""
        raise ConnectionError

    # ---- queue ----
    async def set_queue_filter(self, given: wire.CallFilter) -> None:
        """Show the calls of another filter."""

    async def load_more_calls(self) -> None:
        """Read the queue's next page."""

    async def retry_call(self, call_id: int, reason: str | None = None) -> wire.CallRow:
        """Try a call again now."""
        raise ConnectionError

    async def hold_call(self, call_id: int, reason: str) -> wire.CallRow:
        """Keep a waiting call from being tried."""
        raise ConnectionError

    async def release_call(self, call_id: int, reason: str | None = None) -> wire.CallRow:
        """Let a held call go on."""
        raise ConnectionError

    async def resolve_call(self, call_id: int, reason: str) -> wire.CallRow:
        """Mark a call as dealt with by a person."""
        raise ConnectionError

    # ---- bulk ----
    async def plan_bulk(self, request: wire.BulkPlanRequest) -> wire.BulkView:
        """Plan a bulk retry: how many exactly, how long, which for example."""
        raise ConnectionError

    async def start_bulk(self, bulk_id: int, reason: str) -> wire.BulkView:
        """Start the planned bulk retry."""
        raise ConnectionError

    async def cancel_bulk(self, bulk_id: int) -> wire.BulkView:
        """Cancel it; what was not begun stays as it was. Never refused for being read-only."""
        raise ConnectionError

    async def open_bulk(self, bulk_id: int) -> None:
        """Show a bulk retry and follow its progress."""

    async def close_bulk(self) -> None:
        """Show it no more; it goes on."""

    async def load_more_items(self) -> None:
        """Read the next page of the bulk retry's report."""

    async def load_recent_bulks(self) -> None:
        """Read the newest bulk retries into `bulk.recent`."""

    # ---- doctor, profiles, preferences ----
    async def examine(self, probe: bool = True) -> None:
        """Have the configuration examined; the report is in `doctor`."""

    async def save_profile(self, profile: Profile, token: str | None = None) -> SavedProfile:
        """Save a profile, and its token in the keychain when one is given. Raises ProfileInvalidError."""
        raise ConnectionError

    async def remove_profile(self, profile_id: str) -> None:
        """Forget a profile and its token."""

    async def has_token(self, profile_id: str) -> bool:
        """Return whether a token is remembered for a profile."""
        return False

    async def export_profiles(self, path: Path) -> int:
        """Write the profiles without any secret to a file; returns how many."""
        return 0

    async def import_profiles(self, path: Path) -> int:
        """Add the profiles of a file; returns how many. Raises ProfileInvalidError."""
        return 0

    async def update_preferences(self, **changes: Any) -> None:
        """Change preferences and keep them."""
