"""Shorthand for the OpenAPI document: the refusals every operation may answer with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from quart_schema import document_response

from shared.wire import ProblemAnswer

Handler = TypeVar("Handler", bound=Callable[..., Any])


class AnyJsonObject(BaseModel):
    """Any JSON object; what it means is decided by its fields."""

    model_config = ConfigDict(extra="allow")


def problems(*statuses: int) -> Callable[[Handler], Handler]:
    """Document that a route may refuse with these statuses."""

    def decorate(handler: Handler) -> Handler:
        for status in (*statuses, 500):
            handler = document_response(ProblemAnswer, status)(handler)
        return handler

    return decorate
