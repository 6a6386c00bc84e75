"""The composition root: everything is made and joined here, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypercorn.middleware import ProxyFixMiddleware
from prometheus_client import CollectorRegistry
from quart import Quart

from gateway.application.accept_webhook import PATIENCE_S, AcceptWebhook
from gateway.application.activate import ActivationConfig, Activator, RequestActivation
from gateway.application.admin import (
    alarms,
    backups,
    bulk,
    bundle,
    calls,
    consistency,
    doctor,
    installs,
    overview,
    payments,
    personal_data,
    processes,
    session_list,
    sessions,
    webhooks,
)
from gateway.application.admin.desk import Desk
from gateway.application.admin.staff import GatewayFacts, StaffTokens
from gateway.application.alarm_records import Gauge
from gateway.application.attempts import Attempts
from gateway.application.backlog import Backlog
from gateway.application.consistency import Fixer
from gateway.application.enter import Enter, EntryConfig
from gateway.application.feed import EventFeed
from gateway.application.limits import LimitRates, Limits
from gateway.application.links import LinkTokens
from gateway.application.onboard import Onboard, PageLinks
from gateway.application.partner_calls import CallWork, PartnerCalls
from gateway.application.ports import Clock
from gateway.application.process_webhook import ProcessWebhook
from gateway.application.receive_hint import ReceiveHint
from gateway.application.receive_webhook import ReceiveWebhook
from gateway.application.reconcile import Reconcile
from gateway.application.records import ClaimedCall, ClaimedWebhook, EventRecord
from gateway.application.sweeps import Sweeps
from gateway.application.synchronise import Synchronise
from gateway.application.token_witness import TokenWitness
from gateway.application.uninstall import Uninstaller
from gateway.application.webhook_keys import WebhookKeys
from gateway.bootstrap_admin import AdminSide, build_admin
from gateway.bootstrap_parts import (
    build_doctor,
    build_liveness,
    build_partner,
    known_secrets,
    neonize_engines,
    other_secrets,
    plain,
    report_seal,
    secret_box,
    usable_token,
    waha_instances,
)
from gateway.clock import SharedClock
from gateway.config import Settings, split_bind
from gateway.domain.calls import ACTIVATE, UNINSTALL
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.domain.partner_answers import Priority
from gateway.domain.signatures import fingerprint
from gateway.http.admin_api import admin_blueprint
from gateway.http.app import HttpConfig, build_app
from gateway.http.assets import assets_blueprint, default_assets
from gateway.http.departure import Departure
from gateway.http.entry import entry_blueprint
from gateway.http.health import InternalAccess, Readiness, health_blueprint
from gateway.http.onboarding_api import onboarding_blueprint
from gateway.http.pages import Pages
from gateway.http.problems import report, sentence_of
from gateway.http.security import SecurityHeaders
from gateway.http.simulator import simulator_blueprint
from gateway.http.waha import waha_blueprint
from gateway.http.webhooks import WebhookDoor, webhook_blueprint
from gateway.jobs.alarm_watch import AlarmJob
from gateway.jobs.backup_maker import BackupMaker
from gateway.jobs.bulk import BulkRunner
from gateway.jobs.consistency import FixRunner, SweepRunner
from gateway.jobs.engine_watch import EngineWatch
from gateway.jobs.housekeeping import SWEEP_RETRY_S, Housekeeping
from gateway.jobs.reseal import Reseal
from gateway.jobs.retention import Retention, Terms, keep_days_of
from gateway.jobs.session_drain import SessionDrain
from gateway.jobs.settler import Settler
from gateway.jobs.spool_drain import SpoolDrain
from gateway.jobs.supervisor import Supervisor
from gateway.jobs.welcome import Welcome
from gateway.jobs.worker import Worker
from gateway.live.admin import AdminNamespace
from gateway.live.marketplace import MarketplaceNamespace
from gateway.live.server import LiveServer, build_server, with_sockets
from gateway.log_setup import Scrubber
from gateway.machine import database_gauge, descriptors_gauge, disk_gauge, spool_gauge
from gateway.metrics import Metrics
from gateway.storage.alarm_store import AlarmStore
from gateway.storage.backlog_store import BacklogStore
from gateway.storage.backup_folder import BackupFolder
from gateway.storage.board_store import BoardStore
from gateway.storage.budget import PER_MINUTE, PartnerBudget, pace_of
from gateway.storage.bulk_store import BulkStore
from gateway.storage.bundle_store import BundleStore
from gateway.storage.call_desk import CallDeskStore
from gateway.storage.call_store import CallStore
from gateway.storage.console_lines import ConsoleLines
from gateway.storage.database import EVENT_CHANNEL, EventListener, Storage
from gateway.storage.database_watch import ANSWER_WITHIN_S, DatabaseWatch
from gateway.storage.difference_store import DifferenceStore
from gateway.storage.event_store import EventStore
from gateway.storage.fix_desk import FixDeskStore
from gateway.storage.fix_store import FixStore
from gateway.storage.growth_store import GrowthStore
from gateway.storage.hint_store import HINT_CHANNEL, SqlHintStore
from gateway.storage.inbox_desk import COUNT_AT_MOST, InboxDeskStore
from gateway.storage.inbox_door import InboxDoor
from gateway.storage.inbox_store import INBOX_CHANNEL, InboxStore
from gateway.storage.install_desk import InstallDeskStore
from gateway.storage.install_store import InstallStore
from gateway.storage.liveness import ProcessFacts, ProcessLiveness
from gateway.storage.overview_store import OverviewStore
from gateway.storage.payment_store import PaymentStore
from gateway.storage.person_finder import PersonFinder
from gateway.storage.process_store import ProcessStore
from gateway.storage.purge_store import PurgeStore
from gateway.storage.reseal_store import ResealStore
from gateway.storage.retention_store import RetentionStore
from gateway.storage.schema import migrate
from gateway.storage.session_list_store import SessionListStore
from gateway.storage.session_store import SESSION_CHANNEL, SqlSessionStore
from gateway.storage.spool import Spool
from gateway.storage.sweep_store import SweepStore
from gateway.storage.token_store import TokenMatchStore
from gateway.storage.welcome_store import WelcomeStore
from gateway.whatsapp.engine import Engines
from gateway.whatsapp.memory import resident_bytes
from gateway.whatsapp.pool import ReconcilingPool
from gateway.whatsapp.simulator import SimulatedEngines, SimulatedWorld, SimulatorControls
from gateway.whatsapp.tasks import TaskBox
from gateway.whatsapp.waha import WahaEngines, WahaFleet, WahaSweep, WahaTooOldError
from gateway.yclients.client import TOTAL_TIMEOUT_S, YclientsClient
from resources.texts import text
from shared.protocol import SESSIONS_QR
from shared.version import VERSION

CALLS_AT_ONCE = 12
"""Partner calls that one process works side by side: enough for five a second when an answer takes two."""

_log = logging.getLogger("gateway")


class NotAvailableError(Exception):
    """A setting asks for a part that this version does not have; the text says which."""


@dataclass(slots=True)
class Gateway:
    """One running gateway: the ASGI application and the parts that tests and the demo look into."""

    settings: Settings
    app: Any
    storage: Storage
    installs: InstallStore
    calls: CallStore
    inbox: InboxStore
    events: EventStore
    sessions: ReconcilingPool
    supervisor: Supervisor
    reconcile: Reconcile
    namespace: MarketplaceNamespace
    staff: StaffTokens
    desk: Desk
    admin: AdminNamespace
    http: Quart
    door: WebhookDoor
    live: LiveServer
    clock: Clock
    spool: Spool
    watch: DatabaseWatch
    departure: Departure

    async def leave(self) -> None:
        """Be taken off a balancer's list while still serving, for DRAIN_S seconds, then send the sockets away.

        Meanwhile the WhatsApp sessions go to other processes one by one; those that are left go at the end, at once.
        """
        self.departure.begin()
        if self.settings.drain_s > 0:
            draining = TaskBox()
            draining.spawn(self.sessions.drain(), "whatsapp-pool:drain")
            await self.clock.sleep(self.settings.drain_s)
            await draining.close()
        await self.live.close()


@contextlib.asynccontextmanager
async def running_gateway(
    settings: Settings,
    database_url: str,
    *,
    clock: Clock | None = None,
    rng: random.Random | None = None,
    partner_timeout_s: float = TOTAL_TIMEOUT_S,
    rates: LimitRates | None = None,
    webhook_patience_s: float = PATIENCE_S,
    revive: Callable[[], bool] | None = None,
) -> AsyncIterator[Gateway]:
    """Migrate, start every part, yield the gateway, and end everything in the opposite order.

    `partner_timeout_s` is how long one call to YCLIENTS may take, `rates` how often strangers, owners and staff may
    ask, and `webhook_patience_s` how long Postgres may take over a webhook before the spool does; tests choose others.
    `revive` starts a database server of our own again.

    Raises NotAvailableError, SchemaError or DatabaseUnavailableError when it cannot start.
    """
    shared = SharedClock()
    clock = clock or shared
    async with contextlib.AsyncExitStack() as stack:
        storage = Storage(database_url, pool_size=settings.database_pool_size, now=clock.now)
        stack.push_async_callback(storage.close)
        applied = await migrate(storage)
        if applied:
            _log.info("migrated", extra={"migrations": list(applied)})
        budget = PartnerBudget(storage, clock)
        partner = build_partner(settings, budget, clock, timeout_s=partner_timeout_s)
        liveness = build_liveness(settings, storage, shared)
        await liveness.stamp()  # before anything asks what time it is
        # Where Postgres is given longer over a webhook it is given longer over everything.
        watch = DatabaseWatch(storage, revive, max(ANSWER_WITHIN_S, 3 * webhook_patience_s))
        chance = rng or random.Random()
        builder = _Builder(settings, storage, clock, chance, stack, budget, partner, liveness, rates, watch)
        yield await builder.build(webhook_patience_s)


class _Builder:
    """Makes the parts of one gateway; each method joins one area."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        clock: Clock,
        rng: random.Random,
        stack: contextlib.AsyncExitStack,
        budget: PartnerBudget,
        partner: YclientsClient,
        liveness: ProcessLiveness,
        rates: LimitRates | None,
        watch: DatabaseWatch,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._clock = clock
        self._rng = rng
        self._stack = stack
        self._box = secret_box(settings)
        self._liveness = liveness
        self._owner = liveness.owner
        self._lines = ConsoleLines(storage, liveness.owner)
        self._metrics = Metrics(CollectorRegistry())
        self._budget = budget
        self._partner = partner
        self._installs = InstallStore(storage, self._box)
        self._calls = CallStore(storage, self._box, self._owner)
        self._backlog = BacklogStore(storage, self._fingerprint())
        self._inbox = InboxStore(storage, self._owner)
        self._events = EventStore(storage)
        self._session_store = SqlSessionStore(storage, self._box)
        self._hint_store = SqlHintStore(storage, self._box)
        self._sealer = self._box or _RefusingBox()
        self._fleet: WahaFleet | None = None
        self._matches = TokenMatchStore(storage)
        self._witness = TokenWitness(settings.partner_tokens, self._matches, clock)
        self._links = LinkTokens(plain(settings.jwt_secret), clock, other_secrets(settings))
        self._limits = Limits(clock, rates, is_on=settings.limits_are_on)
        self._supervisor = Supervisor()
        self._feed = EventFeed(self._events)
        self._alarms = AlarmStore(storage, braked_within_s=2 * settings.reconcile_every_s + SWEEP_RETRY_S)
        self._processes = ProcessStore(storage)
        self._watch = watch
        spool_dir, limit_bytes = settings.effective_spool_dir, settings.spool_max_bytes
        self._spool = Spool(spool_dir, self._box, limit_bytes, clock.now)
        self._departure = Departure()
        self._differences = DifferenceStore(storage)
        self._sweep_log = SweepStore(storage, self._owner)
        self._fixes = FixStore(storage, self._owner)

    async def build(self, webhook_patience_s: float) -> Gateway:
        """Start the parts in order of dependence; the exit stack ends them the other way round."""
        self._stack.push_async_callback(self._partner.aclose)
        self._stack.push_async_callback(self._spool.close)
        await self._spool.open()
        self._webhook_keys = WebhookKeys(self._installs, self._watch, webhook_patience_s)
        inbox = InboxDoor(self._inbox.accept, self._storage.start, webhook_patience_s)
        self._accept = AcceptWebhook(inbox, self._spool, self._watch)
        self._feed.follow(self._webhook_keys.follow)  # the first: when it has to wait, nobody is told twice
        self._stack.push_async_callback(self._leave)
        pool = await self._pool()
        self._stack.push_async_callback(pool.close)
        synchronise = Synchronise(self._installs, self._partner, pool, self._budget, self._fingerprint())
        partner_calls = self._partner_calls(synchronise)
        call_worker = self._call_worker(partner_calls)
        self._feed.follow(partial(_wake_for_calls, call_worker.wake))
        inbox_worker = self._inbox_worker(synchronise, pool)
        onboard = Onboard(self._installs, pool, self._page_links(), self._limits, self._clock)
        explain = partial(_explain, language="ru")
        namespace = MarketplaceNamespace(
            self._links,
            onboard,
            self._limits,
            explain,
            partial(text, "ru"),
            lambda code: sentence_of(code, "ru"),
        )
        server = build_server(self._allowed_origins(), self._limits)
        server.register_namespace(namespace)
        self._feed.follow(namespace.follow)
        bulk_store = BulkStore(self._storage)
        bulk_runner = BulkRunner(bulk_store, partner_calls.is_paused, self._clock)
        self._feed.follow(bulk_runner.follow)
        fixer = Fixer(
            self._differences, FixDeskStore(self._storage), CallDeskStore(self._storage), synchronise, pool
        )
        fix_runner = FixRunner(self._fixes, fixer, self._clock)
        self._feed.follow(fix_runner.follow)
        admin_side = self._admin_side(bulk_store, pool, synchronise, fixer)
        admin = self._admin_namespace(admin_side)
        server.register_namespace(admin)
        self._liveness.facts = partial(self._facts, pool, server)
        self._feed.follow(admin.follow)
        alarm_job = self._alarm_job()
        self._feed.follow(alarm_job.follow)
        reconcile = Reconcile(
            self._installs, self._events, self._partner, synchronise, self._differences, self._clock
        )
        sweeps = Sweeps(self._sweep_log, reconcile, self._alarms.note_sweep, self._clock)
        http = self._http(pool, onboard, call_worker, admin_side)
        await self._start_jobs(pool, call_worker, inbox_worker, sweeps)
        door = self._webhook_door(with_sockets(server, http, explain))
        self._supervisor.start("bulk_retries", bulk_runner.run)
        self._supervisor.start("fixes", fix_runner.run)
        self._supervisor.start("consoles", admin.watch)
        self._supervisor.start("alarms", alarm_job.run)
        self._supervisor.start("pages", partial(namespace.watch, self._watch, self._clock))
        return Gateway(
            settings=self._settings,
            app=self._behind_proxies(door),
            door=door,
            storage=self._storage,
            installs=self._installs,
            calls=self._calls,
            inbox=self._inbox,
            events=self._events,
            sessions=pool,
            supervisor=self._supervisor,
            reconcile=reconcile,
            namespace=namespace,
            staff=admin_side.tokens,
            desk=admin_side.desk,
            admin=admin,
            http=http,
            live=server,
            clock=self._clock,
            spool=self._spool,
            watch=self._watch,
            departure=self._departure,
        )

    def _backup_maker(self) -> BackupMaker:
        async def record(file: str) -> None:
            await self._storage.write(lambda tx: tx.tell(before={}, after={"file": file}))

        scrub = Scrubber(known_secrets(self._settings)).text
        maker = BackupMaker(self._storage.url, self._settings.backup_dir, self._clock.now, record, scrub)
        self._stack.push_async_callback(maker.close)
        return maker

    def _admin_side(
        self, bulk_store: BulkStore, pool: ReconcilingPool, synchronise: Synchronise, fixer: Fixer
    ) -> AdminSide:
        settings = self._settings
        board, desk = BoardStore(self._storage), InstallDeskStore(self._storage)
        facts = GatewayFacts(
            VERSION, settings.effective_public_url, is_demo=settings.whatsapp_pool == "simulator"
        )
        examiner = build_doctor(settings, self._storage, self._partner if settings.application_id else None)
        more = (
            calls.handlers(CallDeskStore(self._storage), settings.application_id),
            bulk.handlers(bulk_store, partial(pace_of, Priority.ACTIVATION), self._clock),
            installs.handlers(
                board, desk, synchronise, pool, self._links, settings.effective_public_url, self._clock
            ),
            sessions.handlers(desk, board, pool, self._clock, text("ru", "live.test_message")),
            doctor.handlers(
                examiner, doctor.Tokens(
                    plain(settings.partner_token), plain(settings.partner_token_previous),
                    plain(settings.partner_token_next),
                ),
                self._matches, self._budget, self._clock,
            ),
            alarms.handlers(self._alarms, self._clock),
            payments.handlers(PaymentStore(self._storage), self._partner, self._clock),
            backups.handlers(
                BackupFolder(settings.backup_dir), self._backup_maker(), is_configured=settings.backup_dir is not None
            ),
            webhooks.handlers(InboxDeskStore(self._storage), COUNT_AT_MOST),
            session_list.handlers(SessionListStore(self._storage)),
            overview.handlers(OverviewStore(self._storage), PER_MINUTE),
            processes.handlers(self._processes, GrowthStore(self._storage), keep_days_of(self._terms())),
            consistency.handlers(
                self._differences, self._sweep_log, self._fixes, fixer, partial(pace_of, Priority.STATUS), self._clock,
                can_sweep=self._application_is_set(),
            ),
            bundle.handlers(bundle.Bundle(
                board, CallDeskStore(self._storage), BundleStore(self._storage), examiner,
                bundle.Versions(VERSION, settings.whatsapp_pool, settings.application_id), text, self._clock,
            )),
            personal_data.handlers(
                PersonFinder(self._storage, self._box), PurgeStore(self._storage, report_seal(settings)), self._installs
            ),
        )  # fmt: skip
        return build_admin(
            self._storage, plain(settings.jwt_secret), self._clock, self._events, facts, self._limits, self._lines,
            *more, others=other_secrets(settings),
        )  # fmt: skip

    def _admin_namespace(self, admin: AdminSide) -> AdminNamespace:
        view_of = admin.handlers.get(SESSIONS_QR.name)
        return AdminNamespace(
            admin.desk,
            admin.tokens,
            self._events,
            self._feed.started,
            view_of,
            self._limits,
            _explain,
            self._clock,
            self._lines.note,
        )

    def _alarm_job(self) -> AlarmJob:
        """What the database cannot know is seen by gauges: whoever has one to add joins it here."""
        host = socket.gethostname()
        gauges: dict[str, Gauge] = {
            "disk": disk_gauge(host, self._settings.data_dir), "descriptors": descriptors_gauge(host),
            "spool": spool_gauge(host, self._spool.condition),
            "database": database_gauge(host, self._storage.longest_wait_s),
        }  # fmt: skip
        return AlarmJob(self._alarms, gauges, self._fingerprint(), self._clock, self._metrics.set_open_alarms)

    async def _pool(self) -> ReconcilingPool:
        return ReconcilingPool(
            self._session_store,
            self._sealer,
            await self._engines(),
            self._clock,
            owner=self._owner,
            rng=self._rng,
            send_per_minute=self._settings.send_per_minute,
            keeps_text=self._settings.keep_message_text,
        )

    async def _engines(self) -> Engines:
        match self._settings.whatsapp_pool:
            case "waha":
                return await self._waha_engines()
            case "neonize":
                return neonize_engines(self._settings, self._clock)
            case "simulator":
                return self._simulated_engines()

    async def _waha_engines(self) -> WahaEngines:
        fleet = WahaFleet(waha_instances(self._settings), self._hint_store, self._clock)
        self._stack.push_async_callback(fleet.aclose)
        try:
            await fleet.check()
        except WahaTooOldError as error:
            raise NotAvailableError(f"{error} is too old: 2026.6.1 or newer is needed") from None
        self._fleet = fleet
        return WahaEngines(fleet)

    def _simulated_engines(self) -> SimulatedEngines:
        # Each process has a world of its own: were devices numbered alike in all of them, one that was taken off the
        # phone would be taken for another that a later world has linked.
        self._world = SimulatedWorld(self._clock, seed=self._rng.getrandbits(64))
        return SimulatedEngines(self._world, auto_scan_after_s=self._settings.auto_scan_after_s)

    def _partner_calls(self, synchronise: Synchronise) -> PartnerCalls:
        config = ActivationConfig(
            first_call=self._settings.activation_call, webhook_base=self._settings.effective_public_url or "",
        )  # fmt: skip
        attempts = Attempts(
            self._fingerprint(), self._calls, self._partner, self._budget, self._clock, self._rng
        )
        works: dict[str, CallWork] = {
            ACTIVATE: Activator(config, attempts, self._calls, self._partner),
            UNINSTALL: Uninstaller(attempts, self._calls, self._partner, synchronise),
        }
        return PartnerCalls(self._fingerprint(), self._calls, self._backlog, self._budget, works)

    def _call_worker(self, partner_calls: PartnerCalls) -> Worker[ClaimedCall]:
        can_call = self._application_is_set() and self._settings.effective_public_url is not None

        async def claim(limit: int) -> Any:
            return await partner_calls.claim(limit) if can_call else []

        async def put_back(call: ClaimedCall, _error: str) -> None:
            await self._calls.release(call, delay_s=5.0)

        return Worker(
            "partner_calls",
            claim=claim,
            work=partner_calls.work,
            put_back=put_back,
            give_back=self._calls.release,
            renew=self._calls.renew,
            concurrency=CALLS_AT_ONCE,
        )

    def _inbox_worker(self, synchronise: Synchronise, pool: ReconcilingPool) -> Worker[ClaimedWebhook]:
        process = ProcessWebhook(
            self._settings.application_id,
            self._inbox,
            self._installs,
            synchronise,
            pool,
            self._clock,
            self._rng,
        )
        return Worker(
            "webhook_inbox", claim=self._inbox.claim_due, work=process.work, put_back=process.put_back,
            give_back=self._inbox.release, renew=self._inbox.renew, concurrency=8,
        )  # fmt: skip

    def _http(
        self, pool: ReconcilingPool, onboard: Onboard, call_worker: Worker[ClaimedCall], admin: AdminSide
    ) -> Quart:
        settings = self._settings
        pages = Pages(marketplace_url=settings.marketplace_url, support_url=settings.support_url)
        enter = Enter(
            self._entry_config(),
            self._installs,
            self._partner,
            self._links,
            self._budget,
            self._witness,
            pool.remove,
            self._limits,
            self._clock,
        )
        activation = RequestActivation(self._installs, self._clock, call_worker.wake)
        internal_port = split_bind(settings.internal_bind)[1] if settings.internal_bind else None
        access = InternalAccess(settings.is_private_deployment, plain(settings.metrics_token), internal_port)
        blueprints = [
            entry_blueprint(enter, self._links, self._limits, pages),
            onboarding_blueprint(self._links, onboard, activation, self._limits),
            webhook_blueprint(),
            admin_blueprint(admin.desk, admin.tokens, self._limits),
            health_blueprint(self._clock, self._readiness, self._metrics.registry, access),
            assets_blueprint(default_assets()),
        ]
        if settings.waha_instances:
            blueprints.append(waha_blueprint(self._receive_hint()))
        if settings.whatsapp_pool == "simulator" and settings.bind_is_loopback:
            controls = SimulatorControls(pool, self._world, self._clock)

            async def act(salon_id: int, action: str, details: Mapping[str, Any]) -> dict[str, Any]:
                session = await controls.act(salon_id, action, **details)
                return {"success": True, "state": session.state.value, "session_id": session.session_id}

            blueprints.append(simulator_blueprint(act))
        return build_app(self._http_config(), pages, blueprints, self._departure, self._limits)

    def _http_config(self) -> HttpConfig:
        return HttpConfig(self._settings.frame_ancestors, self._settings.effective_public_url)

    def _webhook_door(self, application: Any) -> WebhookDoor:
        receive = ReceiveWebhook(
            self._settings.partner_tokens, self._accept, self._webhook_keys, self._witness, self._clock,
            self._webhook_refused,
        )  # fmt: skip
        config = self._http_config()
        headers = SecurityHeaders(config.frame_ancestors, config.public_url).for_programs
        return WebhookDoor(receive, application, self._departure, headers)

    def _receive_hint(self) -> ReceiveHint:
        secrets = {
            each.name: each.webhook_secret.get_secret_value() for each in self._settings.waha_instances
        }
        return ReceiveHint(secrets, self._hint_store.keep, self._clock, self._hint_refused)

    async def _hint_refused(self, code: str) -> None:
        """Count it; alarms and the doctor speak of YCLIENTS' webhooks alone."""
        self._metrics.webhook_refused.labels(code=f"waha_{code}").inc()

    async def _start_jobs(
        self,
        pool: ReconcilingPool,
        calls: Worker[ClaimedCall],
        inbox: Worker[ClaimedWebhook],
        sweeps: Sweeps,
    ) -> None:
        settler = Settler(self._inbox.settle_kept)

        def heard(channel: str, payload: str) -> None:
            if channel == SESSION_CHANNEL:
                self._session_store.heard(payload)
            elif channel == HINT_CHANNEL:
                self._hint_store.heard(payload)
            elif channel == INBOX_CHANNEL:
                inbox.wake()
                settler.wake()
            else:
                self._feed.wake()

        channels = (EVENT_CHANNEL, INBOX_CHANNEL, SESSION_CHANNEL, HINT_CHANNEL)
        listener = EventListener(self._storage.url, channels, heard, lock_key=self._liveness.lock_key)
        housekeeping = Housekeeping(
            self._installs, self._liveness, pool, sweeps.scheduled, self._clock,
            reconcile_every_s=self._settings.reconcile_every_s, can_reconcile=self._application_is_set(),
            is_paused=self._is_token_refused,
        )  # fmt: skip
        self._stack.push_async_callback(self._supervisor.stop)
        self._supervisor.start("listener", listener.run)
        self._supervisor.start("feed", self._feed.run)
        self._supervisor.start("liveness", housekeeping.keep_alive)
        self._supervisor.start("database_watch", self._watch.run)
        self._supervisor.start("webhook_keys", partial(self._webhook_keys.run, self._feed.started))
        drain = SessionDrain(pool, partial(self._processes.note_drain, self._owner))
        self._liveness.told_drain = drain.told
        await pool.restore()
        self._supervisor.start("session_drain", drain.run)
        engine_watch = EngineWatch(pool, self._processes, self._owner, self._clock)
        self._supervisor.start("engine_watch", engine_watch.run)
        if self._fleet is not None:
            sweep = WahaSweep(self._fleet, self._session_store, self._sealer, self._clock, pool.revive)
            self._supervisor.start("waha_sweep", sweep.run)
        self._supervisor.start("partner_calls", calls.run)
        self._supervisor.start("webhook_inbox", inbox.run)
        self._supervisor.start("webhooks_kept", settler.run)
        spool_drain = SpoolDrain(self._spool, self._inbox, self._watch, self._clock)
        self._supervisor.start("spool_drain", spool_drain.run)
        self._metrics.follow_spool(
            lambda: self._spool.condition().rows, lambda: self._spool.condition().used_bytes
        )
        self._supervisor.start("housekeeping", housekeeping.run)
        self._supervisor.start("reconcile", housekeeping.sweep)
        sweep_runner = SweepRunner(sweeps.asked_for)
        self._feed.follow(sweep_runner.follow)
        self._supervisor.start("sweeps", sweep_runner.run)
        self._supervisor.start("token_matches", self._witness.run)
        if self._application_is_set():
            backlog = Backlog(self._backlog, self._calls, self._installs, self._partner, self._clock)
            self._supervisor.start("backlog", backlog.run)
        if self._box is not None and self._box.previous_key_id is not None:
            self._supervisor.start("reseal", Reseal(ResealStore(self._storage, self._box), self._clock).run)
        self._supervisor.start("retention", self._retention().run)
        if self._settings.welcome_text is not None:
            welcome = Welcome(WelcomeStore(self._storage), pool, self._settings.welcome_text)
            self._feed.follow(welcome.follow)
            self._supervisor.start("welcome", welcome.run)

    def _terms(self) -> Terms:
        settings = self._settings
        return Terms(
            settings.retention_days, settings.event_retention_days, settings.message_retention_days,
            settings.purge_after_days,
        )  # fmt: skip

    def _facts(self, pool: ReconcilingPool, server: LiveServer) -> ProcessFacts:
        """Return what this process says of itself with each sign of life."""
        held, pairing = pool.held()
        return ProcessFacts(
            held, pairing, len(server.eio.sockets), len(self._supervisor.running), resident_bytes(os.getpid())
        )

    def _retention(self) -> Retention:
        settings = self._settings
        terms = self._terms()
        seal = report_seal(settings)
        purges = PurgeStore(self._storage, seal) if settings.jwt_secret is not None else None
        return Retention(RetentionStore(self._storage), purges, terms, self._clock)

    async def _leave(self) -> None:
        with contextlib.suppress(GatewayError):
            await self._liveness.leave()

    async def _webhook_refused(self, code: str) -> None:
        self._metrics.webhook_refused.labels(code=code).inc()
        if code.startswith("webhook_") and self._watch.is_up:
            # A refusal must neither fail nor wait for the sake of its note.
            with contextlib.suppress(DatabaseUnavailableError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._events.note_rarely("webhook_refused", code=code)

    async def _readiness(self) -> Readiness:
        """Webhooks can be taken while the spool can be used: being off the list would then lose them."""
        jobs = {
            "listener",
            "feed",
            "liveness",
            "partner_calls",
            "webhook_inbox",
            "spool_drain",
            "database_watch",
        }
        parts = {
            "database": await self._database_answers(), "spool": self._spool.condition().is_usable,
            "jobs": jobs <= self._supervisor.running, "staying": not self._departure.has_begun,
        }  # fmt: skip
        can_accept = parts["database"] or parts["spool"]
        return Readiness(can_accept and parts["jobs"] and parts["staying"], parts)

    async def _database_answers(self) -> bool:
        if not self._watch.is_up:
            return False
        try:
            async with asyncio.timeout(2):
                await self._storage.answers()
        except (GatewayError, TimeoutError):
            return False
        return True

    def _entry_config(self) -> EntryConfig:
        settings = self._settings
        return EntryConfig(
            partner_token=plain(settings.partner_token),
            partner_tokens=settings.partner_tokens, token_fingerprint=self._fingerprint(),
            require_signed=settings.require_signed_entry,
            is_sealing_configured=self._box is not None and settings.application_id is not None,
        )  # fmt: skip

    def _behind_proxies(self, app: Any) -> Any:
        """Stand behind the trusted proxies: the client's address is then the one they name."""
        hops = self._settings.trusted_proxies
        return ProxyFixMiddleware(app, mode="legacy", trusted_hops=hops) if hops else app

    def _application_is_set(self) -> bool:
        return self._settings.application_id is not None and usable_token(self._settings) is not None

    async def _is_token_refused(self) -> bool:
        return (await self._backlog.outlook()).is_refused

    def _page_links(self) -> PageLinks:
        return PageLinks(self._settings.marketplace_url, self._settings.support_url)

    def _fingerprint(self) -> str:
        return fingerprint(plain(self._settings.partner_token) or "")

    def _allowed_origins(self) -> tuple[str, ...]:
        """The public address and the listening one; extra origins only by setting."""
        own = {url for url in (self._settings.effective_public_url,) if url}
        if self._settings.bind_is_loopback:
            port = self._settings.bind.rpartition(":")[2]
            own |= {f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
        return (*sorted(own), *self._settings.allowed_origins)


async def _wake_for_calls(wake: Callable[[], None], events: Sequence[EventRecord]) -> None:
    """Look for calls after what may have queued one (a feed follower): neither a phone's step nor a message does."""
    if not all(event.type.startswith(("session.", "message.")) for event in events):
        wake()


class _RefusingBox:
    """Stands where a box would be without DATA_KEY: whatever needs sealing is refused."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Refuse."""
        raise GatewayError("not_configured")

    def open(self, sealed: bytes, context: str) -> bytes:
        """Refuse."""
        raise GatewayError("not_configured")


def _explain(error: GatewayError, language: str) -> dict[str, str]:
    problem = report(error, language)
    return {"code": problem.code, "message": problem.message, "reference": problem.reference}
