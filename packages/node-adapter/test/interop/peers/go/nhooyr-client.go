// name: nhooyr-client
// title: Go nhooyr.io/websocket
// role: client
// http: 1.1
// install: apt-get install golang-go golang-nhooyr-websocket-dev
// version: command -v go >/dev/null && dpkg-query -W golang-nhooyr-websocket-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
package main

import (
	"context"
	"fmt"
	"os"

	"nhooyr.io/websocket"
)

func main() {
	socket, _, err := websocket.Dial(context.Background(), os.Args[1], nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	socket.SetReadLimit(1 << 20)
	for {
		kind, data, err := socket.Read(context.Background())
		if err != nil {
			fmt.Println("closed", int(websocket.CloseStatus(err)))
			return
		}
		if string(data) == "close me" {
			socket.Close(4002, "bye")
		} else {
			socket.Write(context.Background(), kind, data)
		}
	}
}
