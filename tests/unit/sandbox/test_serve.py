"""Running the sandbox: loopback only, and options that agree with the gateway's own settings."""

from __future__ import annotations

import argparse
import asyncio

import httpx
import pytest

from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.serve import (
    BindRefused,
    add_arguments,
    config_from,
    loopback_socket,
    serve_sandbox,
    url_of,
)
from tests.unit.sandbox.support import CONFIG, until


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    "bind",
    [
        "0.0.0.0:9090",
        "192.168.1.1:9090",
        "example.com:80",
        "[::]:9090",
        "127.0.0.1",
        "x",
        ":9090",
        "127.0.0.1:x",
    ],
)
def test_any_address_but_loopback_is_refused(bind: str) -> None:
    with pytest.raises(BindRefused):
        loopback_socket(bind)


def test_port_zero_takes_a_free_port() -> None:
    with loopback_socket("127.0.0.1:0") as first, loopback_socket("localhost:0") as second:
        assert url_of(first).startswith("http://127.0.0.1:")
        assert url_of(first) != url_of(second)


def test_a_port_in_use_is_an_error() -> None:
    with loopback_socket("127.0.0.1:0") as taken, pytest.raises(OSError, match="in use"):
        loopback_socket(url_of(taken).removeprefix("http://"))


def test_without_options_it_stands_beside_a_gateway_on_this_machine() -> None:
    config = config_from(parsed(), {})
    assert config.redirect_url == "http://127.0.0.1:8080/auth/yclients/redirect"
    assert config.callback_url == "http://127.0.0.1:8080/webhook/yclients"
    assert config.public_url == "http://127.0.0.1:9090"
    assert (config.brand, config.pending_ttl_s, config.enforce_limits, config.private_app) == (
        "yclients",
        3600,
        True,
        False,
    )


def test_it_takes_token_application_and_address_from_the_gateways_settings() -> None:
    env = {"PARTNER_TOKEN": " secret ", "APPLICATION_ID": "18", "PUBLIC_URL": "http://127.0.0.1:7000/"}
    config = config_from(parsed(), env)
    assert (config.partner_token, config.application_id) == ("secret", 18)
    assert config.redirect_url == "http://127.0.0.1:7000/auth/yclients/redirect"


def test_options_win_over_what_is_derived() -> None:
    options = (
        "--bind 127.0.0.1:1 --gateway http://g/ --callback-url http://c --redirect-url http://r "
        "--public-url http://p/ --brand altegio --pending-ttl 43200 --no-limits --private-app"
    )
    config = config_from(parsed(*options.split()), {"PUBLIC_URL": "http://other"})
    assert config == SandboxConfig(
        config.partner_token, 1, "http://r", "http://c", "http://g", "http://p", "altegio", 43200, False, True
    )


def test_the_token_is_not_in_the_configurations_text() -> None:
    assert CONFIG.partner_token not in repr(CONFIG)


async def test_it_serves_until_told_to_stop() -> None:
    shutdown, addresses = asyncio.Event(), []

    def ready(address: str) -> None:
        addresses.append(address)

    task = asyncio.get_running_loop().create_task(
        serve_sandbox(CONFIG, "127.0.0.1:0", shutdown, on_ready=ready)
    )
    await until(lambda: addresses)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{addresses[0]}/sandbox/api/about")).status_code == 200
    shutdown.set()
    async with asyncio.timeout(5):
        await task
