/** Checks the types of actions. The compiler is the runner: `npm test` type-checks this folder. */
import type {
  Action,
  Actions,
  ApplicationActions,
  ClientConnection,
  Connection,
  ConnectionOptions,
  Opening,
  OpeningRequest,
  Platform,
  ProtocolViolation,
  ServerConnection,
  Timer,
  TransportActions,
  UsageError,
  ViolationCode,
} from "@sansocket/core";
import { createClientConnection, createServerConnection, DEFAULT_OPTIONS } from "@sansocket/core";
import { describe, expectTypeOf, test } from "vitest";

/** The one action named `Name`. */
type Named<Name extends Action[0]> = Extract<Action, [Name, ...unknown[]]>;

describe("Action is the vocabulary of Actions as data", () => {
  test("one tuple for each method, by its name", () => {
    expectTypeOf<Action[0]>().toEqualTypeOf<keyof Actions>();
    expectTypeOf<keyof Actions>().toEqualTypeOf<
      keyof TransportActions | keyof ApplicationActions
    >();
  });

  test("the arguments are the method's", () => {
    expectTypeOf<Named<"write">[1]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Named<"writeMany">[1]>().toEqualTypeOf<readonly Uint8Array[]>();
    expectTypeOf<Named<"endTransport">["length"]>().toEqualTypeOf<1>();
    expectTypeOf<Named<"setTimer">[1]>().toEqualTypeOf<Timer>();
    expectTypeOf<Named<"setTimer">[2]>().toEqualTypeOf<number>();
    expectTypeOf<Named<"onRequest">[1]>().toEqualTypeOf<OpeningRequest>();
    expectTypeOf<Named<"onOpen">[1]>().toEqualTypeOf<Opening>();
    expectTypeOf<Named<"onViolation">[1]>().toEqualTypeOf<ProtocolViolation>();
    expectTypeOf<Named<"onClose">["length"]>().toEqualTypeOf<4>();
  });

  test("the name tells the arguments apart", () => {
    const read = (action: Action): number => {
      if (action[0] === "onClose") {
        expectTypeOf(action[3]).toEqualTypeOf<boolean>();
        return action[1];
      }
      return action[0] === "write" ? action[1].length : 0;
    };
    expectTypeOf(read).returns.toBeNumber();
  });

  test("nothing else is an action", () => {
    // @ts-expect-error there is no such action
    const unknown: Action = ["onNothing"];
    // @ts-expect-error a reason is a text
    const wrong: Action = ["onClose", 1000, 1, true];
    // @ts-expect-error there is no such timer
    const timer: Action = ["clearTimer", "lunch"];
    expectTypeOf([unknown, wrong, timer]).toEqualTypeOf<Action[]>();
  });
});

describe("connections", () => {
  test("both roles are connections, and only a server's takes requests", () => {
    expectTypeOf(createServerConnection).returns.toExtend<ServerConnection>();
    expectTypeOf(createClientConnection).returns.toExtend<ClientConnection>();
    expectTypeOf<ServerConnection>().toExtend<Connection>();
    expectTypeOf<ClientConnection>().toExtend<Connection>();
    expectTypeOf<ServerConnection>().toHaveProperty("accept");
    expectTypeOf<ClientConnection>().not.toHaveProperty("accept");
  });

  test("the state is one of four words, and nobody sets it", () => {
    expectTypeOf<Connection["state"]>().toEqualTypeOf<
      "connecting" | "open" | "closing" | "closed"
    >();
    // @ts-expect-error state is the chart's
    const set = (connection: Connection): void => void (connection.state = "open");
    expectTypeOf(set).toBeFunction();
  });
});

describe("the rest of the contract", () => {
  test("options have defaults, all of them", () =>
    expectTypeOf(DEFAULT_OPTIONS).toEqualTypeOf<ConnectionOptions>());
  test("a platform is synchronous", () => {
    expectTypeOf<Platform["encodeUtf8"]>().toEqualTypeOf<(text: string) => Uint8Array>();
    expectTypeOf<Platform["randomFill"]>().returns.toBeVoid();
  });
  test("errors are told apart", () => {
    expectTypeOf<ProtocolViolation["code"]>().toEqualTypeOf<ViolationCode>();
    expectTypeOf<UsageError>().toExtend<TypeError>();
  });
});
