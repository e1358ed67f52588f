/** Prints each event of a stream, by a library of npm with an interface of its own: `others.mjs URL NAME`. */
const [url, name] = process.argv.slice(2);
const tell = ({ event, data, id }) =>
  console.log(JSON.stringify({ type: event || "message", data, id }));

const readers = {
  "eventsource-client": ({ createEventSource }) => createEventSource({ url, onMessage: tell }),
  async "eventsource-parser"({ createParser }) {
    const parser = createParser({ onEvent: tell });
    const { body } = await fetch(url);
    for await (const text of body.pipeThrough(new TextDecoderStream())) parser.feed(text);
  },
  "@microsoft/fetch-event-source"({ fetchEventSource }) {
    globalThis.window = globalThis;
    return fetchEventSource(url, { onmessage: tell, openWhenHidden: true, onclose: comeBack });
  },
};

/** By itself the library takes an end in order for the end of all. */
function comeBack() {
  throw new Error("ended");
}

await readers[name](await import(name));
setInterval(() => {}, 60_000);
