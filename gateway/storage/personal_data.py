"""What of the schema is personal, what is secret and what is neither; a test fails for a column that is not here.

docs/operations.md says of each personal column why it is kept and for how long; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

PERSONAL: Mapping[str, str] = {
    "alarms": "acknowledged_by snoozed_by",
    "audit_log": "staff before after reason",
    "bulk_retries": "staff reason request",
    "companies": "title city assistant_off_reason",
    "destruction_reports": "actor reason body",
    "fix_plans": "staff reason",
    "install_search": "searched",
    "installs": "owner_user_id search_text frozen_reason error_text",
    "marketplace_events": "data",
    "partner_attempts": "headers body_head",
    "partner_calls": "reason error_text",
    "process_liveness": "drain_by",
    "staff": "name name_key",
    "staff_commands": "answer",
    "sweeps": "staff",
    "webhook_inbox": "peer resource_id body error",
    "whatsapp_hints": "details_sealed",
    "whatsapp_messages": "content_sealed",
    "whatsapp_sends": "payload_sealed",
    "whatsapp_sessions": "code_phone_sealed code_phone_masked account_sealed account_phone_masked "
    "earlier_account_sealed earlier_phone_masked expected_phone_masked",
}
"""Columns that are about a person, or in which somebody can write about one."""

SECRET: Mapping[str, str] = {
    "installs": "api_key_sealed webhook_key_sealed webhook_key_digest",
    "staff": "token_digest",
    "whatsapp_sessions": "qr_sealed code_sealed credentials_sealed",
}
"""Columns that open something; sealed or digests."""

OTHER: Mapping[str, str] = {
    "alarms": "id kind subject level facts occurrence raised_at seen_at changed_at told_at count acknowledged_at "
    "settled_at snoozed_until",
    "audit_log": "id at staff_id role operation salon_id request_id previous_hash hash",
    "bulk_items": "bulk_id call_id state outcome nonce changed_at",
    "bulk_retries": "id state version staff_id total excluded created_at expires_at started_at finished_at",
    "companies": "id yclients_id timezone version whatsapp_generation whatsapp_seq assistant_off_at created_at "
    "updated_at",
    "console_lines": "owner staff_id consoles",
    "destruction_reports": "id at salon_id ground key_id mac",
    "fix_items": "plan_id salon_id generation state outcome claimed_by claimed_until changed_at",
    "fix_plans": "id kind fix state version staff_id total created_at expires_at started_at finished_at",
    "install_search": "install_id",
    "installs": "id company_id generation partner_state partner_since stage stage_since entry_signed registered_at "
    "support_code correlation error_code partner_status checked_at activated_at last_payment_at paid_until closed_at "
    "close_reason created_at updated_at salon_id is_newest resume_due frozen_by_staff_at stage_rank purged_at "
    "welcomed_at",
    "list_differences": "salon_id kind since seen_at",
    "marketplace_events": "id at salon_id install_id type correlation",
    "partner_attempts": "id call_id number operation started_at finished_at http_status latency_ms failure verdict",
    "payments": "id install_id salon_id state refund_state partner_payment_id amount currency paid_on period_from "
    "period_to error_code created_at updated_at",
    "partner_budget": "id granted_at blocked_until refused_at refused_code refused_fingerprint refused_probe_at "
    "away_since away_probe_at back_at failures_in_row list_read_at list_proved_at list_useless_at",
    "partner_calls": "id install_id kind state attempts next_attempt_at first_attempt_at claimed_by claimed_until "
    "outcome_unknown error_code nonce created_at updated_at finished_at retried_at state_rank confirm_singly",
    "process_liveness": "owner lock_key started_at seen_at data_key_id jwt_key_id version sessions pairing "
    "sockets jobs memory_bytes drain drain_at",
    "retention_marks": "name last_id",
    "retention_rounds": "id at",
    "schema_migration": "id name applied",
    "session_engines": "salon_id owner state is_open memory_bytes at",
    "staff": "id role created_at expires_at last_used_at revoked_at key_id",
    "staff_commands": "staff_id idempotency_key operation input_digest at claimed_until done_at",
    "sweep_health": "id failing_since failed_code",
    "sweeps": "id state version staff_id requested_at started_at finished_at phase done total found failed_code "
    "claimed_by claimed_until",
    "token_matches": "fingerprint last_matched_at last_matched_by",
    "webhook_inbox": "id received_at proof kind event salon_id application_id digest sign_state state outcome attempts "
    "next_attempt_at claimed_by claimed_until install_id processed_at delivery_id replayed_at story_after",
    "whatsapp_hints": "id instance event_id salon_id kind at generation received_at settled_at",
    "whatsapp_messages": "salon_id kind message_id at",
    "whatsapp_sends": "salon_id client_ref status at message_id error",
    "whatsapp_sessions": "salon_id install_id session_id adapter desired state since created_at updated_at version "
    "generation engine_generation last_seq method pairing_started_at qr_seq qr_issued_at qr_expires_at code_issued_at "
    "code_expires_at code_requests code_answers code_error code_requested_at linked_at unlink error error_at "
    "banned_until engine_version passkey_stage passkey_expires_at needs_owner_at lease_owner lease_epoch "
    "lease_expires_at lease_since state_rank",
}
"""Numbers, times and states."""
