"""A session's files: sealed at rest, never lost, never old, never somebody else's."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.sessions import SessionFault
from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.neonize import files as files_module
from gateway.whatsapp.neonize.files import FileSetKey, FileSets, OpenFiles
from tests.fakes.neonize_library import device_in, keep_device

SALON = 101
SECRET = b"a private key of the session"


class Killed(BaseException):
    """Stands for SIGKILL: nobody handles it."""


@pytest.fixture
def sets(tmp_path: Path) -> FileSets:
    """Return an empty folder's file sets."""
    return FileSets(tmp_path / "neonize", SecretBox)


def linked(sets: FileSets, secret: bytes = SECRET) -> bytes:
    """Return the credentials of a session that was linked and sealed."""
    opened = sets.open(SALON, None)
    keep_device(str(opened.database), secret)
    opened.is_linked = True
    opened.close()
    return opened.key.to_bytes()


def folder_of(sets: FileSets) -> Path:
    """Return the salon's folder."""
    return sets._folder / "company_101"


def names_in(sets: FileSets) -> set[str]:
    """Return the endings of what lies in the salon's folder, the lock left out."""
    return {path.suffix for path in folder_of(sets).iterdir()} - {""}


def secret_of(opened: OpenFiles) -> bytes | None:
    """Return what the plain file holds."""
    return device_in(str(opened.database))


def refusal(sets: FileSets, credentials: bytes | None) -> SessionFault:
    """Return why files cannot be opened."""
    with pytest.raises(EngineError) as caught:
        sets.open(SALON, credentials)
    return caught.value.fault


def test_files_are_plain_while_in_use_and_sealed_at_rest(sets: FileSets) -> None:
    credentials = linked(sets)
    assert names_in(sets) == {".sealed"}
    assert all(SECRET not in path.read_bytes() for path in folder_of(sets).iterdir())
    assert SECRET not in credentials
    opened = sets.open(SALON, credentials)
    assert names_in(sets) == {".db"}
    assert secret_of(opened) == SECRET
    opened.close()
    assert names_in(sets) == {".sealed"}


def test_files_are_for_nobody_else(sets: FileSets) -> None:
    opened = sets.open(SALON, linked(sets))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder_of(sets).iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder_of(sets).stat().st_mode) == 0o700
    assert stat.S_IMODE(folder_of(sets).parent.stat().st_mode) == 0o700
    opened.close()


def test_what_was_never_linked_is_destroyed(sets: FileSets) -> None:
    opened = sets.open(SALON, None)
    keep_device(str(opened.database), SECRET)
    opened.close()
    assert names_in(sets) == set()


def test_beginning_anew_destroys_what_was_there(sets: FileSets) -> None:
    credentials = linked(sets)
    sets.open(SALON, None).close()
    assert names_in(sets) == set()
    assert refusal(sets, credentials) is SessionFault.STORE_CORRUPT


def test_a_plain_file_left_by_a_kill_is_the_newest_and_wins(sets: FileSets) -> None:
    credentials = linked(sets)
    sealed = next(folder_of(sets).glob("*.sealed")).read_bytes()
    opened = sets.open(SALON, credentials)
    keep_device(str(opened.database), b"newer")
    opened.unlock()  # killed: nothing was sealed
    (opened.database.with_suffix(".sealed")).write_bytes(sealed)  # the older copy, had it been there
    again = sets.open(SALON, credentials)
    assert secret_of(again) == b"newer"
    assert names_in(sets) == {".db"}, "the older copy is gone for good"
    again.close()


