"""`python -m desktop`: the staff's console."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop import display
from desktop.model.preferences import LANGUAGES, THEMES
from desktop.model.profiles import ProfileKind


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console and return its exit code: 0 done, 1 failed, 2 it cannot run here or was called wrongly."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if options.self_check:
        os.environ["QT_QPA_PLATFORM"] = display.OFFSCREEN
    problem = display.no_display(os.environ, sys.platform, display.x_server_answers)
    problem = problem or display.window_plugin_problem(os.environ, sys.platform)
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    try:
        from desktop import bootstrap, journey, self_check
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("", "PySide6", "shiboken6"):
            raise
        print(display.qt_problem(error), file=sys.stderr)
        return 2
    if options.self_check:
        return self_check.run()
    asked = bootstrap.Options(
        url=options.url,
        token=_token() if options.token_stdin else None,
        profile=options.profile,
        kind=ProfileKind(options.kind) if options.kind else None,
        language=options.lang,
        theme=options.theme,
        link=options.link,
        folder=options.settings,
    )
    return bootstrap.run(asked) if options.journey is None else journey.run(asked, options.journey)


def _token() -> str | None:
    """Read the token: one line of the standard input, so that it is in no list of processes and no history."""
    return sys.stdin.readline().strip() or None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desktop", description="AI-Admin: the staff's console")
    parser.add_argument("link", nargs="?", default="", help="where to go, such as admin://install/123")
    parser.add_argument("--url", help="the gateway's address; without it the profile that was used last")
    parser.add_argument(
        "--token-stdin", action="store_true", help="read the personal token from the standard input"
    )
    parser.add_argument("--profile", help="the saved profile to connect to, by its name")
    parser.add_argument(
        "--kind", choices=list(ProfileKind), help="what is at stake at --url (default: production, read-only)"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="the language of this run")
    parser.add_argument("--theme", choices=THEMES, help="the theme of this run")
    parser.add_argument(
        "--settings", type=Path, metavar="FOLDER", help="another folder for profiles and preferences"
    )
    parser.add_argument(
        "--self-check",
        action="store_true",
        help="load everything without a window or a network, and say whether it works",
    )
    parser.add_argument(
        "--journey",
        type=Path,
        metavar="FOLDER",
        help="go to every view by itself, leave a picture of each, and end",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
