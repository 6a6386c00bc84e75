"""What went wrong, in sentences: a title, why, what to do. `desktop.model.explain` knows the codes and who can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desktop.model.explain import Explanation, Who, explain
from desktop.qt.texts import marked, shared_text, translate

_SENTENCES: Final[Mapping[str, tuple[str, str, str]]] = {
    # what a partner call ends with
    "token_refused": (
        marked("Explain", "YCLIENTS does not accept our token"),
        marked("Explain", "YCLIENTS answered 401: it does not know the partner token the gateway sends."),
        marked(
            "Explain",
            "Open the doctor, compare PARTNER_TOKEN with the developer's cabinet of YCLIENTS and set "
            "the right one; what waits goes on by itself.",
        ),
    ),
    "not_requested": (
        marked("Explain", "YCLIENTS sees no request from this salon"),
        marked(
            "Explain",
            "YCLIENTS answered 404 or 403 and the status is not pending: the owner's consent is gone or"
            " was given elsewhere.",
        ),
        marked("Explain", "Ask the owner to press “Connect” in YCLIENTS again, then retry the call."),
    ),
    "rejected": (
        marked("Explain", "YCLIENTS declined the call"),
        marked(
            "Explain",
            "YCLIENTS found the data of the call wrong (400 or 422). Trying again without a change "
            "brings the same answer.",
        ),
        marked(
            "Explain",
            "Read YCLIENTS' own words in the attempt, correct what they name and retry; if nothing is "
            "wrong, hand the attempt to YCLIENTS' support.",
        ),
    ),
    "aggregator_not_found": (
        marked("Explain", "YCLIENTS does not find our application"),
        marked(
            "Explain", "The application is not published, or APPLICATION_ID is another application's number."
        ),
        marked(
            "Explain",
            "Check APPLICATION_ID in the doctor; if it is right, ask YCLIENTS' support to publish the "
            "application, then retry all such calls together.",
        ),
    ),
    "partner_unavailable": (
        marked("Explain", "YCLIENTS does not answer as it should"),
        marked("Explain", "It answered with an error of its own, broke off or was silent."),
        marked(
            "Explain",
            "The gateway tries again by itself with growing pauses. Retry by hand only when YCLIENTS is"
            " known to be well again.",
        ),
    ),
    "unknown_outcome": (
        marked("Explain", "Not known whether YCLIENTS took it"),
        marked("Explain", "The answer came, but the status read does not confirm it yet."),
        marked(
            "Explain",
            "The gateway reads the status again before it sends anything twice. “Check now” asks at once.",
        ),
    ),
    "expired": (
        marked("Explain", "Tried for days without success"),
        marked(
            "Explain", "YCLIENTS did not take the activation in all that time, so the gateway stopped trying."
        ),
        marked(
            "Explain",
            "See in the attempts what it answered; when the cause is gone, retry. The owner may have to"
            " press “Connect” again.",
        ),
    ),
    "rate_limited": (
        marked("Explain", "Too much in too short a time"),
        marked("Explain", "More was asked for in a minute than is allowed."),
        marked("Explain", "Wait a minute. What the gateway does by itself goes on by itself."),
    ),
    # why YCLIENTS could not be read
    "partner_unauthorized": (
        marked("Explain", "YCLIENTS does not accept our token"),
        marked("Explain", "YCLIENTS answered the read with 401."),
        marked("Explain", "Open the doctor and set the right PARTNER_TOKEN."),
    ),
    "partner_forbidden": (
        marked("Explain", "YCLIENTS gives no access to this salon"),
        marked("Explain", "It knows the token and answers 403: the application has no rights there."),
        marked("Explain", "Check APPLICATION_ID and the application's rights in the developer's cabinet."),
    ),
    "partner_not_found": (
        marked("Explain", "YCLIENTS does not know this salon"),
        marked("Explain", "The number is wrong, or the salon was deleted."),
        marked("Explain", "Compare the salon's number with YCLIENTS."),
    ),
    "partner_rate_limited": (
        marked("Explain", "YCLIENTS asks for a pause"),
        marked(
            "Explain", "All consoles and the gateway share its limits: 5 requests a second, 200 a minute."
        ),
        marked("Explain", "Wait a minute and try again."),
    ),
    "partner_error": (
        marked("Explain", "YCLIENTS has troubles"),
        marked("Explain", "It answered with an error of its own."),
        marked("Explain", "Try again in some minutes."),
    ),
    "partner_timeout": (
        marked("Explain", "YCLIENTS does not answer"),
        marked("Explain", "The time ran out before it did."),
        marked("Explain", "Try again in some minutes."),
    ),
    "partner_unreachable": (
        marked("Explain", "YCLIENTS cannot be reached"),
        marked("Explain", "The gateway could not open a connection."),
        marked(
            "Explain", "See in the doctor whether YCLIENTS_API_URL and the gateway's network are in order."
        ),
    ),
    "partner_garbled": (
        marked("Explain", "YCLIENTS answered in an unknown form"),
        marked("Explain", "The answer was cut, was a web page or was not what was asked for."),
        marked(
            "Explain", "Try again; if it stays so, hand the first bytes of the answer to YCLIENTS' support."
        ),
    ),
    # what one answer of YCLIENTS means
    "verdict_accepted": (
        marked("Explain", "Accepted"),
        marked("Explain", "YCLIENTS took the call; a status read confirms it."),
        marked("Explain", "Nothing has to be done."),
    ),
    "verdict_already_installed_or_refused": (
        marked("Explain", "403: installed already, or not allowed"),
        marked("Explain", "The same answer stands for both; only the status tells which."),
        marked("Explain", "The gateway reads the status by itself and goes on accordingly."),
    ),
    "verdict_token_refused": (
        marked("Explain", "401: the token is not accepted"),
        marked("Explain", "YCLIENTS does not know the partner token."),
        marked("Explain", "Set the right PARTNER_TOKEN; the doctor shows the present one's fingerprint."),
    ),
    "verdict_not_found": (
        marked("Explain", "404: no request, or a foreign application"),
        marked("Explain", "The owner's consent is gone, or APPLICATION_ID is another's."),
        marked("Explain", "Check APPLICATION_ID; if it is right, the owner has to press “Connect” again."),
    ),
    "verdict_rejected": (
        marked("Explain", "The data were declined"),
        marked("Explain", "YCLIENTS found something wrong in what was sent."),
        marked("Explain", "Read its words in the answer and correct what they name."),
    ),
    "verdict_aggregator_not_found": (
        marked("Explain", "“Aggregator not found”"),
        marked("Explain", "The application is not published at YCLIENTS, or its number is wrong."),
        marked("Explain", "Check APPLICATION_ID, then write to YCLIENTS' support."),
    ),
    "verdict_rate_limited": (
        marked("Explain", "429: too often"),
        marked("Explain", "YCLIENTS asks for a pause."),
        marked("Explain", "The gateway waits as long as it is told and goes on."),
    ),
    "verdict_retry": (
        marked("Explain", "No clear answer"),
        marked("Explain", "Nothing is known of the outcome."),
        marked("Explain", "The gateway reads the status, then tries again."),
    ),
    "verdict_unauthorized": (
        marked("Explain", "401: the token is not accepted"),
        marked("Explain", "YCLIENTS does not know the partner token."),
        marked("Explain", "Set the right PARTNER_TOKEN."),
    ),
    "verdict_forbidden": (
        marked("Explain", "403: no access"),
        marked("Explain", "The application has no rights for this salon."),
        marked("Explain", "Check APPLICATION_ID and the application's rights."),
    ),
    "verdict_server_error": (
        marked("Explain", "YCLIENTS' own error"),
        marked("Explain", "It answered with a 5xx."),
        marked("Explain", "The gateway tries again by itself."),
    ),
    "verdict_timeout": (
        marked("Explain", "The time ran out"),
        marked("Explain", "No answer came in time."),
        marked("Explain", "The gateway tries again by itself."),
    ),
    "verdict_unreachable": (
        marked("Explain", "Not reached"),
        marked("Explain", "No connection came about, so nothing was sent."),
        marked("Explain", "The gateway tries again by itself."),
    ),
    "verdict_garbled": (
        marked("Explain", "The answer cannot be read"),
        marked("Explain", "It was cut, a web page, or no JSON."),
        marked("Explain", "The gateway reads the status again by itself."),
    ),
    "verdict_status_pending": (
        marked("Explain", "Status: pending"),
        marked("Explain", "YCLIENTS still waits to be told that the salon is ready."),
        marked("Explain", "The gateway tells it by itself."),
    ),
    "verdict_status_active": (
        marked("Explain", "Status: active"),
        marked("Explain", "YCLIENTS says that the salon is connected."),
        marked("Explain", "Nothing has to be done."),
    ),
    "verdict_status_freezed": (
        marked("Explain", "Status: frozen"),
        marked("Explain", "The salon's subscription is suspended in YCLIENTS."),
        marked("Explain", "The owner has to pay in YCLIENTS."),
    ),
    "verdict_status_uninstalled": (
        marked("Explain", "Status: not connected"),
        marked("Explain", "YCLIENTS says that the salon has disconnected the application."),
        marked("Explain", "To come back the owner presses “Connect” in YCLIENTS."),
    ),
    # why no answer came
    "failure_timeout": (
        marked("Explain", "the time ran out"),
        marked("Explain", "YCLIENTS was silent; it may have acted all the same."),
        marked("Explain", "The gateway reads the status before it sends again."),
    ),
    "failure_unreachable": (
        marked("Explain", "no connection"),
        marked("Explain", "YCLIENTS' server could not be reached; nothing was sent."),
        marked("Explain", "If it lasts, check the gateway's network and YCLIENTS_API_URL."),
    ),
    "failure_dns": (
        marked("Explain", "the name was not found"),
        marked("Explain", "The address of YCLIENTS could not be resolved; nothing was sent."),
        marked("Explain", "Check YCLIENTS_API_URL and the name servers of the gateway's machine."),
    ),
    "failure_tls": (
        marked("Explain", "the secure connection failed"),
        marked(
            "Explain",
            "YCLIENTS' certificate was not accepted, or something stands between; nothing was sent.",
        ),
        marked("Explain", "Check the clock and the proxies of the gateway's machine."),
    ),
    "failure_reset": (
        marked("Explain", "the connection broke off"),
        marked("Explain", "YCLIENTS hung up before it answered; it may have acted all the same."),
        marked("Explain", "The gateway reads the status before it sends again."),
    ),
    "failure_protocol": (
        marked("Explain", "the answer is no HTTP"),
        marked("Explain", "What came makes no sense; YCLIENTS may have acted all the same."),
        marked("Explain", "The gateway reads the status before it sends again."),
    ),
    "failure_too_large": (
        marked("Explain", "the answer is enormous"),
        marked("Explain", "It was not read to its end; YCLIENTS may have acted all the same."),
        marked("Explain", "The gateway reads the status before it sends again."),
    ),
    # what an HTTP status means
    "http_2xx": (
        marked("Explain", "taken"),
        marked("Explain", "YCLIENTS took the request."),
        marked("Explain", "A status read confirms it."),
    ),
    "http_3xx": (
        marked("Explain", "taken, with a redirect"),
        marked("Explain", "YCLIENTS took the request and names a page for a browser; it is not followed."),
        marked("Explain", "A status read confirms it."),
    ),
    "http_400": (
        marked("Explain", "declined"),
        marked("Explain", "YCLIENTS found the request wrong."),
        marked("Explain", "Read its words in the answer."),
    ),
    "http_401": (
        marked("Explain", "the token is not accepted"),
        marked("Explain", "YCLIENTS does not know the partner token."),
        marked("Explain", "Set the right PARTNER_TOKEN."),
    ),
    "http_403": (
        marked("Explain", "not allowed, or done already"),
        marked(
            "Explain", "YCLIENTS says so for a foreign application and for a salon that is installed already."
        ),
        marked("Explain", "The status read tells which."),
    ),
    "http_404": (
        marked("Explain", "not found"),
        marked("Explain", "YCLIENTS knows no such request, salon or application."),
        marked("Explain", "Check APPLICATION_ID; else the owner has to press “Connect” again."),
    ),
    "http_422": (
        marked("Explain", "a field is wrong"),
        marked("Explain", "YCLIENTS names the field in its answer."),
        marked("Explain", "Correct it and retry."),
    ),
    "http_429": (
        marked("Explain", "too often"),
        marked("Explain", "YCLIENTS asks for a pause."),
        marked("Explain", "The gateway waits and goes on."),
    ),
    "http_4xx": (
        marked("Explain", "declined"),
        marked("Explain", "YCLIENTS will not do it."),
        marked("Explain", "Read its words in the answer."),
    ),
    "http_5xx": (
        marked("Explain", "an error of YCLIENTS' own"),
        marked("Explain", "Something broke on its side; it may have acted all the same."),
        marked("Explain", "The gateway reads the status before it sends again."),
    ),
    # what is the matter with a session
    "network_unreachable": (
        marked("Explain", "WhatsApp cannot be reached"),
        marked(
            "Explain",
            "The network or WhatsApp itself is away, not the salon: in Russia it does not always open.",
        ),
        marked(
            "Explain",
            "Nothing is lost, and the gateway tries again every few minutes. If it lasts for many salons, check the "
            "network of the gateway's machine.",
        ),
    ),
    "upstream_timeout": (
        marked("Explain", "WhatsApp did not answer in time"),
        marked("Explain", "Its servers are slow now."),
        marked("Explain", "Wait a minute and do it again."),
    ),
    "upstream_unavailable": (
        marked("Explain", "WhatsApp has troubles"),
        marked("Explain", "Its servers answer with errors."),
        marked("Explain", "The session comes back by itself."),
    ),
    "outcome_unknown": (
        marked("Explain", "WhatsApp did not confirm"),
        marked("Explain", "Whether it arrived is not known, so it is not sent again."),
        marked("Explain", "Look at the recipient's phone before you send another one."),
    ),
    "whatsapp_not_connected": (
        marked("Explain", "WhatsApp is not connected"),
        marked("Explain", "Nobody has linked the salon's phone yet, or the link is gone."),
        marked("Explain", "Show the owner the QR or send the link, then retry."),
    ),
    "not_pairing": (
        marked("Explain", "No code can be given now"),
        marked("Explain", "The session is not waiting for a phone: it is connected, on its way or stopped."),
        marked("Explain", "Start the session, then ask for the code."),
    ),
    "qr_expired": (
        marked("Explain", "The QR has run out"),
        marked("Explain", "Each lives for some seconds only."),
        marked("Explain", "Wait for the next one or start the session anew."),
    ),
    "pairing_expired": (
        marked("Explain", "Nobody used the code in time"),
        marked("Explain", "The codes were used up and no phone came."),
        marked("Explain", "When the owner is ready, start the session again: new codes follow."),
    ),
    "pairing_rejected": (
        marked("Explain", "WhatsApp did not accept the code"),
        marked("Explain", "It was mistyped or another phone was used."),
        marked(
            "Explain",
            "Have the owner try again with the new code, with the phone of the number it was made for.",
        ),
    ),
    "passkey_required": (
        marked("Explain", "WhatsApp asks for a passkey"),
        marked("Explain", "The owner's account is protected by one."),
        marked(
            "Explain", "The owner confirms on the phone, or turns the passkey off for the time of linking."
        ),
    ),
    "recipient_unknown": (
        marked("Explain", "This number is not on WhatsApp"),
        marked("Explain", "WhatsApp knows no such account."),
        marked("Explain", "Check the number."),
    ),
    "send_rejected": (
        marked("Explain", "WhatsApp did not take the message"),
        marked("Explain", "It declined what was to be sent."),
        marked("Explain", "See the session's state, then try again."),
    ),
    "connection_replaced": (
        marked("Explain", "The number is open elsewhere"),
        marked("Explain", "Another service has connected this number, and only one may."),
        marked("Explain", "Ask the owner to end the other service, then link again."),
    ),
    "logged_out": (
        marked("Explain", "Unlinked on the phone"),
        marked("Explain", "The owner removed the linked device, or the phone was away for too long."),
        marked("Explain", "Send the owner the link: the phone has to be linked again."),
    ),
    "account_restricted": (
        marked("Explain", "WhatsApp has restricted this number"),
        marked("Explain", "The account broke WhatsApp's rules, as WhatsApp sees it."),
        marked("Explain", "The owner appeals in WhatsApp; nothing helps from here."),
    ),
    "temp_banned": (
        marked("Explain", "WhatsApp has banned the number for a time"),
        marked("Explain", "It sent or linked too much."),
        marked("Explain", "It comes back by itself when the ban ends. Do not restart before."),
    ),
    "client_outdated": (
        marked("Explain", "WhatsApp wants a newer engine"),
        marked("Explain", "It does not let in the version we run."),
        marked("Explain", "Update the gateway; sessions come back by themselves then."),
    ),
    "too_many_devices": (
        marked("Explain", "The phone has four linked devices already"),
        marked("Explain", "WhatsApp allows no more."),
        marked("Explain", "The owner removes one under “Linked devices” and links again."),
    ),
    "store_corrupt": (
        marked("Explain", "The session's credentials are damaged"),
        marked("Explain", "What was kept of the link cannot be read."),
        marked("Explain", "The phone has to be linked again: start the session and show the QR."),
    ),
    "engine_crashed": (
        marked("Explain", "The engine broke off"),
        marked("Explain", "The program that speaks to WhatsApp ended unexpectedly."),
        marked(
            "Explain",
            "It is started again by itself; if it happens often, tell the developers the reference.",
        ),
    ),
    "engine_missing": (
        marked("Explain", "The engine is not installed"),
        marked("Explain", "The gateway is set to an engine that this machine does not have."),
        marked("Explain", "Install it, or choose another WHATSAPP_POOL."),
    ),
    "remote_unreachable": (
        marked("Explain", "The WAHA server does not answer"),
        marked("Explain", "WhatsApp itself may be well: the server that carries this session is away."),
        marked("Explain", "Look whether its container runs; sessions come back by themselves then."),
    ),
    "remote_auth": (
        marked("Explain", "The WAHA server refuses our key"),
        marked("Explain", "The key in WAHA_INSTANCES is not the one the server was started with."),
        marked(
            "Explain", "Put the right key there and restart the gateway; the doctor shows which server it is."
        ),
    ),
    "remote_full": (
        marked("Explain", "Every WAHA server is full"),
        marked("Explain", "Each carries as many sessions as WAHA_INSTANCES allows it."),
        marked("Explain", "Add a server, or raise its capacity if it has the memory."),
    ),
    "invalid_phone": (
        marked("Explain", "This is no phone number"),
        marked("Explain", "WhatsApp knows no such number."),
        marked("Explain", "Check the country code and the digits."),
    ),
    # refusals of the gateway, told to staff
    "internal": (
        marked("Explain", "Something broke on our side"),
        marked("Explain", "The gateway met an error that nobody expected."),
        marked(
            "Explain", "Try once more; if it stays, hand the reference to the developers: it finds the log."
        ),
    ),
    "install_frozen": (
        marked("Explain", "The subscription is frozen, or staff stopped the bot"),
        marked("Explain", "A frozen salon is not activated and its session does not run."),
        marked("Explain", "The owner pays in YCLIENTS; a bot that staff stopped is let run again here."),
    ),
    "install_gone": (
        marked("Explain", "The salon has disconnected"),
        marked("Explain", "This install has ended at YCLIENTS."),
        marked("Explain", "The owner presses “Connect” in YCLIENTS to come back."),
    ),
    "session_not_found": (
        marked("Explain", "There is no session yet"),
        marked("Explain", "Nobody has started WhatsApp for this salon."),
        marked("Explain", "Start the session."),
    ),
    "pool_unavailable": (
        marked("Explain", "Sessions are not served now"),
        marked("Explain", "No gateway process owns them at this moment."),
        marked("Explain", "Wait some seconds and try again."),
    ),
    "database_unavailable": (
        marked("Explain", "The gateway's database does not answer"),
        marked("Explain", "Nothing was changed."),
        marked("Explain", "Try again; if it lasts, look after Postgres."),
    ),
    "request_timeout": (
        marked("Explain", "The gateway took too long"),
        marked("Explain", "It gave up before the work was done."),
        marked("Explain", "Refresh to see what became of it, then try again."),
    ),
    "not_configured": (
        marked("Explain", "The gateway is not set up"),
        marked("Explain", "A secret that this needs is missing."),
        marked("Explain", "The doctor names the setting."),
    ),
    "partner_token_missing": (
        marked("Explain", "PARTNER_TOKEN is not set"),
        marked("Explain", "Without it YCLIENTS takes no request of ours."),
        marked("Explain", "Set it, as the doctor says."),
    ),
    "field_invalid": (
        marked("Explain", "A value does not fit"),
        marked("Explain", "The gateway or the console found a field that cannot be so."),
        marked("Explain", "Correct what you typed; it is still there."),
    ),
    # what stands between the console and the gateway
    "not_connected": (
        marked("Explain", "Not connected"),
        marked("Explain", "There is no live connection to the gateway, so nothing was sent."),
        marked("Explain", "Wait until the line at the top says “live”, or press “try now”."),
    ),
    "connection_lost": (
        marked("Explain", "The connection broke off"),
        marked("Explain", "The network was cut or the gateway was restarted."),
        marked("Explain", "It is tried again by itself."),
    ),
    "command_unanswered": (
        marked("Explain", "Not known whether it was done"),
        marked("Explain", "The command was sent, and the connection did not come back in time to ask."),
        marked("Explain", "When the line is live again, see what became of it before you repeat it."),
    ),
    "read_only": (
        marked("Explain", "Read-only"),
        marked("Explain", "This is production, and it is locked so that a slip of the hand does nothing."),
        marked("Explain", "Unlock it at the top of the window: it stays so for 15 minutes."),
    ),
    "answer_invalid": (
        marked("Explain", "The gateway's answer cannot be read"),
        marked("Explain", "It was cut short, or gateway and console are of versions that do not fit."),
        marked("Explain", "Try again; if it stays, update both to the same version."),
    ),
    "address_invalid": (
        marked("Explain", "This is no address of a gateway"),
        marked("Explain", "It has to look like https://gateway.example.com, without user name and password."),
        marked("Explain", "Correct the address; what you typed is still there."),
    ),
    "address_not_secure": (
        marked("Explain", "The address has to begin with https"),
        marked(
            "Explain",
            "Over http anybody on the way could read your token; it is allowed for this machine only.",
        ),
        marked("Explain", "Write https:// in the address."),
    ),
    "address_unknown": (
        marked("Explain", "There is no such name in the network"),
        marked("Explain", "The address is mistyped, or this machine has no network now."),
        marked("Explain", "Check the address and the network. It is tried again by itself."),
    ),
    "gateway_refused": (
        marked("Explain", "Nobody answers at this address"),
        marked("Explain", "The machine is there, but no gateway runs on that port."),
        marked("Explain", "Check the port, or start the gateway. It is tried again by itself."),
    ),
    "gateway_timeout": (
        marked("Explain", "The gateway does not answer in time"),
        marked("Explain", "It is overloaded, or something between swallows the connection."),
        marked("Explain", "Check the address and the network. It is tried again by itself."),
    ),
    "gateway_unreachable": (
        marked("Explain", "The gateway cannot be reached"),
        marked("Explain", "No connection could be opened to this address."),
        marked("Explain", "Check the address and your network. It is tried again by itself."),
    ),
    "gateway_unavailable": (
        marked("Explain", "The gateway is not there for the moment"),
        marked("Explain", "What stands before it answers {status}: it is being restarted, or it is down."),
        marked("Explain", "It is tried again by itself; if it lasts, look after the gateway."),
    ),
    "not_a_gateway": (
        marked("Explain", "No gateway lives at this address"),
        marked("Explain", "Something answers there, but it does not know consoles."),
        marked("Explain", "Check the address: it is the gateway's own, without a path."),
    ),
    "tls_failed": (
        marked("Explain", "The gateway's certificate is not accepted"),
        marked("Explain", "The secure connection failed: {detail}."),
        marked(
            "Explain",
            "Check the name in the address and this machine's clock; else the certificate has to be "
            "renewed. Your token was not sent.",
        ),
    ),
    # what was typed
    "reason_invalid": (
        marked("Explain", "A reason is needed"),
        marked("Explain", "Three to 500 characters: others will read in the audit why it was done."),
        marked("Explain", "Write the reason; nothing was sent."),
    ),
    "phone_invalid": (
        marked("Explain", "This is no phone number"),
        marked("Explain", "Three to 40 characters, with the country code."),
        marked("Explain", "Correct it; nothing was sent."),
    ),
    "profile_name_invalid": (
        marked("Explain", "The profile needs a name"),
        marked("Explain", "One to 100 characters."),
        marked("Explain", "Type a name; nothing is lost."),
    ),
    "import_not_ours": (
        marked("Explain", "This file holds no profiles"),
        marked("Explain", "It was not written by “Export profiles”."),
        marked("Explain", "Choose another file."),
    ),
    "import_unreadable": (
        marked("Explain", "The file cannot be read"),
        marked("Explain", "It is damaged, or it is not yours to read."),
        marked("Explain", "Choose another file, or export it again."),
    ),
    "export_failed": (
        marked("Explain", "The file could not be written"),
        marked("Explain", "The folder is not writable, or the disk is full."),
        marked("Explain", "Choose another place."),
    ),
    "links_not_registered": (
        marked("Explain", "The system did not take it"),
        marked("Explain", "The folder or the registry that says what opens which links is not writable."),
        marked("Explain", "Links can be pasted into the search (Ctrl+K) as well."),
    ),
    # the console's own files
    "settings_damaged": (
        marked("Explain", "The settings were damaged"),
        marked("Explain", "They could not be read; they are kept as {file}, and new ones were begun."),
        marked("Explain", "Import your profiles again, or repair that file."),
    ),
    "settings_not_saved": (
        marked("Explain", "The settings could not be saved"),
        marked("Explain", "The disk is full, or the folder is not writable."),
        marked("Explain", "Make room; they are kept until the program ends."),
    ),
    "token_not_kept": (
        marked("Explain", "The token is kept for this run only"),
        marked("Explain", "This machine has no keychain, and a file is no place for a token."),
        marked("Explain", "Install a keychain (on Linux a Secret Service), or type it again next time."),
    ),
    "unknown": (
        marked("Explain", "Unknown: {code}"),
        marked("Explain", "This console does not know the code."),
        marked("Explain", "Update the console, or hand the code to the developers."),
    ),
}
EXPLAINED: Final = frozenset(_SENTENCES)
"""Every code with sentences of its own."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The sentences in the present language. A title ends without a full stop."""

    title: str
    cause: str
    advice: str
    who: Who


def explained(code: str | None, params: Mapping[str, str] | None = None) -> Explained:
    """Return a code's explanation in the present language, its placeholders filled."""
    found = explain(code)
    values = _Values(params or {}, code=found.code)
    title, cause, advice = (text.format_map(values) for text in _texts_of(found))
    return Explained(title.rstrip("."), cause, advice, found.who)


def _texts_of(found: Explanation) -> tuple[str, str, str]:
    if found.is_shared:
        return shared_text(found.title), shared_text(found.cause), shared_text(found.advice)
    title, cause, advice = _SENTENCES[found.title.removesuffix(".title")]
    return translate("Explain", title), translate("Explain", cause), translate("Explain", advice)


class _Values(dict[str, str]):
    """What fills the placeholders; one that was not given is shown as a dash."""

    def __init__(self, given: Mapping[str, str], **more: str) -> None:
        super().__init__({**given, **more})

    def __missing__(self, name: str) -> str:
        return "—"
