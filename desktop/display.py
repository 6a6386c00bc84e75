"""Whether this machine can show a window, found out before Qt would end the program over it.

Nothing here needs Qt, so that it can speak when Qt cannot be loaded. Its sentences are in both languages, for the
translations are Qt's.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

PACKAGES: Final[Mapping[str, str]] = MappingProxyType({
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
})  # fmt: skip
"""The Debian and Ubuntu package of each system library that Qt may miss."""

OFFSCREEN: Final = "offscreen"
_WINDOWLESS: Final = frozenset({OFFSCREEN, "minimal", "vnc", "eglfs", "linuxfb"})
_MISSING: Final = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")

_NO_DISPLAY: Final = """\
Здесь нет экрана: окно показать негде. Как его получить:
  • запустить в графическом сеансе этого компьютера;
  • войти с пробросом окон: ssh -X или ssh -Y;
  • открыть на невидимом экране: xvfb-run -a python -m desktop …;
  • без окна, для проверки: QT_QPA_PLATFORM=offscreen python -m desktop --self-check

There is no display to open a window on. How to get one:
  • start in a graphical session of this machine;
  • log in with forwarded windows: ssh -X or ssh -Y;
  • open it on an invisible screen: xvfb-run -a python -m desktop …;
  • without a window, to check: QT_QPA_PLATFORM=offscreen python -m desktop --self-check"""
_LIBRARY: Final = """\
Не хватает системной библиотеки {library}. Установите: sudo apt-get install {packages}
A system library is missing: {library}. Install it: sudo apt-get install {packages}"""
_UNKNOWN_LIBRARY: Final = """\
Не хватает системной библиотеки {library}; пакет с ней найдёт: apt-file search {library}
A system library is missing: {library}; its package is found by: apt-file search {library}"""
_NO_QT: Final = """\
Qt не загружается: {problem}
Подготовьте окружение: python3 dev.py console --self-check

Qt cannot be loaded: {problem}
Prepare the environment: python3 dev.py console --self-check"""


def no_display(environment: Mapping[str, str], system: str, can_connect: Callable[[], bool]) -> str | None:
    """Return what to tell a person when there is no screen, or None when there is one or none is needed.

    `system` is `sys.platform`; only on Linux and its like can there be no screen. `can_connect` tries the X server.
    """
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if not system.startswith(("linux", "freebsd")) or platform in _WINDOWLESS:
        return None
    if environment.get("WAYLAND_DISPLAY") and platform in ("", "wayland"):
        return None
    if not environment.get("DISPLAY") or not can_connect():
        return _NO_DISPLAY
    return None


def x_server_answers() -> bool:
    """Whether the X server of `DISPLAY` takes a connection; True when that cannot be found out."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    has_error = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not has_error


def missing_library(error: BaseException) -> str | None:
    """Return what to tell a person when a library could not be loaded; None for any other error."""
    found = _MISSING.search(str(error))
    if found is None:
        return None
    library = found.group(1)
    package = PACKAGES.get(library)
    if package is None:
        return _UNKNOWN_LIBRARY.format(library=library)
    return _LIBRARY.format(library=library, packages=package)


def qt_problem(error: ImportError) -> str:
    """Return what to tell a person when Qt cannot be imported."""
    return missing_library(error) or _NO_QT.format(problem=error)


def window_plugin_problem(environment: Mapping[str, str], system: str) -> str | None:
    """Return what Qt's window plugin for X11 misses on this machine, all at once; None when it can be loaded."""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    is_x11 = platform == "xcb" or (platform == "" and not environment.get("WAYLAND_DISPLAY"))
    found = find_spec("PySide6")
    if not system.startswith("linux") or not is_x11 or found is None or found.origin is None:
        return None
    plugin = Path(found.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.is_file():
        return None
    missing = [name for name in sorted(PACKAGES) if name.startswith("libxcb") and not _loads(name)]
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        told = missing_library(error)
        if told is None or not missing:
            return told
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        return _LIBRARY.format(library=", ".join(missing), packages=packages)
    return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
