from __future__ import annotations

from desktop.model.profiles import Profile, ProfileKind, Profiles

DEMO = Profile("a", "Demo", "http://localhost:1", ProfileKind.DEMO)
LIVE = Profile("b", "Live", "https://gateway.example")


def test_a_profile_is_production_unless_somebody_says_otherwise() -> None:
    assert LIVE.kind is ProfileKind.PRODUCTION


def test_profiles_keep_their_places_when_saved_again() -> None:
    profiles = Profiles()
    profiles.save(DEMO)
    profiles.save(LIVE)
    renamed = Profile("a", "Demo 2", DEMO.url, DEMO.kind)
    profiles.save(renamed)
    assert profiles.rows == (renamed, LIVE)


def test_the_one_used_last_is_remembered_until_it_is_gone() -> None:
    profiles = Profiles()
    assert (profiles.last_used, profiles.rows) == (None, ())
    profiles.replace([DEMO, LIVE])
    assert profiles.last_used == DEMO
    profiles.used("b")
    assert profiles.last_used == LIVE
    profiles.remove("b")
    assert (profiles.last_used, profiles.get("b"), profiles.last_used_id) == (DEMO, None, None)


def test_every_change_is_told() -> None:
    profiles = Profiles()
    told: list[int] = []
    profiles.changed.connect(lambda: told.append(len(profiles.rows)))
    profiles.replace([DEMO])
    profiles.save(LIVE)
    profiles.used("b")
    profiles.remove("a")
    assert told == [1, 2, 2, 1]
