"""The support bundle's page: one file that a browser opens, without a script, Russian with English beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from gateway.application.evidence import masked, masked_tree

Texts = Callable[[str, str], str]
"""Returns the text of a language (`ru`, `en`) for a dotted key below `bundle`; raises KeyError."""

_STYLE: Final = """
body{font:14px/1.45 system-ui,sans-serif;margin:24px auto;max-width:1100px;padding:0 16px;color:#16202c;background:#fff}
h1{font-size:22px}h2{font-size:17px;border-bottom:1px solid #ccd3db;padding-bottom:4px;margin-top:28px}
h3{font-size:14px;margin:16px 0 4px}i{color:#5a6675;font-style:normal}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:3px 8px 3px 0;border-bottom:1px solid #eceff2}th{width:30%;
font-weight:400;color:#44505e}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f6f8;padding:8px;
margin:4px 0;font-size:12px}.note{background:#fff6dc;padding:8px 12px;border-radius:6px}
@media (prefers-color-scheme:dark){body{color:#e5e9ee;background:#14181d}pre{background:#1f262e}i,th{color:#a3adb9}
h2{border-color:#39434e}td,th{border-color:#262e37}.note{background:#3c3315}}
"""


class Page:
    """Gathers the page's parts; whatever it is given is masked and escaped here, and nowhere else."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._parts: list[str] = []

    def both(self, key: str, **params: object) -> str:
        """Return a text in both languages, as HTML."""
        ru, en = (
            self._texts(lang, key).format_map(params) if params else self._texts(lang, key)
            for lang in ("ru", "en")
        )
        return escape(ru) if ru == en else f'{escape(ru)} <i lang="en">{escape(en)}</i>'

    def title(self, salon_id: int, made_at: datetime) -> None:
        """Begin with what it is."""
        self._parts.append(
            f"<h1>{self.both('title')} · {salon_id}</h1><p>{self.both('made')}: {moment(made_at)}</p>"
            f'<p class="note">{self.both("note")}</p>'
        )

    def section(self, key: str) -> None:
        """Begin a section."""
        self._parts.append(f"<h2>{self.both(key)}</h2>")

    def heading(self, html: str) -> None:
        """Begin a part of a section; `html` comes from `both`."""
        self._parts.append(f"<h3>{html}</h3>")

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Show names and values; what is not known is left out."""
        rows = [
            f"<tr><th>{self.both(key)}</th><td>{self._shown(value)}</td></tr>"
            for key, value in facts
            if value is not None and value != ""
        ]
        self._parts.append(f"<table>{''.join(rows)}</table>" if rows else f"<p>{self.both('nothing')}</p>")

    def lines(self, lines: Sequence[tuple[datetime, str, Mapping[str, Any]]], *, most: int) -> None:
        """Show moments with what happened (HTML of ours) and its particulars."""
        if not lines:
            self._parts.append(f"<p>{self.both('nothing')}</p>")
            return
        if len(lines) >= most:
            self._parts.append(f"<p>{self.both('cut', count=most)}</p>")
        rows = (
            f"<tr><th>{moment(at)}</th><td>{said}{_particulars(data)}</td></tr>" for at, said, data in lines
        )
        self._parts.append(f"<table>{''.join(rows)}</table>")

    def text(self, text: str) -> None:
        """Show a text of a machine as it is, but for what is masked."""
        self._parts.append(f"<pre>{escape(masked(text))}</pre>")

    def plain(self, html: str) -> None:
        """Show a line made of `both` and `said`."""
        self._parts.append(f"<p>{html}</p>")

    def html(self) -> str:
        """Return the whole page."""
        body = "\n".join(self._parts)
        return (
            '<!doctype html>\n<html lang="ru"><head><meta charset="utf-8">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            '<meta name="viewport" content="width=device-width"><title>AI-Admin</title>'
            f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
        )

    def _shown(self, value: object) -> str:
        if isinstance(value, bool):
            return self.both("yes" if value else "no")
        return moment(value) if isinstance(value, datetime) else said(value)


def said(value: object) -> str:
    """Return a value masked and escaped."""
    return escape(masked(str(value)))


def moment(at: datetime) -> str:
    """Return a moment to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _particulars(data: Mapping[str, Any]) -> str:
    told = {name: value for name, value in data.items() if value is not None and value != ""}
    if not told:
        return ""
    parts = (
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in masked_tree(told).items()
    )
    return f"<br><i>{escape(' · '.join(parts))}</i>"
