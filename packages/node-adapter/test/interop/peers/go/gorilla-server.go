// name: gorilla-server
// title: Go gorilla/websocket
// role: server
// http: 1.1
// install: apt-get install golang-go golang-github-gorilla-websocket-dev
// version: command -v go >/dev/null && dpkg-query -W golang-github-gorilla-websocket-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	upgrader := websocket.Upgrader{EnableCompression: true}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
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
	})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
