from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.node import run_in_node

pytestmark = pytest.mark.node

NOW = "2026-01-01T12:00:00Z"
SOON = "2026-01-01T12:00:20Z"
PAST = "2026-01-01T11:59:59Z"
PHONE = "+7 *** ***-12-34"

Json = dict[str, Any]


def snapshot(
    stage: str = "linking", partner: str = "pending", whatsapp: str | None = None, **more: Any
) -> Json:
    """Return the parts of a snapshot that choose a screen."""
    wa: Json = {
        "state": whatsapp, "since": PAST, "method": None, "phone": None, "error": None, "passkey_stage": None,
        "expected_phone": None,
    }  # fmt: skip
    return {
        "stage": stage,
        "salon": {"id": 1},
        "branches": [{}] * more.get("branches", 1),
        "partner": {
            "state": partner,
            "delayed": more.get("delayed", False),
            "error": more.get("partner_error"),
        },
        "whatsapp": wa | {key: more[key] for key in wa if key in more},
        "qr": more.get("qr"),
        "pairing_code": more.get("code"),
    }


QR = {"expires_at": SOON}
OLD = {"expires_at": PAST}

SCREENS: dict[str, tuple[Json | None, Json, str]] = {
    "before the first snapshot it checks": (None, {}, "checking"),
    "without a network it says so": (None, {"online": False}, "offline"),
    "a network lost later leaves the screen": (snapshot("new"), {"online": False}, "consent"),
    "an old link beats everything": (snapshot("active", "active", "connected"), {"link": "stale"}, "stale"),
    "a tab left behind says so": (snapshot("new"), {"passive": True}, "passive"),
    "a tab left behind still shows the end": (
        snapshot("active", "active", "connected"),
        {"passive": True},
        "already",
    ),
    "several branches ask which": (snapshot("new", branches=3), {}, "branches"),
    "a chosen branch goes on": (snapshot("new", branches=3), {"salonId": 1}, "consent"),
    "nothing starts before consent": (snapshot("new"), {"form": "number"}, "consent"),
    "consent leads to the choice of way": (snapshot("new"), {"consent": True}, "way"),
    "the code way asks for the number": (snapshot("new"), {"consent": True, "form": "number"}, "number"),
    "a stopped session begins at consent": (snapshot("new", whatsapp="stopped"), {}, "consent"),
    "a request under way is waited for": (snapshot("new"), {"consent": True, "busy": "qr"}, "preparing"),
    "starting is preparing": (snapshot(whatsapp="starting", method="qr"), {}, "preparing"),
    "a resumed session is reconnecting": (snapshot(whatsapp="starting", phone=PHONE), {}, "reconnecting"),
    "a QR": (snapshot(whatsapp="pairing", method="qr", qr=QR), {}, "qr"),
    "an old QR keeps its screen, which hides it": (
        snapshot(whatsapp="pairing", method="qr", qr=OLD),
        {},
        "qr",
    ),
    "pairing before the first QR": (snapshot(whatsapp="pairing", method="qr"), {}, "preparing"),
    "QR shown, number asked for": (
        snapshot(whatsapp="pairing", method="qr", qr=QR),
        {"form": "number"},
        "number",
    ),
    "a code": (snapshot(whatsapp="pairing", method="code", code=QR), {}, "code"),
    "an old code is over": (snapshot(whatsapp="pairing", method="code", code=OLD), {}, "code_over"),
    "a code still to come": (snapshot(whatsapp="pairing", method="code"), {}, "preparing"),
    "a code used up": (
        snapshot(whatsapp="pairing", method="code", since="2026-01-01T11:58:00Z"),
        {},
        "code_over",
    ),
    "the scan beats an open form": (
        snapshot(whatsapp="linking"),
        {"form": "number", "busy": "code"},
        "linking",
    ),
    "a passkey is waited for": (snapshot(whatsapp="awaiting_passkey"), {}, "awaiting_passkey"),
    "linked asks whose number": (snapshot(whatsapp="connected", phone=PHONE), {}, "linked"),
    "the right number goes on": (snapshot(whatsapp="connected"), {"numberOk": True}, "activating"),
    "queued": (snapshot("activating", "queued", "connected"), {}, "activating"),
    "calling": (snapshot("activating", "calling", "connected"), {}, "activating"),
    "delayed": (snapshot("activating", "queued", "connected", delayed=True), {}, "delayed"),
    "done in this tab": (snapshot("active", "active", "connected"), {"met": [1]}, "active"),
    "done before": (snapshot("active", "active", "connected"), {}, "already"),
    "another number asks first": (snapshot("active", "active", "connected"), {"confirm": True}, "relink"),
    "another number under way": (snapshot("active", "active", "connected"), {"busy": "relink"}, "relinking"),
    "partner active but WhatsApp lost": (
        snapshot("attention", "active", "logged_out", error="logged_out"),
        {},
        "logged_out",
    ),
    "partner active, stage not": (snapshot("attention", "active", "connected"), {"met": [1]}, "activating"),
    "stage active, partner not": (snapshot("active", "calling", "connected"), {"met": [1]}, "activating"),
    "reconnecting": (snapshot(whatsapp="reconnecting"), {}, "reconnecting"),
    "reconnecting without a network": (
        snapshot(whatsapp="reconnecting", error="network_unreachable", since="2026-01-01T11:58:00Z"),
        {},
        "away",
    ),
    "a connection that has just dropped": (
        snapshot(whatsapp="reconnecting", error="network_unreachable"),
        {},
        "reconnecting",
    ),
    "a passkey to be confirmed": (
        snapshot(whatsapp="awaiting_passkey", passkey_stage="confirm"),
        {},
        "passkey_confirm",
    ),
    "a passkey nobody confirmed": (
        snapshot(whatsapp="pairing_expired", method="qr", error="passkey_required"),
        {},
        "passkey_over",
    ),
    "another phone than expected": (
        snapshot("active", "active", "connected", phone=PHONE, expected_phone="+7 *** ***-56-78"),
        {"met": [1]},
        "other_phone",
    ),
    "another phone, to be let go": (
        snapshot("active", "active", "connected", phone=PHONE, expected_phone="+7 *** ***-56-78"),
        {"busy": "relink"},
        "relinking",
    ),
    "replaced": (snapshot("attention", "active", "replaced", error="connection_replaced"), {}, "replaced"),
    "replaced, connecting again": (snapshot("attention", "active", "replaced"), {"busy": "qr"}, "preparing"),
    "logged out, choosing again": (snapshot("attention", "active", "logged_out"), {"form": "way"}, "way"),
    "restricted": (
        snapshot("attention", whatsapp="logged_out", error="account_restricted"),
        {},
        "restricted",
    ),
    "restricted as a failure": (
        snapshot("attention", whatsapp="failed", error="account_restricted"),
        {},
        "restricted",
    ),
    "banned for a while": (
        snapshot("attention", whatsapp="temp_banned", error="temp_banned"),
        {},
        "temp_banned",
    ),
    "outdated": (snapshot("attention", whatsapp="outdated", error="client_outdated"), {}, "outdated"),
    "QR over": (snapshot(whatsapp="pairing_expired", method="qr", error="pairing_expired"), {}, "qr_over"),
    "code over": (
        snapshot(whatsapp="pairing_expired", method="code", error="pairing_expired"),
        {},
        "code_over",
    ),
    "too many devices": (snapshot("attention", whatsapp="failed", error="too_many_devices"), {}, "too_many"),
    "passkey": (snapshot("attention", whatsapp="failed", error="passkey_required"), {}, "passkey"),
    "rejected": (snapshot("attention", whatsapp="failed", error="pairing_rejected"), {}, "rejected"),
    "unreachable": (snapshot("attention", whatsapp="failed", error="network_unreachable"), {}, "unreachable"),
    "upstream away": (
        snapshot("attention", whatsapp="failed", error="upstream_unavailable"),
        {},
        "unreachable",
    ),
    "failed": (snapshot("attention", whatsapp="failed", error="engine_crashed"), {}, "failed"),
    "a failure without a word": (snapshot("attention", whatsapp="failed"), {}, "failed"),
    "a state of a later version": (snapshot("attention", whatsapp="something_new"), {}, "failed"),
    "refused": (snapshot("attention", "refused", "connected", partner_error="rejected"), {}, "refused"),
    "not requested": (snapshot("attention", "refused", partner_error="not_requested"), {}, "not_requested"),
    "a queued call that was told so goes on": (
        snapshot("activating", "queued", "connected", partner_error="not_requested"),
        {},
        "activating",
    ),
    "expired": (snapshot("attention", "expired"), {}, "expired"),
    "frozen": (snapshot("frozen", "frozen", "connected"), {"met": [1]}, "frozen"),
    "gone": (snapshot("gone", "uninstalled"), {}, "gone"),
    "another number beats a scan": (snapshot(whatsapp="starting"), {"busy": "relink"}, "relinking"),
}

