"""Builds the browser's way from the marketplace to the gateway: branch forms and signed user data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args
from urllib.parse import urlencode, urlsplit, urlunsplit

from gateway.sandbox import user_data
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.user_data import Alphabet

BranchForm = Literal["salon_id", "salon_ids[]", "salon_ids[n]", "salon_ids_comma"]
BRANCH_FORMS: tuple[BranchForm, ...] = get_args(BranchForm)
ALPHABETS: tuple[Alphabet, ...] = get_args(Alphabet)


def branch_parameters(salon_ids: Sequence[int], form: BranchForm) -> list[tuple[str, str]]:
    """Return the query parameters that name these branches in one of the four forms seen in the wild.

    `salon_id` names one branch; with several it is repeated, which the platform never does, so that a gateway
    can be shown it.
    """
    if form == "salon_id":
        return [("salon_id", str(each)) for each in salon_ids]
    if form == "salon_ids[]":
        return [("salon_ids[]", str(each)) for each in salon_ids]
    if form == "salon_ids[n]":
        return [(f"salon_ids[{index}]", str(each)) for index, each in enumerate(salon_ids)]
    return [("salon_ids", ",".join(str(each) for each in salon_ids))]


def owner_fields(salon: Salon, assets: str) -> dict[str, object]:
    """Return what the platform tells about the person who connects `salon`, in the platform's key order."""
    return {
        "id": salon.owner_id,
        "name": salon.owner_name,
        "phone": salon.owner_phone,
        "email": salon.owner_email,
        "is_approved": True,
        "avatar": f"{assets}/avatars/{salon.owner_id}.png",
        "salon_name": salon.title,
    }


def redirect_url(
    base: str,
    branches: Sequence[int],
    form: BranchForm,
    *,
    signed: tuple[str, str] | None,
) -> str:
    """Return the Registration Redirect URL with the platform's parameters; a query of our own is kept."""
    parameters = branch_parameters(branches, form)
    if signed is not None:
        parameters += [("user_data", signed[0]), ("user_data_sign", signed[1])]
    split = urlsplit(base)
    query = "&".join(part for part in (split.query, urlencode(parameters)) if part)
    return urlunsplit((split.scheme, split.netloc, split.path, query, ""))


def signed_owner(salon: Salon, assets: str, partner_token: str, alphabet: Alphabet) -> tuple[str, str]:
    """Return the signed user data of the owner of `salon`."""
    return user_data.signed_pair(owner_fields(salon, assets), partner_token, alphabet)
