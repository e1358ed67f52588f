/**
 * The lifecycle of one role, written out: what the chart answers to each event in each state, regions beside the life and all. Rows name events, states
 * and orders by their places in these lists.
 */
export interface LifecycleTable {
  readonly events: readonly string[];
  /** What steps order, in order: `"stopTimer(handshake) announceOpen"`. */
  readonly orders: readonly string[];
  /** `name|tags|steps`, of which a step is `event>state/orders`; the first row is where a connection begins. */
  readonly states: readonly string[];
}
