/**
 * Changes of values, read straight from the bytes of a message. The library makes five objects of each value and works out two
 * dates with 64-bit divisions, which is most of what a value costs (bench `opcua`); here a plain number costs none. What is no
 * plain number the library decodes, and all of it as soon as anybody else asks for `monitoredItems`.
 */
import type { DataValue } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { PlainNumber } from "../values/server-values.ts";
import { ChangeReader } from "./change-reader.ts";

type Notification = InstanceType<Library["DataChangeNotification"]>;
type Stream = Parameters<Notification["decode"]>[0];
type StreamClass = new (buffer: Buffer) => Stream;

/** The bytes of a message that nobody has asked the objects of. */
interface ChangeBody {
  readonly bytes: Buffer;
  readonly Stream: StreamClass;
}

/** Takes what is in a message, in its order. */
export interface ChangeTaker {
  /**
   * A scalar of a numeric type (`type`: the built-in type; Boolean as 0 and 1, DateTime in ms since 1970 UTC), plain Good.
   * `false`: it is wanted as a whole.
   */
  number(handle: number, number: PlainNumber): boolean;
  other(handle: number, value: DataValue): void;
  /** The rest of the message makes no sense. */
  broken(why: string): void;
}

const BODIES = new WeakMap<Notification, ChangeBody>();
const INSTALLED = new WeakSet<object>();
/** The head of an extension object with a DataChangeNotification (i=811) as bytes; its length follows. */
const HEAD = [0x01, 0x00, 0x2b, 0x03, 0x01] as const;
const LENGTH_BYTES = 4;

/** Has the library keep the bytes of changes until somebody wants the objects. The second time does nothing. */
export function keepBytesOfChanges({ DataChangeNotification }: Library): void {
  const { prototype } = DataChangeNotification;
  if (INSTALLED.has(prototype)) return;
  INSTALLED.add(prototype);
  const { decode } = Object.getOwnPropertyDescriptors(prototype);
  const ofLibrary: unknown = decode?.value;
  if (typeof ofLibrary !== "function") return; // another version: all goes on by its objects
  prototype.decode = function keep(this: Notification, stream: Stream): void {
    const bytes = bodyAt(stream);
    if (bytes === undefined) {
      Reflect.apply(ofLibrary, this, [stream]);
      return;
    }
    stream.length += bytes.length;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the class of a stream, which the library does not export
    const body = { bytes, Stream: stream.constructor as StreamClass };
    BODIES.set(this, body);
    makeLate(this, () => Reflect.apply(ofLibrary, this, [new body.Stream(bytes)]));
  };
}

/** The objects are made when they are asked for; then the bytes are of no use any more. */
function makeLate(notification: Notification, decode: () => void): void {
  for (const field of ["monitoredItems", "diagnosticInfos"] as const) {
    const settle = (): void => {
      BODIES.delete(notification);
      for (const each of ["monitoredItems", "diagnosticInfos"] as const) {
        Object.defineProperty(notification, each, { value: null, writable: true });
      }
    };
    Object.defineProperty(notification, field, {
      configurable: true,
      enumerable: true,
      get: () => {
        settle();
        decode();
        return notification[field];
      },
      set: (value: unknown) => {
        settle();
        Reflect.set(notification, field, value);
      },
    });
  }
}

/** The bytes that belong to the notification, when the stream stands where they begin. */
function bodyAt({ buffer, length: at }: Stream): Buffer | undefined {
  const head = at - LENGTH_BYTES - HEAD.length;
  if (head < 0 || HEAD.some((byte, index) => buffer[head + index] !== byte)) return undefined;
  const end = at + buffer.readUInt32LE(at - LENGTH_BYTES);
  return end > buffer.length || end < at + LENGTH_BYTES ? undefined : buffer.subarray(at, end);
}

/**
 * Hands on what is in the message. `false`: its bytes are not kept, `monitoredItems` has it. Bytes that make no sense end it, as
 * they do in the library.
 */
export function takeChanges(
  notification: Notification,
  library: Library,
  taker: ChangeTaker,
): boolean {
  const body = BODIES.get(notification);
  if (body === undefined) return false;
  const reader = new ChangeReader(body.bytes);
  const stream = new body.Stream(body.bytes);
  try {
    for (let left = reader.count(); left > 0; left -= 1) {
      const handle = reader.uint32();
      const start = reader.at;
      if (reader.readNumber() && taker.number(handle, reader)) continue;
      const value = new library.DataValue();
      stream.length = start;
      value.decode(stream);
      reader.at = stream.length;
      taker.other(handle, value);
    }
  } catch (cause) {
    taker.broken(firstLine(cause));
  }
  return true;
}
