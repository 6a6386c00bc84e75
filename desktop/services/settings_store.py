"""Profiles and preferences in one file of the person's own folder. No secret is ever in it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from desktop.model.preferences import PreferenceValues, fitting
from desktop.model.profiles import Profile, ProfileKind
from desktop.services.errors import ConnectFailedError, ProfileInvalidError
from desktop.services.line import checked_url

FILE_NAME = "console.json"
EXPORT_KIND = "ai-admin-console-profiles"
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file holds; `unknown` is what a newer console wrote, kept as it was."""

    profiles: tuple[Profile, ...] = ()
    last_used_id: str | None = None
    preferences: PreferenceValues = field(default_factory=PreferenceValues)
    unknown: Mapping[str, Any] = field(default_factory=dict)
    set_aside: str | None = None
    """The name under which a damaged file was kept, when there was one."""


class SettingsStore:
    """Reads and writes the file; every call does so at once, so make it beside the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE_NAME

    def load(self) -> Settings:
        """Return what is in the file; a damaged one is kept under another name and said so."""
        try:
            text = _read(self._path)
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError):
            return Settings(set_aside=self._put_aside())
        try:
            return _settings_of(json.loads(text))
        except (ValueError, TypeError, RecursionError):
            return Settings(set_aside=self._put_aside())

    def save(self, settings: Settings) -> None:
        """Write the file whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._path, _json_of(settings))

    def _put_aside(self) -> str:
        """Keep a damaged file under a name that is free."""
        number = 1
        while (kept := self._path.with_name(f"console.damaged-{number}.json")).exists():
            number += 1
        with contextlib.suppress(OSError):
            os.replace(self._path, kept)
        return kept.name


def export_profiles(path: Path, profiles: Sequence[Profile]) -> int:
    """Write profiles for another person or machine: addresses and names, no tokens."""
    rows = [_profile_json(each) | {"staff_hint": ""} for each in profiles]
    _write(path, {"kind": EXPORT_KIND, "version": 1, "profiles": rows})
    return len(rows)


def read_profiles(path: Path) -> list[Profile]:
    """Return the profiles of an exported file. Raises ProfileInvalidError."""
    try:
        found = json.loads(_read(path))
        if not isinstance(found, dict) or found.get("kind") != EXPORT_KIND:
            raise ProfileInvalidError("import_not_ours")
        return [checked(_profile_of(each)) for each in found["profiles"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise ProfileInvalidError("import_unreadable") from None


def checked(profile: Profile) -> Profile:
    """Return a profile as it is kept. Raises ProfileInvalidError with what is wrong with it."""
    name = " ".join(profile.name.split())
    if not name or len(name) > MAX_NAME_CHARS:
        raise ProfileInvalidError("profile_name_invalid")
    try:
        url = checked_url(profile.url)
    except ConnectFailedError as error:
        raise ProfileInvalidError(error.code) from None
    return replace(profile, id=profile.id or secrets.token_hex(8), name=name, url=url)


def _settings_of(found: Any) -> Settings:
    if not isinstance(found, dict):
        raise ValueError("no object")
    profiles = tuple(_profile_of(each) for each in found.get("profiles", []))
    if len({each.id for each in profiles}) != len(profiles):
        raise ValueError("an id twice")
    last = found.get("last_used_id")
    known = {"profiles", "last_used_id", "preferences", "version"}
    unknown: dict[str, Any] = {name: value for name, value in found.items() if name not in known}
    raw_preferences = found.get("preferences", {})
    if not isinstance(raw_preferences, dict):
        raise ValueError("no preferences")
    preferences = _preferences_of(raw_preferences)
    names = {each.name for each in fields(PreferenceValues)}
    strange = {name: value for name, value in raw_preferences.items() if name not in names}
    unknown[_STRANGE] = {
        "preferences": strange,
        "profiles": {
            each["id"]: {name: value for name, value in each.items() if name not in _PROFILE_FIELDS}
            for each in found.get("profiles", [])
        },
    }
    return Settings(profiles, last if isinstance(last, str) else None, preferences, unknown)


_STRANGE = "\0strange"
_PROFILE_FIELDS = tuple(each.name for each in fields(Profile))


def _profile_of(found: Any) -> Profile:
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), str) for name in ("id", "name", "url")
    ):
        raise ValueError("no profile")
    kinds = {kind.value: kind for kind in ProfileKind}
    kind = kinds.get(
        str(found.get("kind")), ProfileKind.PRODUCTION
    )  # what is not known is treated with most care
    return Profile(found["id"], found["name"], found["url"], kind, str(found.get("staff_hint", "")))


def _profile_json(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id, "name": profile.name, "url": profile.url, "kind": profile.kind.value,
        "staff_hint": profile.staff_hint,
    }  # fmt: skip


def _preferences_of(found: Any) -> PreferenceValues:
    """Take each preference that has the right shape; one that has not is as if it were not there."""
    values: dict[str, Any] = {}
    for each in fields(PreferenceValues):
        value, usual = found.get(each.name), getattr(PreferenceValues(), each.name)
        if isinstance(usual, Mapping):
            if isinstance(value, dict):
                values[each.name] = {key: text for key, text in value.items() if isinstance(text, str)}
        elif isinstance(usual, float):
            if isinstance(value, int | float) and not isinstance(value, bool):
                values[each.name] = float(value)
        elif type(value) is type(usual):
            values[each.name] = value
    return fitting(PreferenceValues(**values))


def _json_of(settings: Settings) -> dict[str, Any]:
    unknown = dict(settings.unknown)
    strange = unknown.pop(_STRANGE, {"preferences": {}, "profiles": {}})
    preferences = {
        each.name: dict(value)
        if isinstance(value := getattr(settings.preferences, each.name), Mapping)
        else value
        for each in fields(PreferenceValues)
    }
    return unknown | {
        "version": 1,
        "profiles": [
            strange["profiles"].get(each.id, {}) | _profile_json(each) for each in settings.profiles
        ],
        "last_used_id": settings.last_used_id,
        "preferences": strange["preferences"] | preferences,
    }


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError("too large")
    return content.decode()


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Write beside and rename: whoever reads finds the old file or the new one, never half of one."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
