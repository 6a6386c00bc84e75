"""Everything the console shows, together."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.model.alarms import AlarmsModel
from desktop.model.audit import AuditModel
from desktop.model.backups import BackupsModel
from desktop.model.board import Board
from desktop.model.bulk import BulkModel
from desktop.model.call_queue import CallQueue
from desktop.model.clock import Clock
from desktop.model.connection import Connection
from desktop.model.consistency import ConsistencyModel
from desktop.model.doctor import DoctorModel
from desktop.model.exports import ExportsModel
from desktop.model.inbox import Inbox, OpenWebhook
from desktop.model.notices import Notices
from desktop.model.overview import OverviewModel
from desktop.model.preferences import Preferences
from desktop.model.profiles import Profiles
from desktop.model.safety import Safety
from desktop.model.salon import SalonModel
from desktop.model.sessions import ProcessesModel, Restarts, SessionsList, StorageModel
from desktop.model.staff import StaffModel
from desktop.model.undo import UndoModel


@dataclass(frozen=True, slots=True)
class Models:
    """One of each; changed on the thread that shows them."""

    connection: Connection
    board: Board
    queue: CallQueue
    salon: SalonModel
    """The salon of the window's pane; a window of its own has a model of its own."""
    undo: UndoModel
    bulk: BulkModel
    doctor: DoctorModel
    alarms: AlarmsModel
    inbox: Inbox
    webhook: OpenWebhook
    consistency: ConsistencyModel
    audit: AuditModel
    staff: StaffModel
    notices: Notices
    safety: Safety
    preferences: Preferences
    profiles: Profiles
    sessions: SessionsList
    processes: ProcessesModel
    storage: StorageModel
    backups: BackupsModel
    restarts: Restarts
    overview: OverviewModel
    exports: ExportsModel


def build_models(clock: Clock) -> Models:
    """Return empty models."""
    connection, salon = Connection(clock), SalonModel()
    undo = UndoModel(connection.now)
    undo.follow(salon)
    return Models(
        connection=connection, board=Board(), queue=CallQueue(), salon=salon, undo=undo, bulk=BulkModel(),
        doctor=DoctorModel(), alarms=AlarmsModel(), consistency=ConsistencyModel(), inbox=Inbox(),
        webhook=OpenWebhook(), notices=Notices(), safety=Safety(clock), preferences=Preferences(),
        profiles=Profiles(), sessions=SessionsList(), processes=ProcessesModel(), storage=StorageModel(),
        backups=BackupsModel(),
        restarts=Restarts(), audit=AuditModel(), staff=StaffModel(),
        overview=OverviewModel(), exports=ExportsModel(),
    )  # fmt: skip
