import type { Compression } from "../../../extension/compression.ts";
import type { Extension } from "../../../extension/extension.ts";
import {
  permessageDeflate,
  type PermessageDeflateOptions,
} from "../../../extension/permessage-deflate.ts";
import { isToken } from "../../../http/tokens.ts";
import { checkOptionNames } from "../../../names.ts";
import { UsageError } from "../../../violation.ts";
import { type ExtensionPlugin, extensionFromPlugin } from "./plugin.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** Options of compression, with the names of the `ws` package, so that users can bring theirs along. */
export interface DeflateOptions extends PermessageDeflateOptions {
  /** zlib's `level` and `memLevel`, in the place that `ws` has for them. `chunkSize` is accepted, and changes nothing. */
  readonly zlibDeflateOptions?:
    | {
        readonly level?: number | undefined;
        readonly memLevel?: number | undefined;
        readonly chunkSize?: number | undefined;
      }
    | undefined;
  /** Accepted since `ws` has it, and changes nothing: an inflated message comes in pieces as large as it needs. */
  readonly zlibInflateOptions?: { readonly chunkSize?: number | undefined } | undefined;
  /** Accepted since `ws` has it, and changes nothing: the process compresses ten messages at once, the default of `ws`. */
  readonly concurrencyLimit?: number | undefined;
}

/** Options of the extensions that a connection negotiates. */
export interface ExtensionOptions {
  /**
   * Compression (RFC 7692): `true`, or its options. The peer must agree to it.
   * @defaultValue off: it costs more time than anything else a connection does
   */
  readonly perMessageDeflate?: boolean | DeflateOptions | null | undefined;
  /**
   * Extensions, in order of preference, after `perMessageDeflate`: plug-ins for npm `websocket-extensions`, such as npm
   * `permessage-deflate`, and `Extension`s of this library.
   * @defaultValue none
   */
  readonly extensions?:
    Extension | ExtensionPlugin | readonly (Extension | ExtensionPlugin)[] | null | undefined;
}

const NONE: readonly Extension[] = [];

/** The extension made of each plug-in; connections share it. */
const adapted = new WeakMap<object, Extension>();

/**
 * The last permessage-deflate of each runtime's compression: options are mostly the same from
 * connection to connection, in one object or in many.
 */
const deflates = new WeakMap<
  Compression,
  { readonly options: PermessageDeflateOptions; readonly extension: Extension }
>();

/**
 * Reads and checks the options of extensions. It reads a plug-in's properties once, and does not see later changes.
 * @throws {UsageError} for a value that is no extension, for a name that comes twice, and for options of compression that are unknown, out of range,
 * or given to a runtime that has none.
 */
export function readExtensions(
  { perMessageDeflate, extensions }: ExtensionOptions,
  runtime: Pick<Runtime, "compression">,
): readonly Extension[] {
  const given = Array.isArray(extensions)
    ? (extensions as readonly (Extension | ExtensionPlugin)[])
    : extensions
      ? [extensions as Extension | ExtensionPlugin]
      : NONE;
  const deflate = perMessageDeflate
    ? deflateFor(perMessageDeflate, runtime.compression)
    : undefined;
  if (given.length === 0 && deflate === undefined) return NONE;
  const all = deflate === undefined ? given.map(extensionOf) : [deflate, ...given.map(extensionOf)];
  checkNames(all);
  return all;
}

function deflateFor(given: true | DeflateOptions, compression: Compression | undefined): Extension {
  if (compression === undefined)
    throw new UsageError(
      "perMessageDeflate: this runtime has no compression; leave the option out",
    );
  const options = deflateOptions(given);
  const last = deflates.get(compression);
  if (last !== undefined && isSame(last.options, options)) return last.extension;
  const extension = permessageDeflate(compression, options);
  deflates.set(compression, { options, extension });
  return extension;
}

function isSame(a: object, b: object): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.is(a[name as never], b[name as never]))
  );
}

/** Converts the options of `ws`. */
function deflateOptions(given: true | DeflateOptions): PermessageDeflateOptions {
  if (given === true) return {};
  if (typeof given !== "object")
    throw new UsageError(
      `perMessageDeflate: expected true, false or an object, got ${typeof given}`,
    );
  const { zlibDeflateOptions, zlibInflateOptions, concurrencyLimit: _, ...options } = given;
  checkZlibOptions("zlibDeflateOptions", zlibDeflateOptions, ["level", "memLevel", "chunkSize"]);
  checkZlibOptions("zlibInflateOptions", zlibInflateOptions, ["chunkSize"]);
  const { level = zlibDeflateOptions?.level, memLevel = zlibDeflateOptions?.memLevel } = options;
  return { ...options, level, memLevel };
}

function checkZlibOptions(
  name: string,
  options: object | null | undefined,
  known: readonly string[],
): void {
  checkOptionNames(options ?? {}, known, `perMessageDeflate.${name}.`);
}

function extensionOf(given: Extension | ExtensionPlugin): Extension {
  if (isExtension(given)) {
    const { name, rsv } = given;
    if (typeof name !== "string" || !isToken(name))
      throw new UsageError(`extension.name: expected a token (RFC 6455 §9.1), got ${String(name)}`);
    if (!Number.isInteger(rsv) || rsv < 0 || rsv > 7)
      throw new UsageError(`extension.rsv: expected bits from 0 to 7, got ${String(rsv)}`);
    return given;
  }
  const known = typeof given === "object" && given !== null ? adapted.get(given) : undefined;
  if (known !== undefined) return known;
  const extension = extensionFromPlugin(given);
  adapted.set(given, extension);
  return extension;
}

function isExtension(given: unknown): given is Extension {
  const { offer, accept } = (given ?? {}) as Partial<Extension>;
  return typeof offer === "function" && typeof accept === "function";
}

function checkNames(extensions: readonly Extension[]): void {
  const names = new Set<string>();
  for (const { name } of extensions) {
    if (names.has(name))
      throw new UsageError(`An extension with name "${name}" is already registered`);
    names.add(name);
  }
}
