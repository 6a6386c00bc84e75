from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from desktop.model.preferences import PreferenceValues
from desktop.model.profiles import Profile, ProfileKind
from desktop.services.errors import ProfileInvalidError
from desktop.services.settings_store import (
    FILE_NAME,
    Settings,
    SettingsStore,
    checked,
    export_profiles,
    read_profiles,
)

LIVE = Profile("b", "Боевая", "https://gateway.example", ProfileKind.PRODUCTION, "Ann")
DEMO = Profile("a", "Demo", "http://localhost:8080", ProfileKind.DEMO)


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    settings = Settings(
        (DEMO, LIVE), "b", PreferenceValues(language="en", font_scale=1.5, filters={"a": "b"})
    )
    SettingsStore(tmp_path / "new" / "folder").save(settings)
    found = SettingsStore(tmp_path / "new" / "folder").load()
    assert (found.profiles, found.last_used_id, found.preferences) == (
        settings.profiles, settings.last_used_id, settings.preferences,
    )  # fmt: skip


def test_without_a_file_everything_is_as_usual(tmp_path: Path) -> None:
    assert SettingsStore(tmp_path).load() == Settings()


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    SettingsStore(tmp_path).save(Settings((LIVE,)))
    assert os.name == "nt" or (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


def test_what_a_newer_console_wrote_is_kept(tmp_path: Path) -> None:
    written = {
        "version": 2, "window": {"tabs": 3}, "last_used_id": "a", "preferences": {"language": "en", "sound": "bell"},
        "profiles": [{"id": "a", "name": "Demo", "url": "http://localhost:8080", "kind": "demo", "colour": "teal"}],
    }  # fmt: skip
    (tmp_path / FILE_NAME).write_text(json.dumps(written), encoding="utf-8")
    store = SettingsStore(tmp_path)
    found = store.load()
    store.save(Settings((*found.profiles, LIVE), "b", found.preferences, found.unknown))
    kept = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert kept["window"] == {"tabs": 3}
    assert kept["preferences"]["sound"] == "bell"
    assert kept["profiles"][0]["colour"] == "teal"
    assert [each["id"] for each in kept["profiles"]] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"profiles": 5}', b'{"profiles": [{}]}', b'{"preferences": []}',
     b'{"profiles": [{"id": "a", "name": "x", "url": "y"}, {"id": "a", "name": "x", "url": "y"}]}',
     b"[" * 100_000, b" " * (4 * 1024 * 1024 + 1)],
)  # fmt: skip
def test_a_damaged_file_is_kept_beside_and_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    (tmp_path / "console.damaged-1.json").write_bytes(b"an earlier one")
    found = SettingsStore(tmp_path).load()
    assert found == Settings(set_aside="console.damaged-2.json")
    assert (tmp_path / "console.damaged-2.json").read_bytes() == content
    assert not (tmp_path / FILE_NAME).exists()


def test_a_preference_of_the_wrong_shape_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    wrong = {
        "language": 5,
        "font_scale": True,
        "theme": "neon",
        "column_widths": {"a": 1, "b": "x"},
        "density": "compact",
    }
    (tmp_path / FILE_NAME).write_text(json.dumps({"preferences": wrong}), encoding="utf-8")
    found = SettingsStore(tmp_path).load().preferences
    assert found == PreferenceValues(density="compact", column_widths={"b": "x"})


def test_a_kind_that_is_not_known_is_treated_with_most_care(tmp_path: Path) -> None:
    row = {"id": "a", "name": "x", "url": "https://x", "kind": "playground"}
    (tmp_path / FILE_NAME).write_text(json.dumps({"profiles": [row]}), encoding="utf-8")
    assert SettingsStore(tmp_path).load().profiles[0].kind is ProfileKind.PRODUCTION


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SettingsStore(tmp_path)
    store.save(Settings((DEMO,)))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.save(Settings((LIVE,)))
    assert store.load().profiles == (DEMO,)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_profiles_travel_without_names_of_people_and_without_tokens(tmp_path: Path) -> None:
    path = tmp_path / "profiles.json"
    assert export_profiles(path, [DEMO, LIVE]) == 2
    assert "Ann" not in path.read_text(encoding="utf-8")
    assert read_profiles(path) == [DEMO, Profile("b", LIVE.name, LIVE.url, LIVE.kind)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"kind": "something else", "profiles": []}', "import_not_ours"),
        ("[]", "import_not_ours"),
        ("{", "import_unreadable"),
        ('{"kind": "ai-admin-console-profiles"}', "import_unreadable"),
        ('{"kind": "ai-admin-console-profiles", "profiles": [5]}', "import_unreadable"),
        (
            '{"kind": "ai-admin-console-profiles", "profiles": [{"id": "a", "name": "n", "url": "http://evil.example"}]}',
            "address_not_secure",
        ),
    ],
)
def test_a_file_that_holds_no_profiles_is_told(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "profiles.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ProfileInvalidError) as invalid:
        read_profiles(path)
    assert invalid.value.code == code


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalidError) as invalid:
        read_profiles(tmp_path / "nothing.json")
    assert invalid.value.code == "import_unreadable"


def test_a_profile_is_brought_to_its_kept_form() -> None:
    made = checked(Profile("", "  Two   words ", "https://gateway.example/admin/"))
    assert (made.name, made.url) == ("Two words", "https://gateway.example")
    assert len(made.id) == 16


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        (Profile("a", " ", "https://x"), "profile_name_invalid"),
        (Profile("a", "n" * 101, "https://x"), "profile_name_invalid"),
        (Profile("a", "n", "x"), "address_invalid"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(profile: Profile, code: str) -> None:
    with pytest.raises(ProfileInvalidError) as invalid:
        checked(profile)
    assert invalid.value.code == code
