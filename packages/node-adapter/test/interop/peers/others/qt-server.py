#!/usr/bin/env python3
# name: qt-server
# title: QtWebSockets
# role: server
# http: 1.1
# install: apt-get install python3-pyqt5.qtwebsockets
# version: dpkg-query -W libqt5websockets5
# run: exec /usr/bin/python3 FILE ARGUMENT
import signal, sys
from PyQt5.QtCore import QCoreApplication
from PyQt5.QtNetwork import QHostAddress
from PyQt5.QtWebSockets import QWebSocketServer

signal.signal(signal.SIGTERM, signal.SIG_DFL)
app = QCoreApplication([])
server = QWebSocketServer("echo", QWebSocketServer.NonSecureMode)
keep = []


def connected():
    socket = server.nextPendingConnection()
    keep.append(socket)
    socket.textMessageReceived.connect(lambda text: socket.close(4002, "bye") if text == "close me" else socket.sendTextMessage(text))
    socket.binaryMessageReceived.connect(socket.sendBinaryMessage)
    socket.disconnected.connect(lambda: print("closed", int(socket.closeCode()), flush=True))


server.newConnection.connect(connected)
server.listen(QHostAddress.LocalHost, int(sys.argv[1]))
app.exec()
