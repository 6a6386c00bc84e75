"""`python -m gateway`: serve, demo, sandbox, migrate, doctor, openapi, staff, audit, protocol, backup, restore,
personal-data, and `admin`, the headless twin of the console.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence

from gateway import admin_commands, commands, keeping_commands
from gateway.config import SettingsError
from gateway.storage.embedded import EmbeddedPostgresError
from gateway.storage.postgres_programs import BackupError
from gateway.twin import run as twin


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage or settings."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(asked)
    except SettingsError as error:
        print(f"Настройки не подходят / the settings cannot be used:\n{error}", file=sys.stderr)
        return 2
    except (EmbeddedPostgresError, BackupError, commands.CommandError) as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def _run(asked: Sequence[str]) -> int:
    if asked[:1] == ["admin"]:  # it has a command for each operation: made only for whoever wants one
        return twin.run(asked[1:])
    options = _parser().parse_args(asked)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="AI-Admin gateway")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    serve = verbs.add_parser("serve", help="run the gateway")
    serve.set_defaults(run=commands.serve)
    demo = verbs.add_parser("demo", help="sandbox, gateway and simulated phone in one; walks one install")
    demo.add_argument("--once", action="store_true", help="walk one install and exit")
    demo.add_argument(
        "--bind", default=None, metavar="HOST:PORT", help="address of the gateway (default 127.0.0.1:8080)"
    )
    demo.add_argument(
        "--sandbox-bind",
        default=None,
        metavar="HOST:PORT",
        help="address of the sandbox (default 127.0.0.1:9090)",
    )
    demo.add_argument(
        "--where",
        action="store_true",
        help="print where a running demo leaves the console's way in, and exit",
    )
    demo.set_defaults(run=commands.demo)
    sandbox = verbs.add_parser("sandbox", help="run the fake YCLIENTS")
    commands.add_sandbox_arguments(sandbox)
    sandbox.set_defaults(run=commands.sandbox)
    migrate = verbs.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(run=commands.migrate)
    doctor = verbs.add_parser("doctor", help="check the configuration; exit code 1 when something is bad")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.add_argument("--lang", choices=("ru", "en"), default="ru")
    doctor.set_defaults(run=commands.doctor)
    openapi = verbs.add_parser("openapi", help="print the OpenAPI document of the public interface")
    openapi.set_defaults(run=commands.openapi)
    admin_commands.add_arguments(verbs)
    keeping_commands.add_arguments(verbs)
    verbs.add_parser(
        "admin", help="whatever the console does, over the admin API: admin --list", add_help=False
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
