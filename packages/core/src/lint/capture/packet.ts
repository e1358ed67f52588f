/** A packet, as much of it as was captured. */
export interface Packet {
  /** From 1, as tcpdump and Wireshark count. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** A LINKTYPE number. */
  readonly linkType: number;
  readonly data: Uint8Array;
  /** How long it was on the wire. */
  readonly length: number;
}

/** What a capture file holds. */
export interface Capture {
  readonly format: "pcap" | "pcapng";
  readonly packets: readonly Packet[];
  /** Key logs of TLS that the file carries (pcapng). */
  readonly secrets: readonly string[];
  /** What is wrong with the file itself, and behind which packet. */
  readonly notes: readonly { readonly place: number; readonly message: string }[];
}
