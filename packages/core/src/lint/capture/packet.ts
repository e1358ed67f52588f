/** The captured part of a packet. */
export interface Packet {
  /** From 1, as tcpdump and Wireshark count. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** A LINKTYPE number. */
  readonly linkType: number;
  readonly data: Uint8Array;
  /** Its length on the wire. */
  readonly length: number;
}

/** The content of a capture file. */
export interface Capture {
  readonly format: "pcap" | "pcapng";
  readonly packets: readonly Packet[];
  /** Key logs of TLS that the file carries (pcapng). */
  readonly secrets: readonly string[];
  /** Problems of the file itself, and the packet before each. */
  readonly notes: readonly { readonly place: number; readonly message: string }[];
}
