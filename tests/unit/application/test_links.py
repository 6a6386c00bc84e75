"""The onboarding link's token lets in exactly what it was issued for."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.application.links import (
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    LEEWAY_S,
    LIFETIME_S,
    TOKEN_TYPE,
    LinkTokens,
    OtherSecrets,
    derive_key,
)
from gateway.domain.errors import GatewayError
from tests.support.moments import StillClock

SECRET = "a-secret-of-at-least-thirty-two-bytes"


def made(clock: StillClock | None = None) -> LinkTokens:
    return LinkTokens(SECRET, clock or StillClock())


def code_of(tokens: LinkTokens, token: str | None) -> str:
    with pytest.raises(GatewayError) as caught:
        tokens.verify(token)
    return caught.value.code


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def signed(
    claims: dict[str, Any], *, key: bytes | None = None, algorithm: str = ALGORITHM, typ: str = TOKEN_TYPE
) -> str:
    return jwt.encode(
        claims, key or derive_key(SECRET, "onboarding link"), algorithm=algorithm, headers={"typ": typ}
    )


def test_a_link_round_trips_its_salons_and_generations_in_order() -> None:
    link = made().verify(made().issue({7: 2, 5: 1}))
    assert dict(link.generations) == {7: 2, 5: 1}
    assert link.pick(None) == 7
    assert link.pick(5) == 5


def test_a_link_does_not_open_another_salon() -> None:
    link = made().verify(made().issue({7: 1}))
    with pytest.raises(GatewayError) as caught:
        link.pick(8)
    assert caught.value.code == "salon_not_in_token"


def test_the_token_holds_ids_and_times_only() -> None:
    claims = claims_of(made().issue({962302: 1}))
    assert set(claims) == {"iss", "aud", "sub", "jti", "iat", "nbf", "exp", "salons"}
    assert claims["sub"] == "962302"
    assert claims["exp"] - claims["iat"] == LIFETIME_S


def test_the_token_expires_after_an_hour_and_a_little_leeway() -> None:
    clock = StillClock()
    tokens = made(clock)
    token = tokens.issue({7: 1})
    clock.at += timedelta(seconds=LIFETIME_S + LEEWAY_S - 1)
    tokens.verify(token)
    clock.at += timedelta(seconds=2)
    assert code_of(tokens, token) == "token_expired"


def test_a_token_from_the_future_is_refused() -> None:
    clock = StillClock()
    token = made(clock).issue({7: 1})
    clock.at -= timedelta(seconds=LEEWAY_S + 5)
    assert code_of(made(clock), token) == "token_invalid"


@pytest.mark.parametrize("token", [None, ""])
def test_a_missing_token_is_told_apart(token: str | None) -> None:
    assert code_of(made(), token) == "token_missing"


def test_foreign_audience_issuer_type_algorithm_and_key_are_refused() -> None:
    good = claims_of(made().issue({7: 1}))
    raw_secret = SECRET.encode()
    bad = [
        signed(good | {"aud": "admin"}),
        signed(good | {"aud": [AUDIENCE + "x"]}),
        signed(good | {"iss": ISSUER + "x"}),
        signed(good, typ="JWT"),
        signed(good, key=derive_key(SECRET, "staff")),
        signed(good, key=raw_secret),
        signed(good, key=derive_key(SECRET, "onboarding link") * 2, algorithm="HS512"),
        jwt.encode(good, "", algorithm="none", headers={"typ": TOKEN_TYPE}),
    ]
    assert {code_of(made(), token) for token in bad} == {"token_invalid"}
    made().verify(signed(good))


@pytest.mark.parametrize("missing", ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "salons"])
def test_every_claim_is_required(missing: str) -> None:
    claims = claims_of(made().issue({7: 1}))
    del claims[missing]
    assert code_of(made(), signed(claims)) == "token_invalid"


@pytest.mark.parametrize(
    "salons",
    [[], {}, "7", [7], [[7]], [[7, 1, 2]], [["x", 1]], [[0, 1]], [[-7, 1]], [[2**31, 1]], [[None, None]], 7],
)
def test_salons_of_another_shape_are_refused(salons: object) -> None:
    claims = claims_of(made().issue({7: 1})) | {"salons": salons}
    assert code_of(made(), signed(claims)) == "token_invalid"


@given(position=st.integers(min_value=0), letter=st.sampled_from("ABCabc019_-"))
def test_a_token_with_any_changed_character_is_refused(position: int, letter: str) -> None:
    token = made().issue({7: 1})
    place = position % len(token)
    changed = token[:place] + letter + token[place + 1 :]
    # The last character of a segment can hold unused bits: another spelling of the same bytes is the same token.
    same = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    if changed == token or (
        changed.count(".") == 2
        and [base64.urlsafe_b64decode(part + "==") for part in changed.split(".")] == same
    ):
        return
    assert code_of(made(), changed) == "token_invalid"


@given(st.text(min_size=1, max_size=300))
def test_any_text_is_refused_without_an_error(token: str) -> None:
    assert code_of(made(), token) in {"token_invalid"}


def test_a_huge_token_is_refused_unread() -> None:
    assert code_of(made(), "x" * 100_000) == "token_invalid"


def test_without_a_secret_nothing_is_issued_or_believed() -> None:
    tokens = LinkTokens(None, StillClock())
    with pytest.raises(GatewayError, match="not_configured"):
        tokens.issue({7: 1})
    assert code_of(tokens, made().issue({7: 1})) == "not_configured"


@pytest.mark.parametrize("others", [OtherSecrets(previous=SECRET), OtherSecrets(next=SECRET)])
def test_a_link_of_the_previous_or_the_next_secret_is_good_and_new_ones_are_made_with_the_current(
    others: OtherSecrets,
) -> None:
    rotating, new = (
        LinkTokens("another-" + SECRET, StillClock(), others),
        LinkTokens("another-" + SECRET, StillClock()),
    )
    assert rotating.verify(made().issue({7: 1})).salon_ids == (7,)
    assert new.verify(rotating.issue({7: 1})).salon_ids == (7,)
    assert code_of(new, made().issue({7: 1})) == "token_invalid"
    assert code_of(rotating, signed(claims_of(made().issue({7: 1})), typ="JWT")) == "token_invalid"
