"""What differs between YCLIENTS and its twin Altegio: the Accept value, the sentences, the host names."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.sandbox.config import BrandName


@dataclass(frozen=True, slots=True)
class Brand:
    """The face of one platform, as a caller of its partner API sees it."""

    title: str
    accept: str
    web: str
    unauthorised: str
    forbidden: str
    already_installed: str
    failed: str
    not_found: str
    too_many: str
    aggregator: str = "Агрегатор не найден"
    string_ids: bool = False
    """Whether the salon list types its ids as strings."""
    needs_tariff_option: bool = False
    """Whether a payment link must name a tariff option."""


YCLIENTS = Brand(
    title="YCLIENTS",
    accept="application/vnd.yclients.v2+json",
    web="https://yclients.com",
    unauthorised="Необходима авторизация",
    # The next text and the one of 429 were never captured from YCLIENTS; callers must not match on them.
    forbidden="Доступ запрещен.",
    already_installed="Пользователь уже установил это приложение.",
    failed="Произошла ошибка",
    not_found="Не найдено",
    too_many="Слишком много запросов",
    string_ids=True,
)

ALTEGIO = Brand(
    title="Altegio",
    accept="application/vnd.api.v2+json",
    web="https://app.alteg.io",
    unauthorised="Authentication needed.",
    forbidden="Access denied.",
    already_installed="The user has already installed this application.",
    failed="An error has occurred.",
    not_found="Not found.",
    too_many="Too many requests.",
    needs_tariff_option=True,
)


def brand_named(name: BrandName) -> Brand:
    """Return the brand of that name."""
    return YCLIENTS if name == "yclients" else ALTEGIO