CHOOSE = """
  const now = Date.parse("2026-01-01T12:00:00Z");
  return data.map(([snapshot, local]) => m.screenOf(snapshot, {...m.freshLocal(), now, ...local}));
"""


def test_each_snapshot_leads_to_its_screen() -> None:
    chosen = run_in_node("screens", CHOOSE, [case[:2] for case in SCREENS.values()])
    expected = {name: case[2] for name, case in SCREENS.items()}
    assert dict(zip(SCREENS, chosen, strict=True)) == expected


def test_done_is_never_said_without_the_partners_word() -> None:
    stages = ["new", "linking", "activating", "active", "attention", "frozen", "gone"]
    partners = ["pending", "queued", "calling", "active", "refused", "expired", "frozen", "uninstalled"]
    sessions = [
        None,
        "starting",
        "pairing",
        "linking",
        "connected",
        "reconnecting",
        "replaced",
        "logged_out",
        "failed",
    ]
    cases = [
        [snapshot(stage, partner, session), {"met": [1], "consent": True}]
        for stage in stages
        for partner in partners
        for session in sessions
        if (stage, partner) != ("active", "active")
    ]
    assert set(run_in_node("screens", CHOOSE, cases)) & {"active", "already"} == set()


def test_an_older_snapshot_never_replaces_a_newer_one() -> None:
    known = {"generation": 2, "version": 7, "server_time": NOW}
    others = [
        {"generation": 2, "version": 6, "server_time": SOON},
        {"generation": 2, "version": 8, "server_time": PAST},
        {"generation": 2, "version": 7, "server_time": SOON},
        {"generation": 2, "version": 7, "server_time": PAST},
        {"generation": 1, "version": 99, "server_time": SOON},
        {"generation": 3, "version": 1, "server_time": NOW},
    ]
    answers = run_in_node(
        "screens", "return data[1].map((next) => m.isNewer(data[0], next));", [known, others]
    )
    assert answers == [False, True, True, False, False, True]
    assert run_in_node("screens", "return m.isNewer(undefined, {version: 1});") is True


