"""The invented salons a new sandbox starts with, and the tariffs of the invented application."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Salon:
    """One salon as the platform knows it. `owner` is who presses «Подключить»."""

    id: int
    title: str
    city: str
    address: str
    phone: str
    timezone: str
    country: str = "Россия"
    country_id: int = 1
    city_id: int = 2
    latitude: float = 55.7558
    longitude: float = 37.6176
    currency: str = "₽"
    short_descr: str = "Салон красоты"
    owner_id: int = 9001
    owner_name: str = "Анна Петрова"
    owner_phone: str = "79990009901"
    owner_email: str = "owner@example.com"


def default_salons() -> tuple[Salon, ...]:
    """Return the salons of a fresh sandbox: a chain of three, a very long name, a Latin one, a sparse one."""
    elka = Salon(
        101001,
        "Ёлка",
        "Москва",
        "ул. Тверская, 12, стр. 1",
        "+7 999 000-99-01",
        "Europe/Moscow",
        owner_name="Мария Попова",
    )
    return (
        elka,
        replace(
            elka,
            id=101002,
            title="Ёлка на Таганке",
            address="ул. Таганская, 3",
            phone="+7 999 000-99-02",
            latitude=55.7411,
            longitude=37.6531,
        ),
        replace(
            elka,
            id=101003,
            title="Ёлка · Сокольники",
            address="Сокольническая пл., 4А",
            phone="+7 999 000-99-03",
        ),
        Salon(
            101004,
            "Студия красоты и здоровья «Весенняя акварель»: парикмахерский зал, ногтевой сервис, "
            "косметология и массаж для всей семьи",
            "Санкт-Петербург",
            "наб. канала Грибоедова, 90, литера А, вход со двора",
            "+7 999 000-99-04",
            "Europe/Moscow",
            city_id=3,
            latitude=59.9253,
            longitude=30.3047,
            owner_id=9004,
            owner_name="Екатерина Константинопольская-Преображенская",
            owner_phone="79990009904",
        ),
        Salon(
            101005,
            "Northern Lights Barbershop",
            "Tbilisi",
            "12 Rustaveli Ave",
            "+995 555 00 99 05",
            "Asia/Tbilisi",
            country="Georgia",
            country_id=14,
            city_id=511,
            latitude=41.6995,
            longitude=44.7997,
            currency="₾",
            short_descr="Barbershop",
            owner_id=9005,
            owner_name="Alex Smith",
            owner_phone="995555009905",
        ),
        Salon(
            101006,
            "Barber №7",
            "Екатеринбург",
            "ул. Вайнера, 9",
            "+7 999 000-99-06",
            "Asia/Yekaterinburg",
            city_id=7,
            latitude=56.8335,
            longitude=60.5932,
            short_descr="Барбершоп",
            owner_id=9006,
            owner_name="Иван Сидоров",
            owner_phone="79990009906",
        ),
        Salon(
            101007,
            "Ноготок",
            "Владивосток",
            "",
            "",
            "Asia/Vladivostok",
            city_id=25,
            latitude=43.1155,
            longitude=131.8855,
            short_descr="",
            owner_id=9007,
            owner_name="Ольга",
            owner_phone="79990009907",
        ),
    )


def default_tariffs(currency_iso: str = "RUB") -> list[dict[str, Any]]:
    """Return the tariffs of the application in the platform's own shape; prices in major units."""
    option = {"staff_amount": 0, "free_period_in_months": 0, "currency_iso": currency_iso}
    return [
        {
            "id": 501,
            "title": "Стандарт",
            "options": [
                {"id": 5011, "title": "1 месяц", "overall_price": 990, "duration_in_months": 1, **option},
                {
                    "id": 5012,
                    "title": "12 месяцев",
                    "overall_price": 9900.5,
                    "duration_in_months": 12,
                    **option,
                },
            ],
        },
        {
            "id": 502,
            "title": "Сеть",
            "options": [
                {"id": 5021, "title": "1 месяц", "overall_price": 2490, "duration_in_months": 1, **option},
            ],
        },
    ]
