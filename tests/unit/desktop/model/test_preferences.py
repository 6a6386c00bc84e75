from __future__ import annotations

from typing import Any

import pytest

from desktop.model.preferences import Preferences, PreferenceValues, fitting


def test_only_what_is_different_is_told() -> None:
    preferences = Preferences()
    told: list[str] = []
    preferences.changed.connect(told.append)
    preferences.update(language="en", theme="system", font_scale=1.5)
    assert told == ["language", "font_scale"]
    assert (preferences.language, preferences.theme, preferences.font_scale) == ("en", "system", 1.5)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"language": "fr"}, PreferenceValues()),
        ({"theme": "neon"}, PreferenceValues()),
        ({"density": "none"}, PreferenceValues()),
        ({"font_scale": 9.0}, PreferenceValues(font_scale=2.0)),
        ({"font_scale": 0.1}, PreferenceValues()),
        ({"font_scale": float("nan")}, PreferenceValues()),
    ],
)
def test_a_choice_that_does_not_exist_is_brought_to_one_that_does(
    given: dict[str, Any], fits: PreferenceValues
) -> None:
    assert fitting(PreferenceValues(**given)) == fits


def test_an_unknown_preference_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        Preferences().update(colour="green")


def test_what_the_toolkit_wrote_is_kept_as_it_is() -> None:
    preferences = Preferences()
    preferences.update(
        window_geometry="AdnQywAD", column_widths={"board": "AAAA"}, filters={"installs": "{}"}
    )
    assert preferences.window_geometry == "AdnQywAD"
    assert preferences.column_widths == {"board": "AAAA"}
    assert preferences.filters == {"installs": "{}"}
