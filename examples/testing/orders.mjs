/** The application under test: orders that must not get lost. Each is sent until the server has said that it has it. */
export class Orders {
  unconfirmed = new Set();

  /** @param client a ReconnectingClient: whoever makes an Orders says over what it talks */
  constructor(client) {
    this.client = client;
    client.on("open", () => {
      for (const order of this.unconfirmed) client.send(order);
    });
    client.on("message", (order) => this.unconfirmed.delete(order));
  }

  place(order) {
    this.unconfirmed.add(order);
    if (this.client.readyState === 1) this.client.send(order);
  }
}
