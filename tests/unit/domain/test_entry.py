"""The redirect's query: four forms of branches, and everything ambiguous refused (quality 15.3.7)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.entry import EntryError, EntryRequest, EntryUser, parse_entry, parse_user
from shared.vocabulary import MAX_SALON_ID

CODES = {
    "salon_missing",
    "salon_invalid",
    "salons_conflict",
    "too_many_salons",
    "query_invalid",
    "user_data_invalid",
}


def code_of(raw_query: bytes) -> str:
    """Return the code with which the query is refused."""
    with pytest.raises(EntryError) as caught:
        parse_entry(raw_query)
    return caught.value.code


@pytest.mark.parametrize(
    ("raw_query", "salon_ids"),
    [
        (b"salon_id=123", (123,)),
        (b"salon%5Fid=%31%32%33", (123,)),
        (b"salon_ids[]=1&salon_ids[]=2", (1, 2)),
        (b"salon_ids%5B%5D=1&salon_ids%5b%5d=2", (1, 2)),
        (b"salon_ids[0]=1&salon_ids[1]=2", (1, 2)),
        (b"salon_ids%5B0%5D=1&salon_ids%5B1%5D=2", (1, 2)),
        (b"salon_ids[0]=7", (7,)),
        (b"salon_ids[5]=3&salon_ids[1]=2", (3, 2)),
        (b"salon_ids=1,2", (1, 2)),
        (b"salon_ids=1%2C2", (1, 2)),
        (b"salon_ids=5", (5,)),
        (b"salon_ids[]=1&salon_ids[0]=2&salon_ids=3,1", (1, 2, 3)),
        (b"salon_id=2&salon_ids[]=1&salon_ids[]=2", (1, 2)),
        (b"&&salon_id=9&", (9,)),
        (b"salon_id=%d" % MAX_SALON_ID, (MAX_SALON_ID,)),
    ],
)
def test_every_form_of_branches_is_read(raw_query: bytes, salon_ids: tuple[int, ...]) -> None:
    assert parse_entry(raw_query) == EntryRequest(salon_ids, None, None)


@pytest.mark.parametrize("form", ["salon_ids[]", "salon_ids[{}]", "salon_ids", "mixed"])
@given(salon_ids=st.lists(st.integers(1, MAX_SALON_ID), min_size=1, max_size=50))
def test_branches_come_out_in_order_without_repeats(form: str, salon_ids: list[int]) -> None:
    if form == "salon_ids":
        pairs = [("salon_ids", ",".join(map(str, salon_ids)))]
    else:
        names = {"mixed": ["salon_ids[]", "salon_ids[{}]"]}.get(form, [form])
        pairs = [(names[i % len(names)].format(i), str(salon_id)) for i, salon_id in enumerate(salon_ids)]
    assert parse_entry(urlencode(pairs).encode()).salon_ids == tuple(dict.fromkeys(salon_ids))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x1",
        "007",
        "abc",
        "1,2",
        "1;2",
        "[1]",
        "٣",
        "1٣",
        "１２",
        "²",
        "1\x00",
        "1\n",
        str(MAX_SALON_ID + 1),
        "9" * 10_000,
        "null",
        "🙂",
    ],
)
@pytest.mark.parametrize("name", ["salon_id", "salon_ids[]", "salon_ids[0]"])
def test_a_value_that_is_no_salon_id_is_salon_invalid(name: str, value: str) -> None:
    assert code_of(f"{quote(name)}={quote(value)}".encode()) == "salon_invalid"


@pytest.mark.parametrize(
    "raw_query",
    [
        b"salon_id=1&salon_id=2",
        b"salon_id=1&salon_id=1",
        b"salon_id[]=1",
        b"salon_id[a]=1",
        b"salon_id%5Ba%5D=1",
        b"salon_ids[0][x]=1",
        b"salon_ids[a]=1",
        b"salon_ids[-1]=1",
        b"salon_ids[0]x=1",
        b"salon_ids[=1",
        b"salon_ids[][]=1",
        b"salon_ids[0]=1&salon_ids[0]=2",
        b"salon_ids=1&salon_ids=2",
        b"salon_ids=",
        b"salon_ids=1,,2",
        b"salon_ids=1,2,",
        b"salon_ids=1,+2",
        b"salon_ids=1&salon_ids[]=x",
        b"salon_id=+1",
        b"salon_id=%201",
        b"salon_id",
        b"salon_id=1=2",
        b"salon_id=%zz",
        b"salon_ids[\xd9\xa0]=1",
    ],
)
def test_repeated_nested_and_malformed_salons_are_salon_invalid(raw_query: bytes) -> None:
    assert code_of(raw_query) == "salon_invalid"


@pytest.mark.parametrize(
    "raw_query", [b"", b"&", b"foo=1", b"Salon_Id=1", b"salon_idx=1", b"user_id=7", b"=1"]
)
def test_no_salon_at_all_is_salon_missing(raw_query: bytes) -> None:
    assert code_of(raw_query) == "salon_missing"


@pytest.mark.parametrize(
    "raw_query", [b"salon_id=3&salon_ids[]=1&salon_ids[]=2", b"salon_ids=1,2&salon_id=3"]
)
def test_a_salon_outside_its_own_list_is_a_conflict(raw_query: bytes) -> None:
    assert code_of(raw_query) == "salons_conflict"


def test_more_than_fifty_different_branches_are_too_many() -> None:
    fifty = ",".join(str(salon_id) for salon_id in range(1, 51))
    assert len(parse_entry(f"salon_ids={fifty},50,1".encode()).salon_ids) == 50
    assert code_of(f"salon_ids={fifty},51".encode()) == "too_many_salons"


@pytest.mark.parametrize(
    "raw_query",
    [
        b"salon_id=%ff",
        b"salon_id=1&user_name=%D0",
        b"salon_id=1&unknown=%ed%a0%80",
        b"salon_id=1&%c0%af=x",
        b"salon_id=1&user_name=\xd0",
        b"salon_id=1&x=" + b"a" * 40_000,
    ],
)
def test_a_query_that_is_not_utf8_or_is_huge_is_query_invalid(raw_query: bytes) -> None:
    assert code_of(raw_query) == "query_invalid"


def test_unknown_and_legacy_parameters_are_ignored_whatever_they_hold() -> None:
    query = (
        b"salon_id=1&user_id=-5&user_id=x&user_name=%D0%9C%00&user_phone[]=1&user_email[a][b]=%zz"
        b"&application_id=junk&utm=1&utm=2"
    )
    assert parse_entry(query) == EntryRequest((1,), None, None)


def test_signed_user_data_comes_through_with_plus_as_the_browser_left_it() -> None:
    request = parse_entry(b"salon_id=1&user_data=ab+c%2Bd%2Fe_f-g%3D%3D&user_data_sign=0f")
    assert request == EntryRequest((1,), "ab c+d/e_f-g==", "0f")


@pytest.mark.parametrize(
    ("raw_query", "signature"),
    [
        (b"salon_id=1", "absent"),
        (b"salon_id=1&user_data=&user_data_sign=", "absent"),
        (b"salon_id=1&user_data=e30", "partial"),
        (b"salon_id=1&user_data=e30&user_data_sign=", "partial"),
        (b"salon_id=1&user_data_sign=0f", "partial"),
        (b"salon_id=1&user_data=e30&user_data_sign=0f", "present"),
    ],
)
def test_half_a_signature_is_told_from_none(raw_query: bytes, signature: str) -> None:
    assert parse_entry(raw_query).signature == signature


@pytest.mark.parametrize(
    "raw_query",
    [
        b"salon_id=1&user_data=a&user_data=a",
        b"salon_id=1&user_data_sign=a&user_data_sign=b",
        b"salon_id=1&user_data[]=a",
        b"salon_id=1&user_data_sign%5Bx%5D=a",
    ],
)
def test_repeated_or_nested_user_data_is_user_data_invalid(raw_query: bytes) -> None:
    assert code_of(raw_query) == "user_data_invalid"


QUERY_PIECES = [
    "salon_id",
    "salon_ids",
    "[",
    "]",
    "[]",
    "[0]",
    "=",
    "&",
    ",",
    "1",
    "23",
    "%",
    "%5B",
    "%ff",
    "+",
    "user_data",
]


@given(
    raw_query=st.binary(max_size=200)
    | st.lists(st.sampled_from(QUERY_PIECES)).map(lambda p: "".join(p).encode())
)
def test_any_query_is_either_read_or_refused_with_a_known_code(raw_query: bytes) -> None:
    try:
        request = parse_entry(raw_query)
    except EntryError as error:
        assert error.code in CODES
    else:
        assert 1 <= len(request.salon_ids) <= 50
        assert all(0 < salon_id <= MAX_SALON_ID for salon_id in request.salon_ids)
        assert len(set(request.salon_ids)) == len(request.salon_ids)


def test_a_query_of_many_parameters_is_read_in_one_pass() -> None:
    query = b"&".join(b"salon_ids[%d]=7" % index for index in range(1_500))
    assert parse_entry(query).salon_ids == (7,)


@pytest.mark.parametrize(
    ("decoded", "user_id"),
    [
        (b"{}", None),
        (b'{"id":123}', 123),
        (b'{"id":"123"}', 123),
        (b'{"user_id":7}', 7),
        (b'{"id":null,"user_id":"7"}', 7),
        (b'{"id":1,"user_id":2}', 1),
        (b'{"id":-1}', None),
        (b'{"id":1.5}', None),
        (b'{"id":true}', None),
        (b'{"id":[1],"name":[],"phone":{},"email":null}', None),
        (b'{"id":9223372036854775808}', None),
    ],
)
def test_user_number_is_read_in_either_name_and_type(decoded: bytes, user_id: int | None) -> None:
    assert parse_user(decoded) == EntryUser(user_id)


def test_nothing_personal_is_kept_of_the_user() -> None:
    user = parse_user('{"id":1,"name":"Мария","phone":"79990009900","email":"a@example.com"}'.encode())
    assert repr(user) == "EntryUser(user_id=1)"
    request = parse_entry(
        b"salon_id=1&user_name=%D0%9C&user_phone=79990009900&user_data=e30&user_data_sign=0f"
    )
    assert repr(request) == "EntryRequest(salon_ids=(1,))"


@pytest.mark.parametrize(
    "decoded", [b"", b"[]", b"1", b'"x"', b"\xff", b"{", b"[" * 10_000, b'{"id":1,"id":2}']
)
def test_user_data_that_is_no_object_is_user_data_invalid(decoded: bytes) -> None:
    with pytest.raises(EntryError) as caught:
        parse_user(decoded)
    assert caught.value.code == "user_data_invalid"
