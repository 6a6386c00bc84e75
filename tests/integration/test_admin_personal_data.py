"""Personal data by an administrator's hand: found by phone, purged once the salon has left, reported."""

from __future__ import annotations

import json

from shared.vocabulary import StaffRole
from tests.integration.test_personal_data import leave
from tests.support.harness import SALON, Harness
from tests.support.salons import Person
from tests.support.staff import member

PHONE = "+79995550101"


async def test_a_person_is_found_by_phone_and_purged_with_a_report_that_matches(harness: Harness) -> None:
    token = await harness.link()
    await harness.scan_with(token, PHONE)
    await harness.reaches(token, "active")
    admin = Person(harness, await member(harness, StaffRole.ADMIN))
    operator = Person(harness, await member(harness, StaffRole.OPERATOR))
    assert await operator.refused("personal_data.find", phone=PHONE) == "forbidden"
    assert await admin.refused("personal_data.find") == "field_missing"
    assert await admin.refused("personal_data.find", phone="12345") == "invalid_phone"

    found = await admin.done("personal_data.find", phone="8 (999) 555-01-01")
    assert PHONE[2:] not in json.dumps(found)
    (row,) = [each for each in found["rows"] if each["place"] == "whatsapp_sessions.account_sealed"]
    assert (row["salon_id"], row["generation"], row["is_open"], row["count"]) == (SALON, 1, True, 1)
    purge = {"salon_id": SALON, "generation": 1, "reason": "запрос субъекта"}
    assert await admin.refused("personal_data.purge", **purge) == "still_installed"

    await leave(harness)
    assert await admin.refused("personal_data.purge", **purge | {"generation": 2}) == "generation_changed"
    assert await operator.refused("personal_data.purge", **purge) == "forbidden"
    before = {
        each["place"]: each["count"]
        for each in (await admin.done("personal_data.find", salon_id=SALON))["rows"]
    }
    report = await admin.done("personal_data.purge", **purge)
    assert json.loads(report["file"])["report"]["reason"] == "запрос субъекта"
    assert report["destroyed"]["webhook_inbox"] == before["webhook_inbox"]
    assert report["destroyed"]["marketplace_events"] <= before["marketplace_events"]
    assert (await admin.done("personal_data.find", phone=PHONE))["rows"] == []
    assert await admin.refused("personal_data.purge", **purge) == "nothing_to_destroy"
    (kept,) = (await admin.done("personal_data.reports", salon_id=SALON))["rows"]
    assert kept == report
    acts = (await admin.done("audit.list"))["rows"]
    done = [each for each in acts if each["operation"].startswith("personal_data.")]
    assert {each["operation"] for each in done} == {"personal_data.find", "personal_data.purge"}
    assert PHONE[2:] not in json.dumps(acts)
    purged = next(each for each in done if each["operation"] == "personal_data.purge")
    assert (purged["salon_id"], purged["after"]["report_id"]) == (SALON, report["report_id"])
