"""Whether the gateway is there, who we are to it, and what its clock says."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from desktop.model.clock import Clock
from desktop.model.observable import Signal
from desktop.model.problem import Trouble
from desktop.model.profiles import Profile
from shared.admin_wire import Welcome
from shared.vocabulary import Permission


class ConnectionState(StrEnum):
    """Where the connection stands.

    `offline`: nobody asked for one. `reconnecting`: it was there and comes back by itself. `refused`: the gateway or
    this program said no, and only a person can change that.
    """

    OFFLINE = "offline"
    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"


class Connection:
    """The connection as it is shown: banner, stamp, badge."""

    def __init__(self, clock: Clock) -> None:
        self.changed: Signal[[]] = Signal()
        self.state = ConnectionState.OFFLINE
        self.problem: Trouble | None = None
        self.profile: Profile | None = None
        self.since = clock.now()
        self.last_live_at: datetime | None = None
        """Until when what is shown was known to be true; None while it never was, or still is."""
        self.next_try_at: datetime | None = None
        self.welcome: Welcome | None = None
        self.clock_offset_s = 0.0
        """How far the gateway's clock is ahead of this machine's."""
        self._clock = clock

    @property
    def is_live(self) -> bool:
        """Whether commands can be given and what is shown is the present."""
        return self.state is ConnectionState.LIVE

    def now(self) -> datetime:
        """Return the present moment by the gateway's clock: ages and countdowns are counted from it."""
        return self._clock.now() + timedelta(seconds=self.clock_offset_s)

    def may(self, permission: Permission) -> bool:
        """Return whether the gateway lets us do that."""
        return self.welcome is not None and permission in self.welcome.permissions

    def began(self, profile: Profile) -> None:
        """A person asked for this gateway."""
        self.profile, self.welcome, self.last_live_at = profile, None, None
        self._became(ConnectionState.CONNECTING)

    def welcomed(self, welcome: Welcome) -> None:
        """The gateway let us in."""
        self.welcome = welcome
        self.clock_offset_s = (welcome.server_time - self._clock.now()).total_seconds()
        self.last_live_at = None
        self._became(ConnectionState.LIVE)

    def was_lost(self, trouble: Trouble) -> None:
        """The connection is gone; it is tried again without anybody's doing."""
        if self.state is ConnectionState.LIVE:
            self.last_live_at = self._clock.now()
        self._became(ConnectionState.RECONNECTING, trouble)

    def waits(self, trouble: Trouble, seconds: float) -> None:
        """A try failed, and the next one is in so many seconds."""
        next_try_at = self._clock.now() + timedelta(seconds=seconds)
        state = ConnectionState.CONNECTING if self.welcome is None else ConnectionState.RECONNECTING
        self._became(state, trouble, next_try_at)

    def was_refused(self, trouble: Trouble) -> None:
        """We are not let in, and trying again would not help."""
        if self.state is ConnectionState.LIVE:
            self.last_live_at = self._clock.now()
        self._became(ConnectionState.REFUSED, trouble)

    def ended(self) -> None:
        """A person closed the connection."""
        if self.state is ConnectionState.LIVE:
            self.last_live_at = self._clock.now()
        self._became(ConnectionState.OFFLINE)

    def _became(
        self, state: ConnectionState, problem: Trouble | None = None, next_try_at: datetime | None = None
    ) -> None:
        if state is not self.state:
            self.since = self._clock.now()
        self.state, self.problem, self.next_try_at = state, problem, next_try_at
        self.changed.emit()
