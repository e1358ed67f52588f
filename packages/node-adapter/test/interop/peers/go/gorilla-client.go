// name: gorilla-client
// title: Go gorilla/websocket
// role: client
// http: 1.1
// install: apt-get install golang-go golang-github-gorilla-websocket-dev
// version: command -v go >/dev/null && dpkg-query -W golang-github-gorilla-websocket-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	dialer := websocket.Dialer{EnableCompression: true}
	socket, _, err := dialer.Dial(os.Args[1], nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer socket.Close()
	for {
		kind, data, err := socket.ReadMessage()
		if closed, is := err.(*websocket.CloseError); is {
			fmt.Println("closed", closed.Code)
		}
		if err != nil {
			return
		}
		if string(data) == "close me" {
			socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4002, "bye"), time.Now().Add(time.Second))
		} else {
			socket.WriteMessage(kind, data)
		}
	}
}
