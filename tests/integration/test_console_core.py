"""The console's models and services against the real gateway."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desktop.model.connection import ConnectionState
from desktop.model.profiles import ProfileKind
from desktop.services import client as client_module
from desktop.services.errors import (
    ConnectFailedError,
    NotConnectedError,
    OperationRefusedError,
    ReadOnlyError,
)
from gateway.live import admin as admin_module
from shared.admin_wire import CallFilter, InstallFilter
from shared.vocabulary import CallState, StaffRole, Stage, WhatsappState
from tests.support.console_core import (
    Core,
    board_of,
    board_shown,
    cut_under_changes,
    profile_of,
    queue_of,
    queue_shown,
    quiet_salons,
    running_core,
)
from tests.support.harness import SALON, Harness
from tests.support.staff import member
from tests.support.tcp_gate import gate_before


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    """A console, not connected."""
    async with running_core(tmp_path) as made:
        yield made


async def joined(
    core: Core, harness: Harness, role: StaffRole = StaffRole.ADMIN, url: str | None = None
) -> str:
    """Connect and wait until the first rows are there; returns the token."""
    token = await member(harness, role)
    await core.console.connect(profile_of(url or harness.url), token)
    await core.is_so(lambda: core.console.is_live and core.console.is_quiet, "the first rows")
    return token


async def code_of_connecting(core: Core, url: str, token: str) -> str:
    with pytest.raises(ConnectFailedError) as refused:
        await core.console.connect(profile_of(url), token)
    connection = core.models.connection
    await core.is_so(lambda: connection.state is ConnectionState.REFUSED, "told")
    assert connection.problem is not None
    assert connection.problem.code == refused.value.code
    return refused.value.code


# --------------------------------------------------------------------------------------------- watching


async def test_an_install_is_watched_from_its_first_moment_to_active(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    board = core.models.board
    seen: list[Stage] = []
    for signal in (board.rows_inserted, board.rows_changed):
        signal.connect(lambda first, _last: seen.append(board.rows[first].stage))
    token = await harness.link()
    await core.is_so(lambda: seen == [Stage.NEW], "new on the board")
    await harness.scan(token)
    await core.is_so(lambda: board.rows[0].stage is Stage.ACTIVE, "active on the board")
    assert Stage.LINKING in seen
    await core.has_caught_up(harness.database_url)
    assert board_shown(core.models) == await board_of(harness.database_url, 10)
    assert queue_shown(core.models) == await queue_of(harness.database_url, 10)
    await core.is_so(lambda: board.count_of(Stage.ACTIVE) == 1, "counted")


async def test_an_open_salon_tells_its_story_as_it_happens(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    token = await harness.link()
    await core.is_so(lambda: len(core.models.board.rows) == 1, "on the board")
    await core.console.salon.open(SALON)
    salon = core.models.salon
    await core.is_so(lambda: salon.detail is not None and not salon.is_loading, "the salon is there")
    await harness.scan(token)
    await core.is_so(lambda: "integration_activated" in {entry.type for entry in salon.timeline}, "the story")
    await core.has_caught_up(harness.database_url)
    assert salon.detail is not None
    assert salon.detail.row.stage is Stage.ACTIVE
    assert [call.state for call in salon.calls] == [CallState.DONE]
    ids = [entry.event_id for entry in salon.timeline]
    assert ids == sorted(set(ids))
    await core.console.salon.load_attempts(salon.calls[0].call_id)
    assert [attempt.http_status for attempt in salon.attempts[salon.calls[0].call_id]]
    await core.console.salon.close()
    assert salon.detail is None


async def test_each_new_qr_is_shown_until_it_is_closed(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    await harness.link()
    await core.console.salon.open(SALON)
    await core.console.start_session(SALON)
    await core.console.salon.open_qr(SALON)
    salon = core.models.salon
    await core.is_so(lambda: salon.session is not None and salon.session.qr is not None, "a QR")
    await harness.phone("scan")
    await core.is_so(
        lambda: salon.session is not None and salon.session.whatsapp.state is WhatsappState.CONNECTED,
        "linked",
    )
    assert salon.session is not None
    assert salon.session.qr is None
    await core.console.salon.close_qr()
    assert core.models.salon.session is None
    looks = await harness.rows("SELECT staff FROM audit_log WHERE operation = 'qr.open'")
    assert len(looks) == 1


async def test_a_filter_shows_what_matches_and_lets_go_of_what_no_longer_does(
    core: Core, harness: Harness
) -> None:
    await joined(core, harness)
    token = await harness.link()
    await core.console.set_filter(InstallFilter(stages=[Stage.NEW]))
    await core.is_so(lambda: [row.salon_id for row in core.models.board.rows] == [SALON], "the new one")
    await harness.scan(token)
    await core.is_so(lambda: not core.models.board.rows, "it is new no longer")
    await core.console.set_filter(InstallFilter(search="ёлка"))
    await core.is_so(lambda: len(core.models.board.rows) == 1, "found by name")
    await core.console.set_filter(InstallFilter(search="no such salon"))
    await core.is_so(lambda: core.console.is_quiet and not core.models.board.rows, "found nothing")


async def test_what_was_chosen_before_connecting_is_what_is_shown(core: Core, harness: Harness) -> None:
    await core.console.set_filter(InstallFilter(stages=[Stage.ACTIVE]))
    await core.console.set_queue_filter(CallFilter(states=[CallState.FAILED]))
    await harness.install()
    await joined(core, harness)
    board, queue = core.models.board, core.models.queue
    assert ([row.stage for row in board.rows], board.filter.stages) == ([Stage.ACTIVE], [Stage.ACTIVE])
    assert queue.counts is not None
    assert queue.counts.by_state[CallState.DONE] == 1
    assert (list(queue.rows), queue.filter.states) == ([], [CallState.FAILED])


async def test_of_filters_that_follow_one_another_at_once_only_the_last_is_shown(
    core: Core, harness: Harness
) -> None:
    await joined(core, harness)
    await harness.link()
    for text in ("ё", "ёл", "ёлк", "no", "ёлка"):
        await core.console.set_filter(InstallFilter(search=text))
    await core.is_so(lambda: core.console.is_quiet, "read")
    assert core.models.board.filter.search == "ёлка"
    assert [row.salon_id for row in core.models.board.rows] == [SALON]


# ------------------------------------------------------------------------------------------- commands


async def test_a_failed_call_is_retried_and_the_queue_follows(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    token = await harness.link()
    harness.sandbox.market.faults.put("422", operation="callback_redirect")
    await harness.scan(token)
    queue = core.models.queue
    await core.is_so(lambda: [row.state for row in queue.rows] == [CallState.FAILED], "the call failed")
    assert queue.rows[0].error_code == "rejected"
    harness.sandbox.market.faults.clear()
    row = await core.console.retry_call(queue.rows[0].call_id, "tried by hand")
    assert row.state is CallState.WAITING
    await core.is_so(lambda: queue.rows[0].state is CallState.DONE, "the call is done")
    await core.is_so(lambda: core.models.board.rows[0].stage is Stage.ACTIVE, "the salon is active")
    await core.console.set_queue_filter(CallFilter(states=[CallState.FAILED]))
    await core.is_so(lambda: core.console.is_quiet and not queue.rows, "no failed call is left")


async def test_what_the_gateway_refuses_is_told_with_its_code(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    with pytest.raises(OperationRefusedError) as refused:
        await core.console.retry_call(12345)
    assert refused.value.code == "call_not_found"
    assert refused.value.message
    assert refused.value.reference


async def test_a_viewer_is_refused_by_the_gateway(core: Core, harness: Harness) -> None:
    await joined(core, harness, StaffRole.VIEWER)
    await harness.link()
    with pytest.raises(OperationRefusedError) as refused:
        await core.console.create_link(SALON)
    assert refused.value.code == "forbidden"


async def test_production_is_read_only_until_it_is_unlocked(core: Core, harness: Harness) -> None:
    token = await member(harness)
    await harness.link()
    await core.console.connect(profile_of(harness.url, ProfileKind.PRODUCTION), token)
    with pytest.raises(ReadOnlyError):
        await core.console.create_link(SALON)
    core.models.safety.unlock()
    link = await core.console.create_link(SALON)
    assert link.url.startswith("http")


async def test_the_doctor_reports_the_token_first(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    await core.console.examine()
    report = core.models.doctor.report
    assert report is not None
    assert report.checks[0].subject == "PARTNER_TOKEN"
    assert not core.models.doctor.is_running


async def test_a_trial_connection_measures_and_leaves(core: Core, harness: Harness) -> None:
    token = await member(harness)
    found = await core.console.test_connection(harness.url, token)
    assert found.welcome.staff.role is StaffRole.ADMIN
    assert 0 <= found.latency_ms < 5000
    assert core.models.connection.state is ConnectionState.OFFLINE
    with pytest.raises(ConnectFailedError) as refused:
        await core.console.test_connection(harness.url, "aiadmin_wrong")
    assert refused.value.code == "staff_token_invalid"


# ----------------------------------------------------------------------------------- being let in, and not


@pytest.mark.parametrize("token", ["aiadmin_wrong", "x", "Ё" * 50])
async def test_a_wrong_token_is_told_and_not_tried_again(core: Core, harness: Harness, token: str) -> None:
    assert await code_of_connecting(core, harness.url, token) == "staff_token_invalid"


async def test_no_token_is_told_before_anything_is_sent(core: Core, harness: Harness) -> None:
    assert await code_of_connecting(core, harness.url, "") == "staff_token_missing"


async def test_a_token_that_is_revoked_ends_the_connection_for_good(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    staff = (await harness.gateway.staff.list())[0]
    await harness.gateway.staff.revoke(str(staff.staff_id))
    connection = core.models.connection
    await core.is_so(lambda: connection.state is ConnectionState.REFUSED, "refused", timeout_s=5.0)
    assert connection.problem is not None
    assert connection.problem.code == "staff_token_revoked"
    with pytest.raises(NotConnectedError):
        await core.console.reconcile(SALON)


@pytest.mark.parametrize(("spoken", "code"), [(0, "protocol_too_old"), (99, "protocol_too_new")])
async def test_a_gateway_that_does_not_serve_this_console_says_so(
    core: Core, harness: Harness, monkeypatch: pytest.MonkeyPatch, spoken: int, code: str
) -> None:
    monkeypatch.setattr(client_module, "PROTOCOL_VERSION", spoken)
    token = await member(harness)
    assert await code_of_connecting(core, harness.url, token) == code


async def test_a_gateway_that_only_serves_newer_consoles_says_so(
    core: Core, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_module, "OLDEST_PROTOCOL", 7)
    monkeypatch.setattr(admin_module, "PROTOCOL_VERSION", 8)
    token = await member(harness)
    assert await code_of_connecting(core, harness.url, token) == "protocol_too_old"


async def test_an_address_where_nobody_answers_is_tried_again(core: Core) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    await core.console.connect(profile_of(url), "aiadmin_x")
    connection = core.models.connection
    await core.is_so(lambda: connection.problem is not None, "told")
    assert connection.state is ConnectionState.CONNECTING
    assert connection.problem is not None
    assert connection.problem.code == "gateway_refused"
    assert connection.next_try_at is not None


async def test_an_accepted_token_is_remembered_when_asked(core: Core, harness: Harness) -> None:
    token = await member(harness)
    saved = await core.console.save_profile(profile_of(harness.url))
    await core.console.connect(saved.profile, token, remember=True)
    await core.is_so(lambda: core.models.profiles.last_used_id == saved.profile.id, "used")
    await core.console.disconnect()
    assert not core.console.is_live
    await core.console.connect(saved.profile)
    await core.is_so(lambda: core.models.connection.state is ConnectionState.LIVE, "live again")
    assert not saved.is_token_kept
    assert [notice.key for notice in core.models.notices.rows] == ["token_not_kept"]


# ------------------------------------------------------------------------------------------------ outages


@pytest.mark.parametrize("how", ["silent", "refused"])
async def test_after_a_cut_under_changes_the_rows_are_the_databases(
    core: Core, harness: Harness, how: str
) -> None:
    await quiet_salons(harness.database_url, 600)
    async with gate_before(harness.url) as gate:
        await joined(core, harness, url=gate.url)
        await core.console.load_more()
        await core.is_so(lambda: len(core.models.board.rows) == 400, "two pages")
        outage = await cut_under_changes(
            core, gate, harness.database_url, cut_s=1.0, how="silent" if how == "silent" else "refused"
        )
        assert outage.are_equal, outage
        assert outage.changes > 100
        assert core.models.queue.problem is None
        await core.console.disconnect()


async def test_whoever_was_away_for_too_much_reads_again_what_is_shown(
    core: Core, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_module, "MAX_BEHIND", 20)
    await quiet_salons(harness.database_url, 300)
    async with gate_before(harness.url) as gate:
        await joined(core, harness, url=gate.url)
        outage = await cut_under_changes(core, gate, harness.database_url, cut_s=1.5, how="refused")
        assert outage.are_equal, outage
        await core.console.disconnect()


async def test_a_command_cut_off_is_carried_out_once(core: Core, harness: Harness) -> None:
    await harness.link()
    async with gate_before(harness.url) as gate:
        await joined(core, harness, url=gate.url)
        await core.is_so(lambda: len(core.models.board.rows) == 1, "on the board")
        gate.slow(0.2)
        freezing = asyncio.create_task(
            core.console.freeze(SALON, 1, "while the line breaks"), name="freezing"
        )

        async def is_done() -> bool:
            return bool(await harness.rows("SELECT 1 FROM installs WHERE frozen_by_staff_at IS NOT NULL"))

        for _ in range(500):
            if await is_done():
                break
            await asyncio.sleep(0.01)
        await gate.cut("refused")  # done, and its answer on the way
        gate.slow(0.0)
        await gate.restore()
        detail = await freezing
        assert detail.row.is_frozen_by_staff
        acts = await harness.rows("SELECT id FROM audit_log WHERE operation = 'installs.freeze'")
        assert len(acts) == 1
        await core.console.disconnect()


async def test_a_slow_line_shows_the_same(core: Core, harness: Harness) -> None:
    await quiet_salons(harness.database_url, 50)
    async with gate_before(harness.url) as gate:
        gate.slow(0.1)
        await joined(core, harness, url=gate.url)
        assert board_shown(core.models) == await board_of(harness.database_url, 50)
        await core.console.disconnect()


async def test_without_a_connection_nothing_is_sent(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    await core.console.disconnect()
    with pytest.raises(NotConnectedError):
        await core.console.reconcile(SALON)
    with pytest.raises(NotConnectedError):
        await core.console.salon.open_qr(SALON)


# ----------------------------------------------------------------------------------------------- alarms


async def test_an_alarm_is_one_notice_until_somebody_looks_after_it(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    alarms, notices = core.models.alarms, core.models.notices
    for _ in range(3):
        answer = await harness.webhook({"salon_id": SALON, "event": "payment", "partner_token": "not-ours"})
        assert answer.status_code == 401
    await core.is_so(lambda: alarms.waiting == 1, "the alarm")
    assert [(each.key, each.params["kind"]) for each in notices.rows] == [
        ("alarm_raised", "webhooks_refused")
    ]
    answered = await core.console.acknowledge_alarm(alarms.open[0].alarm_id)
    assert answered.acknowledged_by is not None
    await core.is_so(lambda: alarms.waiting == 0, "acknowledged")
    assert (len(alarms.open), notices.rows) == (1, ())
