// name: nhooyr-server
// title: Go nhooyr.io/websocket
// role: server
// http: 1.1
// install: apt-get install golang-go golang-nhooyr-websocket-dev
// version: command -v go >/dev/null && dpkg-query -W golang-nhooyr-websocket-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"nhooyr.io/websocket"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
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
	})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
