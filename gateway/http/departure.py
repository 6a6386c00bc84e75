"""Going away politely: once told to end, a gateway still serves, but asks everybody to come back elsewhere."""

from __future__ import annotations

from quart import Response, request


class Departure:
    """Whether this gateway has been told to end."""

    def __init__(self) -> None:
        self.has_begun = False

    def begin(self) -> None:
        """From now on `/readyz` says no, and connections are not kept for a next request."""
        self.has_begun = True

    async def complete(self, response: Response) -> Response:
        """Complete one response."""
        if self.has_begun and request.http_version != "2":
            response.headers["Connection"] = "close"
        return response
