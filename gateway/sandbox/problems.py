"""The refusals of the control API, in words a person can use: Russian first, then English."""

from __future__ import annotations

from gateway.sandbox.market import Refused

TEXTS: dict[str, tuple[str, str]] = {
    "not_local": ("Песочница отвечает только этому компьютеру.", "The sandbox answers this computer only."),
    "bad_host": ("Неизвестное имя узла в запросе.", "The request names an unknown host."),
    "cross_site": (
        "Менять песочницу может только её страница или программа с заголовком X-Sandbox: 1.",
        "Only the sandbox's own page, or a program that sends X-Sandbox: 1, may change it.",
    ),
    "not_found": ("Такого адреса нет.", "There is no such address."),
    "method_not_allowed": ("Этот адрес не принимает такой метод.", "This address does not take that method."),
    "body_too_large": ("Тело запроса слишком велико.", "The request body is too large."),
    "body_timeout": ("Тело запроса не пришло вовремя.", "The request body did not arrive in time."),
    "internal": ("Внутренняя ошибка песочницы.", "The sandbox failed inside."),
    "json_invalid": ("Тело запроса — не объект JSON.", "The request body is not a JSON object."),
    "field_invalid": ("Неверное значение поля «{field}».", "The field “{field}” has a wrong value."),
    "unknown_salon": ("Такого салона нет.", "There is no such salon."),
    "unknown_action": ("Телефон так не умеет.", "The phone cannot do that."),
    "not_installed": (
        "Приложение в этом салоне не подключено.",
        "The application is not installed in this salon.",
    ),
    "not_active": ("Приложение в этом салоне не активно.", "The application is not active in this salon."),
    "salon_exists": ("Салон с таким номером уже есть.", "A salon with that id exists already."),
    "too_many_salons": ("Салонов слишком много.", "There are too many salons."),
    "bad_shift": ("Часы нельзя сдвинуть так далеко.", "The clock cannot be moved that far."),
    "no_branches": ("Не выбран ни один филиал.", "No branch was chosen."),
    "gateway_unreachable": ("Шлюз не отвечает.", "The gateway does not answer."),
}

_STATUSES = {
    "not_local": 403,
    "bad_host": 403,
    "cross_site": 403,
    "not_found": 404,
    "unknown_salon": 404,
    "unknown_action": 404,
    "method_not_allowed": 405,
    "body_timeout": 408,
    "body_too_large": 413,
    "json_invalid": 400,
    "field_invalid": 422,
    "no_branches": 422,
    "bad_shift": 422,
    "internal": 500,
    "gateway_unreachable": 502,
}


class Problem(Exception):
    """A request of the control API that is refused; `code` is a key of TEXTS."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def status(self) -> int:
        """The HTTP status of this refusal."""
        return _STATUSES.get(self.code, 409)

    def wire(self, language: str) -> dict[str, dict[str, str]]:
        """Return the refusal as JSON in `ru` or `en`."""
        russian, english = TEXTS[self.code]
        text = (english if language == "en" else russian).format(**self.params)
        return {"error": {"code": self.code, "message": text, **self.params}}


def problem_of(refused: Refused) -> Problem:
    """Return a refusal of the market as one of the control API."""
    return Problem(refused.reason if refused.reason in TEXTS else "internal")


def language_of(accept_language: str) -> str:
    """Return `en` when a caller prefers English, else `ru`."""
    return "en" if accept_language.strip().lower().startswith("en") else "ru"