def test_a_branch_shows_the_stage_of_its_own_newest_snapshot() -> None:
    listed = {
        "server_time": NOW,
        "branches": [{"id": 1, "stage": "new"}, {"id": 2, "stage": "linking"}, {"id": 3}],
    }
    own = [[1, {"server_time": SOON, "stage": "active"}], [2, {"server_time": PAST, "stage": "new"}]]
    shown = run_in_node("screens", "return m.withNewestStages(data[0], new Map(data[1]));", [listed, own])
    assert shown == [{"id": 1, "stage": "active"}, {"id": 2, "stage": "linking"}, {"id": 3}]


TYPED = {
    "+79991234567": "+7 999 123-45-67",
    "89991234567": "+7 999 123-45-67",
    "9991234567": "+7 999 123-45-67",
    "8 (999) 123-45-67": "+7 999 123-45-67",
    "+7 +7 999 123-45-67": "+7 999 123-45-67",
    "+7 99": "+7 99",
    "": "",
    "+": "+",
    "+375291234567": "+375 291 234 567",
    "+998901234567": "+998 901 234 567",
    "+1 415 555 2671": "+141 555 526 71",
    "abc": "",
    "9+7 ": "+7 9",
    "+7 999 123-45-67 99": "+7 999 123-45-67",
    "79991234567": "+7 999 123-45-67",
}


def test_a_number_is_written_as_people_write_it() -> None:
    assert run_in_node("phone", "return data.map(m.formatted);", list(TYPED)) == list(TYPED.values())


def test_a_habitual_eight_after_the_country_code_is_dropped() -> None:
    assert run_in_node("phone", "return m.formatted(data);", "+7 8 999 123-45-67") == "+7 999 123-45-67"


