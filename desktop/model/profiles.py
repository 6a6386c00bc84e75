"""Which gateways there are to connect to. Tokens are not here: they are in the system's keychain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.model.observable import Signal


class ProfileKind(StrEnum):
    """What is at stake there: the colour and the badge of the window, and whether it opens read-only."""

    DEMO = "demo"
    STAGING = "staging"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Profile:
    """One gateway to connect to. `staff_hint` reminds a person whose token it is."""

    id: str
    name: str
    url: str
    kind: ProfileKind = ProfileKind.PRODUCTION
    staff_hint: str = ""


class Profiles:
    """The profiles in the order they were made, and the one that was used last."""

    def __init__(self) -> None:
        self.changed: Signal[[]] = Signal()
        self._rows: tuple[Profile, ...] = ()
        self.last_used_id: str | None = None

    @property
    def rows(self) -> tuple[Profile, ...]:
        """Every profile."""
        return self._rows

    def get(self, profile_id: str | None) -> Profile | None:
        """Return the profile of that id, if there is one."""
        return next((each for each in self._rows if each.id == profile_id), None)

    @property
    def last_used(self) -> Profile | None:
        """The profile that was used last, else the first."""
        return self.get(self.last_used_id) or (self._rows[0] if self._rows else None)

    def replace(self, rows: Sequence[Profile], last_used_id: str | None = None) -> None:
        """Take these for all there are."""
        self._rows, self.last_used_id = tuple(rows), last_used_id
        self.changed.emit()

    def save(self, profile: Profile) -> None:
        """Add a profile, or put it in the place of the one with its id."""
        if self.get(profile.id) is None:
            self._rows = (*self._rows, profile)
        else:
            self._rows = tuple(profile if each.id == profile.id else each for each in self._rows)
        self.changed.emit()

    def remove(self, profile_id: str) -> None:
        """Forget a profile."""
        self._rows = tuple(each for each in self._rows if each.id != profile_id)
        if self.last_used_id == profile_id:
            self.last_used_id = None
        self.changed.emit()

    def used(self, profile_id: str) -> None:
        """Remember which profile was used last."""
        self.last_used_id = profile_id
        self.changed.emit()
