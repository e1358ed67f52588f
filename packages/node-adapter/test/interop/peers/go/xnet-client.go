// name: xnet-client
// title: Go x/net/websocket
// role: client
// http: 1.1
// install: apt-get install golang-go golang-golang-x-net-dev
// version: command -v go >/dev/null && dpkg-query -W golang-golang-x-net-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
// notes: its Origin ends with a slash; answers a close by FIN, without a close frame: 1006 here
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/net/websocket"
)

type message struct {
	data []byte
	kind byte
}

var codec = websocket.Codec{
	Marshal:   func(v interface{}) ([]byte, byte, error) { return v.(message).data, v.(message).kind, nil },
	Unmarshal: func(data []byte, kind byte, v interface{}) error { *v.(*message) = message{data, kind}; return nil },
}

func main() {
	socket, err := websocket.Dial(os.Args[1], "", strings.Replace(os.Args[1], "ws:", "http:", 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		var got message
		if codec.Receive(socket, &got) != nil {
			return
		}
		if string(got.data) == "close me" {
			socket.WriteClose(4002)
			socket.Close()
			return
		}
		codec.Send(socket, got)
	}
}
