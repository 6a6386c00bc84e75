"""The peer of `bench console`: as many rows in memory, filtered by Qt's QSortFilterProxyModel over a Python model."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_NAMES = ("Салон красоты", "Барбершоп", "Студия", "Ногтевая студия", "Ромашка", "Жемчужная Ёлка")
_CITIES = ("Москва", "Казань", "Алматы")


class Rows(QAbstractTableModel):
    """Plain rows of four texts."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._rows = [
            (
                f"{_NAMES[n % len(_NAMES)]} №{n}",
                _CITIES[n % 3],
                str(200_001 + n),
                f"+7 9** ***-{n % 10000:04}",
            )
            for n in range(count)
        ]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """How many columns."""
        return 0 if parent.isValid() else 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        return self._rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None


def main() -> int:
    """Measure each search and print JSON."""
    count, *searches = sys.argv[1:]
    app = QCoreApplication(sys.argv[:1])
    proxy = QSortFilterProxyModel()
    rows = Rows(int(count))
    proxy.setSourceModel(rows)
    proxy.setFilterKeyColumn(-1)
    proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    taken: dict[str, float] = {}
    for word in searches:
        began = time.perf_counter()
        proxy.setFilterFixedString(word)
        app.processEvents()
        taken[word] = (time.perf_counter() - began) * 1000
    print(
        json.dumps({"search_ms": taken, "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
