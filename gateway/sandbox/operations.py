"""The calls of the partner API: one table for routing, faults, the log and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SalonSource = Literal["path", "body", "query", "none"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the partner API. `salon` says where the call names its salon."""

    name: str
    method: str
    path: str
    salon: SalonSource
    ru: str
    en: str


OPERATIONS: tuple[Operation, ...] = (
    Operation("callback", "POST", "/marketplace/partner/callback", "body", "Активация", "Activation"),
    Operation(
        "callback_redirect",
        "POST",
        "/marketplace/partner/callback/redirect",
        "body",
        "Активация с переходом",
        "Activation with redirect",
    ),
    Operation(
        "status",
        "GET",
        "/marketplace/salon/<salon_id>/application/<application_id>",
        "path",
        "Статус подключения",
        "Connection status",
    ),
    Operation("company", "GET", "/api/v1/company/<salon_id>", "path", "Данные салона", "Salon details"),
    Operation(
        "salons",
        "GET",
        "/marketplace/application/<application_id>/salons",
        "none",
        "Список подключённых салонов",
        "List of connected salons",
    ),
    Operation(
        "uninstall",
        "POST",
        "/marketplace/salon/<salon_id>/application/<application_id>/uninstall",
        "path",
        "Отключение приложения",
        "Uninstall",
    ),
    Operation(
        "payment", "POST", "/marketplace/partner/payment", "body", "Сообщение об оплате", "Payment notice"
    ),
    Operation(
        "refund",
        "POST",
        "/marketplace/partner/payment/refund/<payment_id>",
        "none",
        "Сообщение о возврате",
        "Refund notice",
    ),
    Operation(
        "short_names", "POST", "/marketplace/partner/short_names", "body", "Имена отправителя", "Sender names"
    ),
    Operation(
        "tariffs", "GET", "/marketplace/application/<application_id>/tariffs", "none", "Тарифы", "Tariffs"
    ),
    Operation(
        "payment_link",
        "GET",
        "/marketplace/application/payment_link",
        "query",
        "Ссылка на оплату",
        "Payment link",
    ),
    Operation("add_discount", "POST", "/marketplace/application/add_discount", "none", "Скидка", "Discount"),
    Operation(
        "update_channel",
        "POST",
        "/marketplace/application/update_channel",
        "body",
        "Канал сообщений",
        "Message channel",
    ),
    Operation(
        "grant_access",
        "POST",
        "/api/v1/company/<salon_id>/marketplace/applications/<application_id>/grant_access",
        "path",
        "Согласие владельца",
        "Owner's consent",
    ),
)

OPERATION_NAMES = frozenset(operation.name for operation in OPERATIONS)
