#!/usr/bin/env python3
# name: qt-client
# title: QtWebSockets
# role: client
# http: 1.1
# install: apt-get install python3-pyqt5.qtwebsockets
# version: dpkg-query -W libqt5websockets5
# run: exec /usr/bin/python3 FILE ARGUMENT
import signal, sys
from PyQt5.QtCore import QCoreApplication, QUrl
from PyQt5.QtWebSockets import QWebSocket

signal.signal(signal.SIGTERM, signal.SIG_DFL)
app = QCoreApplication([])
socket = QWebSocket()


def closed():
    print("closed", int(socket.closeCode()), flush=True)
    app.quit()


socket.textMessageReceived.connect(lambda text: socket.close(4002, "bye") if text == "close me" else socket.sendTextMessage(text))
socket.binaryMessageReceived.connect(socket.sendBinaryMessage)
socket.disconnected.connect(closed)
socket.open(QUrl(sys.argv[1]))
app.exec()
