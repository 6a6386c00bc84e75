"""The HTML pages, rendered from the templates in `resources/web/templates`."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from resources import TEMPLATES
from resources.texts import page_context

ASSETS = "/marketplace/assets"


class Pages:
    """Renders the onboarding shell, «уже подключён» and one page for each failure."""

    def __init__(self, *, marketplace_url: str, support_url: str | None) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._marketplace_url = marketplace_url
        self._support_url = support_url

    async def onboarding(self, language: str, *, stale: bool, reference: str) -> str:
        """Return the page's shell; `stale` shows «Ссылка устарела…» until the script finds a good token."""
        return self._render("onboarding.html", language, reference=reference, code="link_stale", stale=stale)

    async def failure(self, language: str, code: str, reference: str) -> str:
        """Return the page that explains one refusal."""
        return self._render("failure.html", language, reference=reference, code=code, stale=False)

    async def already(self, language: str, *, reference: str, title: str, manage_url: str | None) -> str:
        """Return «Этот филиал уже подключён», with a way to manage it for whom that is allowed."""
        return self._render(
            "already.html", language, reference=reference, code="already_connected", stale=False,
            salon_title=title, manage_url=manage_url,
        )  # fmt: skip

    def _render(self, template: str, language: str, **values: object) -> str:
        return self._environment.get_template(template).render(
            assets=ASSETS, marketplace_url=self._marketplace_url, support_url=self._support_url,
            **page_context(language), **values,
        )  # fmt: skip
