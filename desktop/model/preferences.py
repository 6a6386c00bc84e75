"""How one person likes the console; kept between runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from desktop.model.observable import Signal
from desktop.model.quiet_hours import QuietHours, read_quiet_hours

LANGUAGES = ("ru", "en")
THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
FONT_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class PreferenceValues:
    """Every preference. Geometry and widths are the toolkit's own, opaque here."""

    language: str = "ru"
    theme: str = "system"
    density: str = "comfortable"
    font_scale: float = 1.0
    last_view: str = "installs"
    window_geometry: str = ""
    salon_windows: Mapping[str, str] = field(default_factory=dict)
    column_widths: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    saved_views: Mapping[str, str] = field(default_factory=dict)
    hides_qr_until_asked: bool = True
    quiet_hours: str = ""
    is_guide_dismissed: bool = False


NAMES = tuple(each.name for each in fields(PreferenceValues))


class Preferences:
    """The preferences in force; `changed` says which one is new."""

    def __init__(self, values: PreferenceValues | None = None) -> None:
        self.changed: Signal[str] = Signal()
        self._values = values or PreferenceValues()

    @property
    def values(self) -> PreferenceValues:
        """All of them."""
        return self._values

    @property
    def language(self) -> str:
        """`ru` or `en`."""
        return self._values.language

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        return self._values.theme

    @property
    def density(self) -> str:
        """`comfortable` or `compact`."""
        return self._values.density

    @property
    def font_scale(self) -> float:
        """1.0 to 2.0."""
        return self._values.font_scale

    @property
    def last_view(self) -> str:
        """The view that was open last."""
        return self._values.last_view

    @property
    def window_geometry(self) -> str:
        """The window's place, as the toolkit wrote it."""
        return self._values.window_geometry

    @property
    def salon_windows(self) -> Mapping[str, str]:
        """The salons' own windows that are open: their places, as the toolkit wrote them, by `profile/salon`."""
        return self._values.salon_windows

    @property
    def column_widths(self) -> Mapping[str, str]:
        """The state of each table's header, as the toolkit wrote it, by the table's name."""
        return self._values.column_widths

    @property
    def filters(self) -> Mapping[str, str]:
        """What each view was filtered by, as the view wrote it, by the view's name."""
        return self._values.filters

    @property
    def saved_views(self) -> Mapping[str, str]:
        """The filters that were given a name, as `desktop.model.saved_views` writes them, by the profile's id."""
        return self._values.saved_views

    @property
    def hides_qr_until_asked(self) -> bool:
        """Whether a QR is blurred until somebody asks to see it."""
        return self._values.hides_qr_until_asked

    @property
    def is_guide_dismissed(self) -> bool:
        """Whether the guide is not to open by itself at a start without a gateway."""
        return self._values.is_guide_dismissed

    @property
    def quiet_hours(self) -> QuietHours | None:
        """When no notices of alarms are wanted."""
        return read_quiet_hours(self._values.quiet_hours)

    def update(self, **given: Any) -> None:
        """Change some, each brought to the nearest value that fits. Raises TypeError for an unknown name."""
        updated = fitting(replace(self._values, **given))
        before, self._values = self._values, updated
        for name in given:
            if getattr(before, name) != getattr(updated, name):
                self.changed.emit(name)


def fitting(values: PreferenceValues) -> PreferenceValues:
    """Return preferences in which every choice is one of those there are."""
    return replace(
        values,
        language=values.language if values.language in LANGUAGES else LANGUAGES[0],
        theme=values.theme if values.theme in THEMES else THEMES[0],
        quiet_hours=values.quiet_hours if read_quiet_hours(values.quiet_hours) else "",
        density=values.density if values.density in DENSITIES else DENSITIES[0],
        font_scale=min(
            max(FONT_SCALES[0], values.font_scale), FONT_SCALES[-1]
        ),  # a NaN is larger than nothing
    )