def test_formatting_twice_changes_nothing() -> None:
    twice = run_in_node(
        "phone", "return data.map((one) => [m.formatted(one), m.formatted(m.formatted(one))]);", list(TYPED)
    )
    assert [first for first, second in twice if first != second] == []


@pytest.mark.parametrize(
    ("typed", "short"),
    [
        ("+7", 10),
        ("", 10),
        ("+7 999 123-45-6", 1),
        ("+7 999 123-45-67", 0),
        ("+375 29 123", 0),
        ("+375 29", 3),
        ("+012345678", -1),
        ("+1234567890123456", -1),
    ],
)
def test_missing_digits_are_counted(typed: str, short: int) -> None:
    assert run_in_node("phone", "return m.missing(data);", typed) == short


def test_the_caret_stays_after_its_digit() -> None:
    body = """
      const field = {value: data.value, selectionStart: data.at, setSelectionRange(at) { this.at = at; }};
      m.mask(field);
      return [field.value, field.at];
    """
    assert run_in_node("phone", body, {"value": "+7 9991 23-45-67", "at": 7}) == ["+7 999 123-45-67", 8]
    assert run_in_node("phone", body, {"value": "+799", "at": 4}) == ["+7 99", 5]


def test_the_token_leaves_the_query_at_once() -> None:
    body = """
      const seen = [];
      const history = {state: {a: 1}, replaceState: (state, _, url) => seen.push([state, String(url)])};
      return [m.takeToken({href: data}, history), seen];
    """
    token, seen = run_in_node(
        "token", body, "https://a.example/marketplace/onboarding?token=abc.d-e_f&lang=en"
    )
    assert token == "abc.d-e_f"
    assert seen == [[{"a": 1}, "https://a.example/marketplace/onboarding?lang=en#token=abc.d-e_f"]]
    assert run_in_node("token", body, "https://a.example/marketplace/onboarding#token=abc") == ["abc", []]
    assert run_in_node("token", body, "https://a.example/marketplace/onboarding") == [None, []]


CLOCK = """
  let mono = 0, wall = 1e12;
  const clock = m.makeClock(() => mono, () => wall);
  const server = (at) => new Date(Date.parse("2026-01-01T12:00:00Z") + at).toISOString();
  const told = () => clock.now() - Date.parse("2026-01-01T12:00:00Z");
  const run = (ms) => { mono += ms; wall += ms; };
"""


def test_time_is_the_servers_and_runs_on_the_monotonic_clock() -> None:
    assert run_in_node("countdown", CLOCK + "clock.anchor(server(0)); run(1500); return told();") == 1500


def test_a_snapshot_that_travelled_long_does_not_set_time_back() -> None:
    assert (
        run_in_node(
            "countdown",
            CLOCK + "clock.anchor(server(0)); run(3000); clock.anchor(server(1000)); return told();",
        )
        == 3000
    )


def test_after_sleep_a_code_is_taken_as_older_not_younger() -> None:
    slept = CLOCK + "clock.anchor(server(0)); mono += 1000; wall += 180000; return told();"
    assert run_in_node("countdown", slept) == 180000


def test_a_wall_clock_put_forward_is_mended_by_the_next_snapshot() -> None:
    mended = (
        CLOCK
        + "clock.anchor(server(0)); mono += 1000; wall += 3600000; clock.anchor(server(1000)); return told();"
    )
    assert run_in_node("countdown", mended) == 1000


def test_seconds_are_counted_down_and_spoken_twice() -> None:
    assert run_in_node("countdown", "return [134, 60, 9, 0].map(m.asMinutes);") == [
        "2:14",
        "1:00",
        "0:09",
        "0:00",
    ]
    left = "return data.map((at) => m.secondsLeft(at, Date.parse('2026-01-01T12:00:00Z')));"
    assert run_in_node("countdown", left, [SOON, NOW, PAST]) == [20, 0, 0]
    marks = "return data.map(([before, after]) => m.markPassed(before, after));"
    assert run_in_node("countdown", marks, [[31, 30], [30, 29], [60, 9], [11, 10], [20, 20]]) == [
        30,
        None,
        30,
        10,
        None,
    ]
