"""How the market looks to the sandbox page and the control API: plain data, secrets masked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.sandbox import views
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import CODE_PENDING_TTL_S, GUIDE_PENDING_TTL_S
from gateway.sandbox.faults import ANY, KINDS
from gateway.sandbox.links import Link
from gateway.sandbox.market import Market
from gateway.sandbox.operations import OPERATIONS
from gateway.sandbox.phone import ACTIONS
from gateway.sandbox.redirects import ALPHABETS, BRANCH_FORMS
from gateway.sandbox.request_log import mask_url

LOG_ROWS_SHOWN = 20


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def salon(market: Market, found: Salon) -> dict[str, Any]:
    """Return one salon with where it stands."""
    link = market.link(found.id)
    return {
        "id": found.id,
        "title": found.title,
        "city": found.city,
        "address": found.address,
        "phone": found.phone,
        "timezone": found.timezone,
        "owner": found.owner_name,
        "discount": str(market.discounts[found.id]) if found.id in market.discounts else None,
        "payments": [views.payment_item(each) for each in market.payments_of(found.id)],
        **_link(market, link),
    }


def _link(market: Market, link: Link) -> dict[str, Any]:
    return {
        "status": link.status.value,
        "install": link.install,
        "since": _iso(link.since),
        "created_at": _iso(link.created_at),
        "pending_until": _iso(market.pending_until(link)),
        "webhook_urls": [mask_url(url) for url in link.webhook_urls],
        "channels": link.channels,
        "short_names": list(link.short_names),
        "logs": [
            {
                "changed_at": _iso(row.changed_at),
                "status_from": row.status_from.value,
                "status_to": row.status_to.value,
                "source": row.source,
            }
            for row in link.logs[-LOG_ROWS_SHOWN:]
        ],
    }


def salons(market: Market) -> list[dict[str, Any]]:
    """Return every salon, in the order they were added."""
    return [salon(market, each) for each in market.salons.values()]


def clock(market: Market) -> dict[str, Any]:
    """Return the platform's moment and how far it was moved."""
    return {"now": _iso(market.now()), "shift_s": market.shift_s}


def switches(market: Market) -> dict[str, Any]:
    """Return the switches as they stand."""
    return asdict(market.switches)


def about(market: Market) -> dict[str, Any]:
    """Return what does not change while the sandbox runs, and what the page offers to choose from."""
    config = market.config
    return {
        "brand": market.brand.title,
        "application_id": config.application_id,
        "gateway_url": config.gateway_url,
        "redirect_url": config.redirect_url,
        "callback_url": mask_url(config.callback_url),
        "public_url": config.public_url,
        "branch_forms": list(BRANCH_FORMS),
        "alphabets": list(ALPHABETS),
        "phone_actions": list(ACTIONS),
        "pending_ttls": [GUIDE_PENDING_TTL_S, CODE_PENDING_TTL_S],
        "operations": [{"name": ANY, "ru": "Любой вызов", "en": "Any call"}]
        + [
            {"name": each.name, "ru": each.ru, "en": each.en, "method": each.method, "path": each.path}
            for each in OPERATIONS
        ],
        "fault_kinds": [
            {
                "name": each.name,
                "group": each.group,
                "effect": each.effect,
                "uses": list(each.uses),
                "ru": each.ru,
                "en": each.en,
            }
            for each in KINDS
        ],
    }


def overview(market: Market, after: int) -> dict[str, Any]:
    """Return all that the page shows, with the log entries numbered above `after`."""
    return {
        "clock": clock(market),
        "switches": switches(market),
        "salons": salons(market),
        "faults": market.faults.wire(),
        "report": market.report(),
        "log": market.log.after(after),
    }
