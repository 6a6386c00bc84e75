"""Whether something can be asked for here and now, and if not, why not, in words."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from desktop.qt.texts import translate
from desktop.qt.tools import Tools
from shared.protocol import BY_NAME


def refusal_of(tools: Tools, operation: str) -> str | None:
    """Return why an operation cannot be asked for now, or None when it can: connection, then right, then lock."""
    models = tools.console.models
    if not models.connection.is_live:
        return translate("Refusal", "No connection to the gateway: nothing can be sent now.")
    if not models.connection.may(BY_NAME[operation].permission):
        return translate("Refusal", "Your role does not allow this. An administrator can.")
    if models.safety.refusal_for(operation) is not None:
        return translate("Refusal", "Production is read-only. Unlock it at the top of the window first.")
    return None


def permit(control: QAbstractButton | QAction, refusal: str | None, hint: str = "") -> None:
    """Enable a control, or disable it and say why: on hover and to screen readers."""
    control.setEnabled(refusal is None)
    control.setToolTip(refusal or hint)
    if isinstance(control, QAbstractButton):
        control.setAccessibleDescription(refusal or hint)
