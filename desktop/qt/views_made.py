"""The views of the main window, each made when it is first needed.

To make and dress them all would be half of a start, and what is never looked at would cost memory and work all day.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar, cast

from desktop.model.observable import Signal
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.views.alarms import AlarmsView
from desktop.qt.views.audit import AuditView
from desktop.qt.views.call_queue import QueueView
from desktop.qt.views.consistency import ConsistencyView
from desktop.qt.views.doctor import DoctorView
from desktop.qt.views.installs import InstallsView
from desktop.qt.views.overview import OverviewView
from desktop.qt.views.salon import SalonView
from desktop.qt.views.sessions import SessionsView
from desktop.qt.views.settings import SettingsView
from desktop.qt.views.staff import StaffView
from desktop.qt.views.webhooks import WebhooksView
from desktop.services.link_scheme import LinkScheme

V = TypeVar("V", bound=View)


class Views:
    """Makes a view at the first look at it, tells of it once, and keeps it.

    `salon` stands at the right of the others, which are named as in `desktop.qt.links.VIEWS`.
    """

    def __init__(self, tools: Tools, scheme: LinkScheme | None = None) -> None:
        self.made: Signal[[str, View]] = Signal()
        """A view is there, by its name: whoever has to place or to join it does so before anybody uses it."""
        self._tools, self._scheme = tools, scheme
        self._there: dict[str, View] = {}

    def view(self, name: str) -> View:
        """Return a view by its name."""
        return cast(View, getattr(self, name))

    def is_made(self, name: str) -> bool:
        """Whether somebody has needed that view."""
        return name in self._there

    def all(self) -> list[View]:
        """Return those that were made."""
        return list(self._there.values())

    @cached_property
    def installs(self) -> InstallsView:
        """The board."""
        return self._keep("installs", InstallsView(self._tools))

    @cached_property
    def queue(self) -> QueueView:
        """The partner calls."""
        return self._keep("queue", QueueView(self._tools))

    @cached_property
    def doctor(self) -> DoctorView:
        """The check of the configuration."""
        return self._keep("doctor", DoctorView(self._tools))

    @cached_property
    def alarms(self) -> AlarmsView:
        """The alarms."""
        return self._keep("alarms", AlarmsView(self._tools))

    @cached_property
    def webhooks(self) -> WebhooksView:
        """What YCLIENTS posted."""
        return self._keep("webhooks", WebhooksView(self._tools))

    @cached_property
    def sessions(self) -> SessionsView:
        """WhatsApp sessions and the gateway's processes."""
        return self._keep("sessions", SessionsView(self._tools))

    @cached_property
    def consistency(self) -> ConsistencyView:
        """Theirs against ours."""
        return self._keep("consistency", ConsistencyView(self._tools))

    @cached_property
    def overview(self) -> OverviewView:
        """Figures over a period."""
        return self._keep("overview", OverviewView(self._tools))

    @cached_property
    def audit(self) -> AuditView:
        """What staff did."""
        return self._keep("audit", AuditView(self._tools))

    @cached_property
    def staff(self) -> StaffView:
        """Who may sign in."""
        return self._keep("staff", StaffView(self._tools))

    @cached_property
    def settings(self) -> SettingsView:
        """Gateways and preferences; with a scheme links are asked about as well."""
        return self._keep("settings", SettingsView(self._tools, self._scheme))

    @cached_property
    def salon(self) -> SalonView:
        """The open salon."""
        return self._keep("salon", SalonView(self._tools))

    def _keep(self, name: str, view: V) -> V:
        self._there[name] = view
        self.made.emit(name, view)
        return view
