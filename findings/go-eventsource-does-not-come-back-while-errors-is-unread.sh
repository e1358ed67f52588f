#!/usr/bin/env bash
# Go's donovanhide/eventsource 0.0~git20210830 (Debian 12's golang-github-donovanhide-eventsource-dev): a stream whose connection the server ends comes back only where the
# application receives from its channel Errors, which has no buffer. Its documentation: Errors is "mainly for informative purposes", the application "isn't required to take any
# action", and "the stream will always attempt to continue". Expected, though not written down before the run: it comes back, by the `retry` of 100 ms, with or without. Seen: "Errors read: 1 2", "Errors left alone: 1".
# Needs golang-go and golang-github-donovanhide-eventsource-dev.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/donovanhide/eventsource"
)

func main() {
	for _, reads := range []bool{true, false} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "retry: 100\ndata: %d\n\n", asked)
			w.(http.Flusher).Flush()
			if asked > 1 {
				<-r.Context().Done()
			}
		}))
		stream, err := eventsource.Subscribe(server.URL, "")
		if err != nil {
			panic(err)
		}
		if reads {
			go func() {
				for range stream.Errors {
				}
			}()
			fmt.Print("Errors read:")
		} else {
			fmt.Print("Errors left alone:")
		}
		end := time.After(3 * time.Second)
		for waits := true; waits; {
			select {
			case event := <-stream.Events:
				fmt.Print(" ", event.Data())
			case <-end:
				waits = false
			}
		}
		fmt.Println()
	}
}
GO
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$folder/cache"
go build -o reader main.go
timeout 30 ./reader | tee seen
[ "$(cat seen)" = $'Errors read: 1 2\nErrors left alone: 1' ]
