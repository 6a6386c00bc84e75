from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

import desktop
from desktop.qt import shortcuts, texts
from desktop.qt.icons import Icons, icon_names
from desktop.qt.links import Link, link_of_salon, read_link
from desktop.qt.style_sheet import style_sheet
from desktop.qt.texts import LANGUAGES, age_text, duration_text, isolate, salons_text, when_text
from desktop.qt.theme import STAGE_COLOURS, Choice, Theme, load_tokens
from desktop.qt.tools import Tools
from shared.vocabulary import (
    BulkItemState,
    BulkState,
    CallState,
    CheckLevel,
    NextStep,
    PartnerState,
    StaffRole,
    Stage,
    WhatsappState,
)

CODE = Path(desktop.__file__).parent
MOMENT = datetime(2026, 3, 14, 11, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("choice", get_args(Choice))
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_style_sheet_is_whole_in_every_theme_and_size(tools: Tools, choice: Choice, scale: float) -> None:
    tools.theme.apply(choice, scale)
    sheet = style_sheet(tools.theme, {"chevron": "a", "tick": "b"})
    assert re.findall(r"[$@%]", sheet) == []
    assert f"font-size: {round(20 * scale)}px" in sheet


def test_a_widget_wears_the_theme_at_once(tools: Tools) -> None:
    tools.theme.apply("dark")
    assert tools.theme.is_dark
    assert QApplication.palette().window().color() == tools.theme.colour("surface")
    tools.theme.apply("light")
    assert QApplication.palette().window().color() == tools.theme.colour("surface")
    assert tools.theme.hex("surface") == load_tokens()["light"]["surface"]


def test_the_scale_is_kept_within_its_bounds(tools: Tools) -> None:
    tools.theme.apply("light", 9.0)
    assert tools.theme.scale == 2.0
    tools.theme.apply("light", 0.1)
    assert tools.theme.scale == 1.0


def test_no_module_but_the_theme_spells_a_colour() -> None:
    spelled = {
        path.name: re.findall(
            r"""["']#[0-9a-fA-F]{3,8}["']|QColor\(\s*["'\d]|Qt\.GlobalColor\.(?!transparent)""", text
        )
        for path in CODE.rglob("*.py")
        if path.name != "theme.py" and (text := path.read_text(encoding="utf-8"))
    }
    assert {name: found for name, found in spelled.items() if found} == {}


@pytest.mark.parametrize("name", icon_names())
def test_every_icon_is_drawn_in_the_colour_it_is_asked_for(tools: Tools, name: str) -> None:
    picture = tools.icons.pixmap(name, "bad", 20, 4.0).toImage()
    wanted = tools.theme.colour("bad").rgb()
    drawn = [
        picture.pixelColor(x, y)
        for x in range(picture.width())
        for y in range(picture.height())
        if picture.pixelColor(x, y).alpha() == 255
    ]
    assert drawn
    assert {colour.rgb() for colour in drawn} == {wanted}


def test_every_stage_has_a_shape_and_a_colour_of_its_own(tools: Tools) -> None:
    assert set(STAGE_COLOURS) == set(Stage)
    shapes = {
        bytes(tools.icons.pixmap(f"stage-{stage}", "text", 20, 1.0).toImage().constBits()) for stage in Stage
    }
    assert len(shapes) == len(Stage)


def test_a_dressed_button_follows_the_theme(tools: Tools, qtbot: QtBot) -> None:
    button, label = QPushButton(), QLabel()
    qtbot.addWidget(button)
    qtbot.addWidget(label)
    tools.icons.dress(button, "check")
    tools.icons.dress(label, "check")
    before = button.icon().cacheKey(), label.pixmap().cacheKey()
    tools.theme.apply("dark")
    assert button.icon().cacheKey() != before[0]
    assert label.pixmap().cacheKey() != before[1]


def test_an_unknown_icon_is_an_error(tools: Tools) -> None:
    with pytest.raises(FileNotFoundError):
        Icons(tools.theme).pixmap("no-such-icon")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_word_in_each_language(tools: Tools, language: str) -> None:
    tools.language.use(language)
    words = [
        *map(texts.stage_word, Stage), *map(texts.partner_word, PartnerState),
        *map(texts.whatsapp_word, [None, *WhatsappState]), *map(texts.next_step_text, NextStep),
        *map(texts.call_word, CallState), *map(texts.bulk_word, BulkState),
        *map(texts.bulk_item_word, BulkItemState), *map(texts.role_word, StaffRole),
        *map(texts.level_word, CheckLevel),
    ]  # fmt: skip
    assert all(words)
    assert all(bool(re.search("[а-яё]", word, re.IGNORECASE)) == (language == "ru") for word in words)


def test_stages_have_the_agreed_words(tools: Tools) -> None:
    tools.language.use("ru")
    assert [texts.stage_word(stage) for stage in Stage] == [
        "Новая", "Привязка", "Активация", "Работает", "Нужна помощь", "Приостановлена", "Отключена",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 салон"), (2, "2 салона"), (5, "5 салонов"), (11, "11 салонов"), (21, "21 салон")],
)
def test_russian_counts_take_their_form(tools: Tools, count: int, said: str) -> None:
    tools.language.use("ru")
    assert salons_text(count) == said


def test_english_counts_take_their_form(tools: Tools) -> None:
    assert [salons_text(count) for count in (1, 2)] == ["1 salon", "2 salons"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (172_800, "2 d"),
    ],
)
def test_an_age_is_told_in_its_largest_fitting_unit(tools: Tools, seconds: float, said: str) -> None:
    assert age_text(seconds) == said


