/** The application under test: orders that must not get lost. It sends each until the server has confirmed it. */
export class Orders {
  unconfirmed = new Set();

  /** @param client a ReconnectingClient: the caller chooses its transport */
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
