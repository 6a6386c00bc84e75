"""`GET /auth/yclients/redirect` and the page it leads to."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

from quart import Blueprint, Response, redirect, request
from quart_schema import hide
from werkzeug.wrappers import Response as BaseResponse

from gateway.application.enter import Enter, EntryResult
from gateway.application.limits import Limits
from gateway.application.links import LinkTokens
from gateway.domain.errors import GatewayError
from gateway.http.language import language_of_request
from gateway.http.pages import Pages
from gateway.http.problems import new_reference, problem_page, report

ENTRY_TIMEOUT_S = 28.0
_PAGE = "/marketplace/onboarding"
_log = logging.getLogger("gateway.entry")


def entry_blueprint(enter: Enter, links: LinkTokens, limits: Limits, pages: Pages) -> Blueprint:
    """Return the routes a person's browser opens."""
    blueprint = Blueprint("entry", __name__)

    @blueprint.get("/auth/yclients/redirect")
    @hide
    async def registration_redirect() -> Response | BaseResponse:
        """Take the marketplace's redirect: 302 to the page, or a page that explains."""
        language = language_of_request()
        try:
            async with asyncio.timeout(ENTRY_TIMEOUT_S):
                result = await enter(request.query_string, request.remote_addr)
        except TimeoutError:
            return await problem_page(report(GatewayError("partner_timeout"), language), pages, language)
        except GatewayError as error:
            return await problem_page(report(error, language), pages, language)
        _log.info("entered", extra={"salons": [each.install.salon_id for each in result.opened]})
        return await _destination(result, language)

    async def _destination(result: EntryResult, language: str) -> Response | BaseResponse:
        target = f"{_PAGE}?token={quote(result.token)}" if result.token else None
        if target is not None and not result.is_already:
            return redirect(target, 302)
        install = result.opened[0].install
        html = await pages.already(
            language, reference=install.support_code, title=install.title, manage_url=target
        )
        return Response(html, content_type="text/html; charset=utf-8")

    @blueprint.get(_PAGE)
    @hide
    async def onboarding_page() -> Response:
        """Serve the page. Without a good token it is 401 and says that the link is old.

        A reload carries no token (the page has moved it into the fragment), so the same shell is served and its
        script takes over when the fragment holds one.
        """
        language = language_of_request()
        tokens = request.args.getlist("token")
        try:
            links.verify(tokens[0] if len(tokens) == 1 else None)
        except GatewayError as error:
            if not links.is_configured:
                return await problem_page(report(error, language), pages, language)
            if tokens:  # a reload brings none: the page keeps it in the fragment, and the shell is no more than a file
                limits.stranger(request.remote_addr)
            problem = report(error, language)
            html = await pages.onboarding(language, stale=True, reference=problem.reference)
            return Response(html, status=401, content_type="text/html; charset=utf-8")
        html = await pages.onboarding(language, stale=False, reference=new_reference())
        return Response(html, content_type="text/html; charset=utf-8")

    return blueprint
