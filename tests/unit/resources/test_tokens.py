from __future__ import annotations

from typing import Any

import pytest

from resources import make_tokens

TOKENS = make_tokens.load()
THEMES = ("light", "dark")


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb as WCAG 2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(fore: str, back: str) -> float:
    """Return the contrast ratio of two colours."""
    low, high = sorted((luminance(fore), luminance(back)))
    return (high + 0.05) / (low + 0.05)


def rules() -> list[tuple[str, str, str, float]]:
    """Return every pair of the token file, in both themes, with the least contrast it needs."""
    return [
        (theme, fore, back, rule["least"])
        for theme in THEMES
        for rule in TOKENS["contrast"]
        for fore in rule["fore"]
        for back in rule["back"]
    ]


@pytest.mark.parametrize(("theme", "fore", "back", "least"), rules())
def test_text_and_controls_stand_out_enough(theme: str, fore: str, back: str, least: float) -> None:
    palette: dict[str, Any] = TOKENS[theme]
    assert contrast(palette[fore], palette[back]) >= least


def test_every_text_colour_has_a_contrast_rule() -> None:
    ruled = {fore for _, fore, _, _ in rules()}
    assert {
        "text",
        "text-quiet",
        "accent",
        "accent-text",
        "ok",
        "warn",
        "bad",
        "info",
        "control",
        "focus",
    } <= ruled


def test_a_qr_is_black_on_white_whatever_the_theme() -> None:
    assert TOKENS["qr"] == {"dark": "#000000", "light": "#ffffff"}


def test_both_themes_name_the_same_colours() -> None:
    assert TOKENS["light"].keys() == TOKENS["dark"].keys()


def test_spacing_goes_in_steps_of_four() -> None:
    assert list(TOKENS["space"].values()) == [4, 8, 12, 16, 24, 32]


def test_the_style_sheet_is_the_one_made_from_the_tokens() -> None:
    assert make_tokens.TARGET.read_text(encoding="utf-8") == make_tokens.css(TOKENS)