def test_a_countdown_is_told_as_a_clock() -> None:
    assert [duration_text(s) for s in (-1, 9, 154, 3725)] == ["0:00", "0:09", "2:34", "1:02:05"]


def test_a_moment_is_told_in_the_salons_zone_and_in_utc_on_hover(tools: Tools) -> None:
    told = when_text(MOMENT, "Asia/Vladivostok", MOMENT)
    assert told.text == "21:05:09"
    assert "2026-03-14 21:05:09 Asia/Vladivostok (UTC+10:00)" in told.tooltip
    assert "2026-03-14 11:05:09 UTC" in told.tooltip


def test_yesterday_and_other_days_are_named(tools: Tools) -> None:
    tools.language.use("ru")
    assert when_text(MOMENT, "Europe/Moscow", MOMENT + timedelta(days=1)).text == "вчера, 14:05"
    assert "2026" not in when_text(MOMENT, "Europe/Moscow", MOMENT + timedelta(days=9)).text
    assert "2026" in when_text(MOMENT, "Europe/Moscow", MOMENT + timedelta(days=400)).text


def test_a_zone_that_is_unknown_here_is_told_in_utc(tools: Tools) -> None:
    assert when_text(MOMENT, "Mars/Olympus", MOMENT).text == "11:05:09"
    assert when_text(MOMENT, "../etc/passwd", MOMENT).text == "11:05:09"


def test_a_name_cannot_turn_the_text_around_it_nor_break_its_line() -> None:
    assert isolate("a\nb  c") == "\u2068a b c\u2069"


def test_the_language_changes_qts_own_words_and_numbers_too(tools: Tools) -> None:
    tools.language.use("ru")
    assert QApplication.translate("QPlatformTheme", "Cancel") == "Отмена"
    assert QLocale().language() == QLocale.Language.Russian
    tools.language.use("en")
    assert QLocale().language() == QLocale.Language.English


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_says_what_it_does(tools: Tools, language: str) -> None:
    tools.language.use(language)
    assert all(shortcut.text() for shortcut in shortcuts.ALL.values())


def test_no_two_keys_of_one_place_are_the_same() -> None:
    for together in shortcuts.TOGETHER:
        near = [one for one in shortcuts.ALL.values() if one.scope in together]
        keys = [one.sequence().toString() for one in near]
        assert len(set(keys)) == len(keys)
    assert set(shortcuts.Scope) == {scope for together in shortcuts.TOGETHER for scope in together}


def test_a_salons_link_leads_to_it_and_a_views_link_to_the_view() -> None:
    assert read_link(link_of_salon(123)) == Link(salon_id=123)
    assert read_link("admin://view/doctor") == Link(view="doctor")


@pytest.mark.parametrize(
    "text",
    ["", "admin://install/", "admin://install/0", "admin://install/abc", "admin://install/99999999999",
     "admin://install/12/../x", "http://install/1", "admin://view/", "admin://install/١٢"],
)  # fmt: skip
def test_a_link_that_is_none_of_ours_leads_nowhere(text: str) -> None:
    assert read_link(text) is None


def test_the_theme_of_the_system_is_followed_while_nobody_chose_another(tools: Tools) -> None:
    theme: Theme = tools.theme
    theme.apply("system")
    assert theme.choice == "system"
    heard: list[None] = []
    theme.changed.connect(lambda: heard.append(None))
    theme.apply("dark")
    assert heard == [None]
