"""Settings are read once, refused clearly and never printed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.config import SettingsError, decode_data_key, is_loopback_host, load_settings, split_bind

KEY = base64.b64encode(bytes(range(32))).decode()
SECRETS = {
    "partner_token": "tok-secret-1",
    "jwt_secret": "jwt-secret-2-0123456789-0123456789",
    "data_key": KEY,
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PARTNER_TOKEN",
        "JWT_SECRET",
        "DATA_KEY",
        "PUBLIC_URL",
        "DATABASE_URL",
        "BIND",
        "APPLICATION_ID",
        "WAHA_INSTANCES",
        "WHATSAPP_POOL",
    ):
        monkeypatch.delenv(name, raising=False)


def refusal(**values: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(_env_file=None, **values)
    return str(caught.value)


def test_nothing_set_is_a_usable_start() -> None:
    settings = load_settings(_env_file=None)
    assert settings.bind == "127.0.0.1:8080"
    assert settings.effective_public_url == "http://127.0.0.1:8080"
    assert settings.whatsapp_pool == "simulator"


def test_the_environment_is_read_by_the_documented_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_TOKEN", " with space ")
    monkeypatch.setenv("APPLICATION_ID", "4321")
    monkeypatch.setenv("REQUIRE_SIGNED_ENTRY", "true")
    monkeypatch.setenv("FRAME_ANCESTORS", "https://a.example, https://b.example")
    settings = load_settings(_env_file=None)
    assert settings.partner_token == SecretStr(" with space ")
    assert settings.application_id == 4321
    assert settings.require_signed_entry
    assert settings.frame_ancestors == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("public_url", "http://ai-admin.example", "https"),
        ("public_url", "ai-admin.example", "address"),
        ("public_url", "https://user@ai-admin.example", "address"),
        ("jwt_secret", "short", "32 bytes"),
        ("data_key", "bm90LTMyLWJ5dGVz", "32 bytes in base64"),
        ("bind", "8080", "HOST:PORT"),
        ("bind", "127.0.0.1:99999", "HOST:PORT"),
        ("application_id", "abc", "integer"),
        ("application_id", -1, "greater than 0"),
        ("activation_call", "both", "redirect"),
        ("whatsapp_pool", "pigeon", "simulator"),
        ("yclients_api_url", "api.yclients.com", "address"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: object, says: str) -> None:
    told = refusal(**{name: value})
    assert told.startswith(f"{name.upper()}: ")
    assert says in told


def test_a_refusal_never_shows_the_value() -> None:
    assert "sh0rt-s3cret" not in refusal(jwt_secret="sh0rt-s3cret")


def test_one_secret_may_not_serve_twice() -> None:
    assert "must differ" in refusal(jwt_secret=KEY, data_key=KEY)


def test_no_rendering_shows_a_secret() -> None:
    settings = load_settings(_env_file=None, **SECRETS)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert not any(secret in shown for secret in SECRETS.values())


def test_the_data_key_is_read_in_both_alphabets_and_without_padding() -> None:
    key = bytes([251, 255, 254] * 10 + [1, 2])
    for text in (base64.b64encode(key), base64.urlsafe_b64encode(key), base64.b64encode(key).rstrip(b"=")):
        assert decode_data_key(text.decode()) == key
    assert decode_data_key("!!!") is None


def test_loopback_is_known_by_name_and_number() -> None:
    assert all(is_loopback_host(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"))
    assert not any(is_loopback_host(host) for host in ("0.0.0.0", "10.0.0.1", "localhost.example", "::"))


def test_binds_are_split_for_both_families() -> None:
    assert split_bind("[::1]:80") == ("::1", 80)
    assert split_bind("127.0.0.1:0") == ("127.0.0.1", 0)


WAHA = {
    "name": "main",
    "url": "http://waha:3000/",
    "api_key": "key-of-waha",
    "webhook_secret": "hook-secret-0123456789",
}


def test_waha_s_instances_are_read_from_one_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATSAPP_POOL", "waha")
    monkeypatch.setenv("WAHA_INSTANCES", json.dumps([WAHA, WAHA | {"name": "second-1", "capacity": 7}]))
    settings = load_settings(_env_file=None)
    assert [(each.name, each.url, each.capacity) for each in settings.waha_instances] == [
        ("main", "http://waha:3000", 50),
        ("second-1", "http://waha:3000", 7),
    ]
    assert settings.waha_hook_base == "http://127.0.0.1:8080"
    assert (
        load_settings(_env_file=None, waha_webhook_url="http://10.0.0.5:8080/").waha_hook_base
        == "http://10.0.0.5:8080"
    )
    for secret in ("key-of-waha", "hook-secret-0123456789"):
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "WHATSAPP_POOL=waha needs WAHA_INSTANCES"),
        ("[]", "WHATSAPP_POOL=waha needs WAHA_INSTANCES"),
        ("{secret-value", "WAHA_INSTANCES: must be a JSON list"),
        ('{"name": "secret-value"}', "WAHA_INSTANCES"),
        (json.dumps([WAHA, WAHA]), "each instance needs a name of its own"),
        (json.dumps([WAHA | {"name": "Secret Value"}]), "WAHA_INSTANCES.0.NAME"),
        (json.dumps([WAHA | {"url": "secret-value"}]), "WAHA_INSTANCES.0.URL: must be an address"),
        (json.dumps([WAHA | {"api_key": "secret value"}]), "WAHA_INSTANCES.0.API_KEY: must be printable"),
        (json.dumps([WAHA | {"webhook_secret": "secret-value"}]), "must be at least 16 bytes long"),
        (json.dumps([WAHA | {"capacity": 0}]), "WAHA_INSTANCES.0.CAPACITY"),
        (json.dumps([WAHA | {"pasword": "secret-value"}]), "WAHA_INSTANCES.0.PASWORD"),
    ],
)
def test_what_is_wrong_with_an_instance_is_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, written: str, says: str
) -> None:
    monkeypatch.setenv("WAHA_INSTANCES", written)
    told = refusal(whatsapp_pool="waha")
    assert says in told
    assert "secret-value" not in told
    assert "secret value" not in told
