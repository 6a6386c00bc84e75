"""Job J18 in the real window against a real gateway: look at what came, see one, have it worked anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.qt.dialogs.confirm import ConfirmDialog
from shared.vocabulary import StaffRole, WebhookOutcome, WebhookState
from tests.integration.test_admin_webhooks import MAIL, NAME, PHONE, RECORD, lay_aside
from tests.support.backstage import Backstage
from tests.support.console_window import running_console, wait_until
from tests.support.harness import PARTNER_TOKEN, SALON

pytestmark = pytest.mark.qt


def test_a_webhook_laid_aside_is_found_by_its_count_seen_and_worked_anew_by_keys(
    qapp: QApplication, backstage: Backstage, tmp_path: Path
) -> None:
    harness = backstage.harness
    backstage.do(harness.install(SALON))
    backstage.do(harness.webhook(RECORD | {"partner_token": PARTNER_TOKEN}))
    backstage.do(lay_aside(harness))
    token = backstage.staff_token(role=StaffRole.OPERATOR)
    with running_console(qapp, tmp_path, harness.url, token, language="en") as (program, window):
        view, models = window.views.webhooks, program.console.models
        wait_until(lambda: window.navigation.buttons["webhooks"].count == "1", "it is counted at the left")
        window.show_view("webhooks")
        wait_until(lambda: len(models.inbox.rows) == 2, "both are listed")
        view.chips.chip("dead").click()
        wait_until(
            lambda: [row.event for row in models.inbox.rows] == ["uninstall"], "the rest is filtered away"
        )
        view.list.setFocus()
        QTest.keyClick(view.list, Qt.Key.Key_Down)
        QTest.keyClick(view.list, Qt.Key.Key_Return)
        wait_until(lambda: view.panel.row is not None, "it is open")
        assert view.panel.result.text().startswith("It could not be worked for three days")
        harness.sandbox.market.faults.clear()
        view.panel.replay.setFocus()
        QTest.keyClick(view.panel.replay, Qt.Key.Key_Space)
        dialog = next(one for one in window.findChildren(ConfirmDialog) if one.isVisible())
        assert dialog.cancel.isDefault()
        dialog.verb.setFocus()
        QTest.keyClick(dialog.verb, Qt.Key.Key_Space)
        wait_until(
            lambda: view.panel.row is not None and view.panel.row.outcome is WebhookOutcome.APPLIED,
            "it took effect",
        )
        wait_until(lambda: window.navigation.buttons["webhooks"].count == "", "nothing calls for a look")
        assert view.panel.row is not None
        assert view.panel.row.state is WebhookState.DONE
        told = [line.text.text() for line in view.panel.lines]
        assert "YCLIENTS reported that the salon disconnected" in told
        view.clear.click()
        wait_until(lambda: len(models.inbox.rows) == 2, "both again")
        notice = next(row for row in models.inbox.rows if row.event == "record.create")
        program.bridge.run(program.console.open_webhook, notice.webhook_id)
        wait_until(lambda: '"staff_id": 12' in view.panel.body.toPlainText(), "the body is shown")
        body = view.panel.body.toPlainText()
        assert not [each for each in (PHONE, NAME, MAIL) if each in body]
