"""Why a view has nothing to show when its list is not empty but unknown: no gateway, or no line to it."""

from __future__ import annotations

from desktop.model.connection import ConnectionState
from desktop.qt.texts import translate
from desktop.qt.view import View
from desktop.qt.widgets.empty import EmptyState


def explain_absence(view: View, empty: EmptyState) -> bool:
    """Say in a view's empty state that there is nobody to ask, and lead to the gateways; False where there is."""
    connection = view.tools.console.models.connection
    if connection.profile is None or connection.state is ConnectionState.OFFLINE:
        empty.set_icon("link")
        empty.set_texts(
            translate("Absence", "Not connected to a gateway"),
            translate(
                "Absence", "Choose a gateway or add one: its address and your personal token are enough."
            ),
            translate("Absence", "Choose a gateway"),
            view.connection_wanted.emit,
        )
    elif connection.state is ConnectionState.REFUSED:
        empty.set_icon("lock")
        empty.set_texts(
            translate("Absence", "The gateway does not let us in"),
            translate("Absence", "Above is why. Address and token are corrected in the settings."),
            translate("Absence", "Open the settings"),
            view.connection_wanted.emit,
        )
    elif connection.state is ConnectionState.RECONNECTING:
        empty.set_icon("offline")
        empty.set_texts(
            translate("Absence", "No connection to the gateway"),
            translate(
                "Absence", "It is tried again by itself, and what belongs here appears once it is back."
            ),
        )
    else:
        return False
    return True
