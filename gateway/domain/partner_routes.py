"""Where YCLIENTS' interface is called for what, spelled once: the client calls it, staff are shown it."""

from __future__ import annotations

from typing import NamedTuple


class PartnerRoute(NamedTuple):
    """Method and path of one request."""

    method: str
    path: str


def link_path(salon_id: int, application_id: int) -> str:
    """Return the path of the link between a salon and an application."""
    return f"/marketplace/salon/{salon_id}/application/{application_id}"


def route_of(operation: str, salon_id: int, application_id: int) -> PartnerRoute:
    """Return the request that an attempt's `operation` stands for."""
    if operation == "status":
        return PartnerRoute("GET", link_path(salon_id, application_id))
    if operation == "uninstall":
        return PartnerRoute("POST", f"{link_path(salon_id, application_id)}/uninstall")
    ending = "/redirect" if operation == "callback_redirect" else ""
    return PartnerRoute("POST", f"/marketplace/partner/callback{ending}")