def test_a_journal_left_by_a_kill_is_rolled_back_before_sealing(sets: FileSets) -> None:
    credentials = linked(sets)
    opened = sets.open(SALON, credentials)
    with closing(sqlite3.connect(opened.database, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_spill=1")
        connection.execute("PRAGMA cache_size=1")
        connection.execute("BEGIN")
        connection.execute("UPDATE device SET blob = zeroblob(200000)")
        journal = opened.database.with_name(opened.database.name + "-journal")
        torn = opened.database.read_bytes(), journal.read_bytes()
    opened.database.write_bytes(torn[0])
    journal.write_bytes(torn[1])
    opened.close()
    assert names_in(sets) == {".sealed"}
    again = sets.open(SALON, credentials)
    assert secret_of(again) == SECRET
    again.close()


@pytest.mark.parametrize("credentials", [b"", b"{}", b"[1]", b'{"v": 1, "set": "../../etc", "key": "AAAA"}'])
def test_credentials_that_are_none_are_refused(sets: FileSets, credentials: bytes) -> None:
    linked(sets)
    assert refusal(sets, credentials) is SessionFault.STORE_CORRUPT
    assert names_in(sets) == {".sealed"}


def test_another_key_opens_nothing_and_destroys_nothing(sets: FileSets) -> None:
    key = FileSetKey.from_bytes(linked(sets))
    assert refusal(sets, FileSetKey(key.name, bytes(32)).to_bytes()) is SessionFault.STORE_CORRUPT
    assert names_in(sets) == {".sealed"}
    opened = sets.open(SALON, key.to_bytes())
    assert secret_of(opened) == SECRET
    opened.close()


def test_a_sealed_file_does_not_open_for_another_salon(sets: FileSets) -> None:
    credentials = linked(sets)
    folder_of(sets).rename(sets._folder / "company_102")
    with pytest.raises(EngineError):
        sets.open(102, credentials)


def test_a_damaged_database_is_told_and_kept(sets: FileSets) -> None:
    credentials = linked(sets)
    opened = sets.open(SALON, credentials)
    opened.database.write_bytes(b"no database at all, and long enough to be looked at" * 100)
    with pytest.raises(EngineError):
        opened.close()
    assert names_in(sets) == {".db"}, "what cannot be read is still not destroyed"
    assert refusal(sets, credentials) is SessionFault.STORE_CORRUPT


def test_a_held_lock_and_a_full_disk_may_pass(sets: FileSets, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = linked(sets)
    opened = sets.open(SALON, credentials)
    assert refusal(sets, credentials) is SessionFault.POOL_UNAVAILABLE
    opened.close()

    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_module, "_write", full)
    assert refusal(sets, credentials) is SessionFault.POOL_UNAVAILABLE
    monkeypatch.undo()
    sets.open(SALON, credentials).close()


@pytest.mark.parametrize("call", ["replace", "unlink", "fsync", "write"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("part", ["open", "close"])
def test_a_kill_at_any_step_loses_nothing(
    sets: FileSets, monkeypatch: pytest.MonkeyPatch, call: str, number: int, is_done_first: bool, part: str
) -> None:
    credentials = linked(sets)
    opened = sets.open(SALON, credentials)
    keep_device(str(opened.database), b"newest")
    if part == "open":
        opened.close()
    with monkeypatch.context() as patch:
        _kill_at(patch, call, number, is_done_first=is_done_first)
        try:
            opened = sets.open(SALON, credentials) if part == "open" else opened
            opened.close()
        except Killed:
            pass
    opened.unlock()
    again = sets.open(SALON, credentials)
    assert secret_of(again) == b"newest"
    assert names_in(sets) == {".db"}
    again.close()


def _kill_at(patch: pytest.MonkeyPatch, call: str, number: int, *, is_done_first: bool) -> None:
    """Raise Killed around the n-th use of a call that changes the disk."""
    owner, name = {
        "replace": (Path, "replace"),
        "unlink": (Path, "unlink"),
        "fsync": (os, "fsync"),
        "write": (files_module, "_write"),
    }[call]
    genuine = getattr(owner, name)
    left = [number]

    def mortal(*args: object, **kwargs: object) -> object:
        left[0] -= 1
        if left[0] == 0 and not is_done_first:
            raise Killed
        answer = genuine(*args, **kwargs)
        if left[0] == 0:
            raise Killed
        return answer

    patch.setattr(owner, name, mortal)


def test_settling_seals_what_a_kill_left_plain(sets: FileSets) -> None:
    credentials = linked(sets)
    sets.open(SALON, credentials).unlock()
    assert names_in(sets) == {".db"}
    for _ in range(2):
        sets.settle(SALON, credentials)
        assert names_in(sets) == {".sealed"}


def test_settling_without_credentials_destroys_everything(sets: FileSets) -> None:
    linked(sets)
    for _ in range(2):
        sets.settle(SALON, None)
        assert not folder_of(sets).exists()


def test_a_lock_whose_file_was_destroyed_meanwhile_is_taken_anew(sets: FileSets) -> None:
    linked(sets)
    sets.settle(SALON, None)
    first = sets.open(SALON, None)
    assert refusal(sets, None) is SessionFault.POOL_UNAVAILABLE
    first.close()
