"""One window a person: a second start hands its link to the first one and ends."""

from __future__ import annotations

import hashlib
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS: Final = 1000
_MOST_BYTES: Final = 2048


def server_name(scope: str) -> str:
    """Return the name that programs of one person and one settings folder share."""
    return f"ai-admin-console-{hashlib.sha256(scope.encode()).hexdigest()[:16]}"


def hand_over(name: str, link: str) -> bool:
    """Tell a running program to come to the front and follow a link; False when there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    socket.write(f"{link}\n".encode())
    socket.waitForBytesWritten(_WAIT_MS)
    socket.disconnectFromServer()
    return True


class SingleInstance(QObject):
    """Listens for later starts of the program."""

    started_again = Signal(str)
    """Another start, with the link it was given; empty when it had none."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._callers: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_new_connection)

    def listen(self) -> bool:
        """Begin; a name left behind by a killed program is taken over."""
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)
        return self._server.listen(self._name)

    def close(self) -> None:
        """Listen no more."""
        self._server.close()
        callers, self._callers = self._callers, []
        for caller in callers:
            caller.abort()
            caller.deleteLater()

    def _on_new_connection(self) -> None:
        while self._server.hasPendingConnections():
            caller = self._server.nextPendingConnection()
            self._callers.append(caller)
            caller.readyRead.connect(self._read_all)
            caller.disconnected.connect(self._read_all)
        self._read_all()

    def _read_all(self) -> None:
        """Take what has come from every caller; who has said a line, too much, or hung up is let go."""
        lines = []
        for caller in tuple(self._callers):
            is_over = caller.bytesAvailable() > _MOST_BYTES
            if not is_over and caller.canReadLine():
                lines.append(bytes(caller.readLine(_MOST_BYTES).data()).decode("utf-8", "replace").strip())
                is_over = True
            if is_over or caller.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                self._callers.remove(caller)
                caller.deleteLater()
        for line in lines:
            self.started_again.emit(line)
