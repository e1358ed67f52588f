/**
 * The lifecycle of one role as a table: the chart's transition for each event in each state, regions included. Rows name events, states
 * and orders by their indexes in these lists.
 */
export interface LifecycleTable {
  readonly events: readonly string[];
  /** The effects of steps, in order: `"stopTimer(handshake) emitOpen"`. */
  readonly orders: readonly string[];
  /** `name|tags|steps`, of which a step is `event>state/orders`; the first row is a connection's initial state. */
  readonly states: readonly string[];
}
