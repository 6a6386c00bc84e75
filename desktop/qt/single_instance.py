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
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_new_connection)
        self._name = name

    def listen(self) -> bool:
        """Begin; a name left behind by a killed program is taken over."""
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)
        return self._server.listen(self._name)

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _on_new_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_ready_read(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._on_ready_read(socket)

    def _on_ready_read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        line = bytes(socket.readLine(_MOST_BYTES).data())
        self.started_again.emit(line.decode("utf-8", "replace").strip())
