"""What a machine says of itself: a disk that fills up, descriptors that run out."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from gateway.machine import (
    MEGABYTE,
    Usage,
    descriptor_usage,
    descriptors_gauge,
    disk_gauge,
    disk_usage,
    raise_descriptor_limit,
)
from shared.vocabulary import AlarmKind, AlarmLevel

GIGABYTE = 1024 * MEGABYTE


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (100 * GIGABYTE, 50 * GIGABYTE, None),
        (100 * GIGABYTE, 4 * GIGABYTE, AlarmLevel.WARN),
        (100 * GIGABYTE, 500 * MEGABYTE, AlarmLevel.BAD),
        (10_000 * GIGABYTE, 300 * GIGABYTE, None),  # three percent of a large disk is plenty
        (64 * MEGABYTE, 32 * MEGABYTE, None),  # and a small one is not low for being small
        (64 * MEGABYTE, 5 * MEGABYTE, AlarmLevel.WARN),
        (64 * MEGABYTE, 1 * MEGABYTE, AlarmLevel.BAD),
    ],
)
def test_a_disk_is_low_when_share_and_bytes_are_few(total: int, free: int, level: AlarmLevel | None) -> None:
    found = list(disk_gauge("host-1", Path("data"), lambda _: Usage(total, total - free))())
    assert [(each.kind, each.subject, each.level) for each in found] == (
        [] if level is None else [(AlarmKind.DISK_LOW, "host-1", level)]
    )


def test_a_disk_is_told_with_two_digits_so_that_it_is_not_news_with_every_byte() -> None:
    (found,) = disk_gauge(
        "host-1", Path("data"), lambda _: Usage(100 * GIGABYTE, 100 * GIGABYTE - 1_234_567_890)
    )()
    assert found.facts == {"free_mb": 1100, "free_percent": 1}


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_of_the_nearest_one_above(tmp_path: Path) -> None:
    usage, here = disk_usage(tmp_path / "not" / "yet"), disk_usage(tmp_path)
    assert usage is not None
    assert here is not None
    assert usage.total == here.total
    assert list(disk_gauge("host-1", tmp_path, lambda _: None)()) == []


@pytest.mark.parametrize(
    ("used", "level"), [(700, None), (850, AlarmLevel.WARN), (990, AlarmLevel.BAD)]
)  # fmt: skip
def test_descriptors_are_low_when_most_are_taken(used: int, level: AlarmLevel | None) -> None:
    found = list(descriptors_gauge("host-1", lambda: Usage(1000, used))())
    assert [each.level for each in found] == ([] if level is None else [level])


def test_the_descriptors_of_this_process_are_counted(tmp_path: Path) -> None:
    before = descriptor_usage()
    assert before is not None
    with (tmp_path / "one").open("w"), (tmp_path / "two").open("w"):
        after = descriptor_usage()
    assert after is not None
    assert after.used == before.used + 2


def test_a_process_gets_as_many_descriptors_as_it_may_have() -> None:
    kept = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, kept[1]), kept[1]))
        assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
        assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, kept)
