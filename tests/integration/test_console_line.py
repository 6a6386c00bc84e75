"""What stands between a console and a gateway: each kind of obstacle has its own code."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from desktop.services.errors import ConnectFailedError
from desktop.services.line import checked_url
from desktop.services.socket_line import SocketLine

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Nobody:
    """Hears nothing."""

    def heard(self, event: str, data: Any) -> None:
        """Nothing is expected."""

    def hung_up(self) -> None:
        """Nor this."""


@contextlib.asynccontextmanager
async def server(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a server that answers each connection in one way."""
    busy: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await answer(reader, writer)
        finally:
            busy.discard(task)
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = running.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if context else 'http'}://localhost:{port}"
    finally:
        running.close()
        for task in tuple(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await running.wait_closed()


def says(head: str, body: str = "") -> Answer:
    """Answer every request with the same."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = (f"HTTP/1.1 {head}", f"Content-Length: {len(body)}", "Connection: close", "", body)
        writer.write("\r\n".join(lines).encode())
        await writer.drain()

    return answer


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing."""
    await asyncio.Event().wait()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Go at once."""


async def refusal(url: str, open_within_s: float = 5.0) -> ConnectFailedError:
    """Return why a line cannot be opened, leaving nothing behind."""
    line = SocketLine(Nobody(), open_within_s)
    with pytest.raises(ConnectFailedError) as failed:
        await line.open(url, {"token": "aiadmin_secret"})
    await line.close()
    assert "aiadmin_secret" not in repr(failed.value) + str(failed.value.params)
    return failed.value


@pytest.mark.parametrize(
    ("answer", "code", "is_final"),
    [
        (says("404 Not Found", "no"), "not_a_gateway", True),
        (says("200 OK", "<html>hello</html>"), "not_a_gateway", False),
        (says("401 Unauthorized"), "not_a_gateway", True),
        (says("301 Moved\r\nLocation: /login"), "not_a_gateway", True),
        (says("502 Bad Gateway"), "gateway_unavailable", False),
        (says("503 Service Unavailable"), "gateway_unavailable", False),
        (hangs_up, "connection_lost", False),
    ],
)
async def test_what_answers_and_is_no_gateway_is_told_apart(
    answer: Answer, code: str, is_final: bool
) -> None:
    async with server(answer) as url:
        failed = await refusal(url)
    assert failed.code == code
    if is_final:
        assert failed.is_final


async def test_nobody_is_followed_to_another_address() -> None:
    asked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))

    async with server(listen) as elsewhere, server(says(f"302 Found\r\nLocation: {elsewhere}/x")) as url:
        assert (await refusal(url)).code == "not_a_gateway"
    assert asked == []


async def test_silence_is_given_up_in_time() -> None:
    async with server(never) as url:
        failed = await refusal(url, open_within_s=0.3)
    assert failed.code == "gateway_timeout"


async def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert (await refusal(f"http://127.0.0.1:{port}")).code == "gateway_refused"


async def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_token_is_sent(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))

    async with server(listen, self_signed(tmp_path)) as url:
        failed = await refusal(url)
    assert (failed.code, failed.is_final) == ("tls_failed", True)
    assert failed.params["detail"]
    assert b"".join(heard) == b""


async def test_a_server_that_speaks_no_tls_is_told() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with server(plain) as url:
        failed = await refusal(url.replace("http://", "https://"))
    assert failed.code == "tls_failed"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "address_invalid"),
        ("gateway", "address_invalid"),
        ("ftp://gateway.example", "address_invalid"),
        ("https://", "address_invalid"),
        ("https://ann:secret@gateway.example", "address_invalid"),
        ("https://gateway.example:port", "address_invalid"),
        ("https://gateway.example:99999", "address_invalid"),
        ("https://[::1", "address_invalid"),
        ("http://gateway.example", "address_not_secure"),
        ("http://127.0.0.1.evil.example", "address_not_secure"),
    ],
)
async def test_an_address_that_cannot_be_one_is_told_before_anything_is_sent(url: str, code: str) -> None:
    failed = await refusal(url)
    assert (failed.code, failed.is_final) == (code, True)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (" https://gateway.example/ ", "https://gateway.example"),
        ("https://gateway.example:8443/marketplace?x=1", "https://gateway.example:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_of_an_address_only_the_gateways_own_is_kept(url: str, kept: str) -> None:
    assert checked_url(url) == kept


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the context of a server whose certificate is its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
