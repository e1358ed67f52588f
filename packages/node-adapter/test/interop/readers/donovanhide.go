// Prints each event of a stream: donovanhide URL
package main

import (
	"encoding/json"
	"os"

	"github.com/donovanhide/eventsource"
)

func main() {
	stream, err := eventsource.Subscribe(os.Args[1], "")
	if err != nil {
		panic(err)
	}
	go func() {
		for range stream.Errors {
		}
	}()
	for event := range stream.Events {
		kind := event.Event()
		if kind == "" {
			kind = "message"
		}
		json.NewEncoder(os.Stdout).Encode(map[string]string{"type": kind, "data": event.Data(), "id": event.Id()})
	}
}
