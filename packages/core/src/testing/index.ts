export {
  describeLifecycle,
  type LifecycleDescription,
  type LifecycleState,
  type LifecycleTransition,
} from "../lifecycle/describe.ts";
export type { Behaviour } from "./behaviour.ts";
export {
  closePayload,
  cut,
  frame,
  type FrameShape,
  masked,
  openingHead,
  utf8,
} from "./wire/bytes.ts";
export { conformance, requirements } from "./suites/conformance.ts";
export { contract } from "./suites/contract.ts";
export { eventSourceClientContract } from "./suites/sse-client.ts";
export type {
  EventSourceClientBehaviour,
  EventSourceClientHarness,
  StreamRequest,
  StreamResponse,
  StreamServer,
} from "./suites/sse-client/scene.ts";
export type {
  ConnectOptions,
  PublicSocket,
  Harness,
  Listening,
  ServeOptions,
} from "./suites/harness.ts";
export { Pair, PairEnd, type PairOptions } from "./pair.ts";
export { Clock } from "./network/clock.ts";
export { Link } from "./network/link.ts";
export { createNetwork, Network, type NetworkOptions } from "./network/network.ts";
export type { LinkOptions, WayOptions } from "./network/options.ts";
export {
  createEventSourcePair,
  createPair,
  type EventSourcePair,
  type EventSourcePairOptions,
  type SocketPair,
  type SocketPairOptions,
} from "./network/pair.ts";
export { createTestPlatform } from "./platform.ts";
export { type RawSocket, RawPeer } from "./wire/raw-peer.ts";
export { joinBytes, type Outcome, outcomeOf, Recorder } from "./recorder.ts";
export {
  type EventStreamBehaviour,
  eventStreamContract,
  type EventStreamHarness,
} from "./suites/sse-stream.ts";
