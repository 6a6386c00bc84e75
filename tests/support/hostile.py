"""What must be refused in every spelling: addresses the gateway must not go to, and origins that are not its own."""

from __future__ import annotations

from urllib.parse import urlsplit

NOT_PUBLIC = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%lo",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
    "2002:a00:1::1", "2001:0:0:0:0:0:80ff:fffe", "::127.0.0.1", "not an address", "",
)  # fmt: skip
_SPELLINGS = (
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[fe80::1]", "[64:ff9b::7f00:1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
    "[fd00:ec2::254]", "metadata.google.internal", "instance-data", "127.0.0.1.nip.io", "1.1.1.1",
    "api.partner.example.evil.tld", "evil-api.partner.example", "api.partner.example@127.0.0.1",
    "api.partner.example:443@127.0.0.1", "127.0.0.1#api.partner.example", "127.0.0.1?api.partner.example",
    "127.0.0.1/api.partner.example", "api.partner.example:80", "api.partner.example:22", "api.partner.example:5432",
    "api.partner.example.", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "①②⑦.0.0.1", "127。0。0。1", "xn--pi-7kc.partner.example",
)  # fmt: skip
_WHOLE = (
    "http://api.partner.example/", "https://127.0.0.1:1\\@api.partner.example.evil.tld/", "file:///etc/passwd",
    "ftp://127.0.0.1/", "gopher://127.0.0.1:25/_x", "unix:///run/postgresql/.s.PGSQL.5432", "http+unix://%2Frun%2Fdocker.sock/",
    "//127.0.0.1/", "http:127.0.0.1/", "https:///127.0.0.1/", "data:text/plain,x", "dict://127.0.0.1:11211/",
)  # fmt: skip


def hostile_urls() -> list[str]:
    """Return URLs none of which is the partner's at https://api.partner.example, however near they come."""
    return [f"https://{each}/" for each in _SPELLINGS] + list(_WHOLE)


def foreign_origins(own: str) -> list[str]:
    """Return what is not our origin, however near it comes."""
    host = urlsplit(own).netloc
    name, _, port = host.partition(":")
    return [
        "null",
        "https://yclients.com.evil.tld",
        "https://yclients.com",
        "https://evil.tld",
        "file://",
        "about:blank",
        own.upper(),
        own.replace("http", "HTTP"),
        own + "/",
        own + ".",
        f"http://{name}.:{port}",
        f"http://{name}",
        f"https://{host}",
        f"http://evil.tld#{own}",
        f"http://{host}.evil.tld",
        f"http://evil.tld/{own}",
        f"{own}@evil.tld",
        f"http://user@{host}",
        f"ws://{host}",
        f"{own} x",
        f"{own},{own}",
        f"http://{name}:{port}0",
        "http://[::1]:" + port,
        f"http://127.1:{port}",
        f"http://0.0.0.0:{port}",
        f"//{host}",
        host,
        "*",
        "data:",
        "chrome-extension://abc",
        own[:-1],
    ]
