// name: xnet-server
// title: Go x/net/websocket
// role: server
// http: 1.1
// install: apt-get install golang-go golang-golang-x-net-dev
// version: command -v go >/dev/null && dpkg-query -W golang-golang-x-net-dev
// run: GO111MODULE=off GOPATH=/usr/share/gocode go build -o FOLDER/peer FILE && exec FOLDER/peer ARGUMENT
// notes: answers a close by FIN, without a close frame: 1006 here
package main

import (
	"net/http"
	"os"

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
	http.Handle("/", websocket.Server{Handler: func(socket *websocket.Conn) {
		for {
			var got message
			if codec.Receive(socket, &got) != nil {
				return
			}
			if string(got.data) == "close me" {
				socket.WriteClose(4002)
				return
			}
			codec.Send(socket, got)
		}
	}})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
