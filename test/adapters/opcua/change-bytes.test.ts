/** Changes of values read from the bytes of a message, against what the library makes of the same bytes. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as fc from "fast-check";
import { BinaryStream } from "node-opcua-binary-stream";
import {
  DataChangeNotification,
  DataType,
  DataValue,
  NotificationMessage,
  StatusCodes,
  Variant,
  VariantArrayType,
} from "node-opcua-client";
import { loadLibrary, type Library } from "../../../adapters/opcua/src/library.ts";
import {
  keepBytesOfChanges,
  takeChanges,
} from "../../../adapters/opcua/src/subscribe/change-body.ts";

/** What came of one item: a plain number, or the library's own value. */
type Taken =
  | {
      readonly handle: number;
      readonly type: number;
      readonly value: number;
      readonly times: object;
    }
  | { readonly handle: number; readonly whole: DataValue };

let library: Library;
before(async () => {
  library = await loadLibrary();
  keepBytesOfChanges(library);
});

function encoded(items: readonly { readonly handle: number; readonly value: DataValue }[]): Buffer {
  const monitoredItems = items.map(({ handle, value }) => ({ clientHandle: handle, value }));
  const notificationData = [new DataChangeNotification({ monitoredItems })];
  const message = new NotificationMessage({ sequenceNumber: 1, notificationData });
  const stream = new BinaryStream(1_000_000);
  message.encode(stream);
  return Buffer.from(stream.buffer.subarray(0, stream.length));
}

function decoded(bytes: Buffer): DataChangeNotification {
  const message = new NotificationMessage();
  message.decode(new BinaryStream(bytes));
  const [notification] = message.notificationData ?? [];
  assert.ok(notification instanceof DataChangeNotification);
  return notification;
}

function takenFrom(bytes: Buffer): { readonly taken: readonly Taken[]; readonly broken: number } {
  const taken: Taken[] = [];
  let broken = 0;
  const isKept = takeChanges(decoded(bytes), library, {
    number: (handle, { type, value, times }) =>
      taken.push({ handle, type, value, times: { ...times } }) > 0,
    other: (handle, whole) => taken.push({ handle, whole }),
    broken: () => {
      broken += 1;
    },
  });
  assert.ok(isKept);
  return { taken, broken };
}

/** The same by the library's objects. */
function expectedOf({ monitoredItems }: DataChangeNotification): readonly Taken[] {
  return (monitoredItems ?? []).map(({ clientHandle: handle, value: whole }) => {
    const { value: variant, statusCode, sourceTimestamp, serverTimestamp } = whole;
    const type: number = variant?.dataType ?? 0;
    const number = plain(type, variant);
    if (statusCode.value !== 0 || number === undefined) return { handle, whole };
    const source = sourceTimestamp?.getTime() ?? Number.NaN;
    const server = serverTimestamp?.getTime() ?? Number.NaN;
    return { handle, type, value: number, times: { source, server } };
  });
}

function plain(type: number, variant: Variant | undefined): number | undefined {
  if (variant === undefined || variant.arrayType !== VariantArrayType.Scalar) return undefined;
  const raw: unknown = variant.value;
  if (type === 8 || type === 9) return wideInteger(type === 8, raw);
  if (raw instanceof Date) return raw.getTime();
  if (typeof raw === "boolean") return Number(raw);
  return typeof raw === "number" && type <= 11 ? raw : undefined;
}

/** The library has 64 bits as two halves. */
function wideInteger(isSigned: boolean, raw: unknown): number | undefined {
  const [high, low]: unknown[] = Array.isArray(raw) ? raw : [];
  const bits = BigInt.asUintN(64, (BigInt(Number(high)) << 32n) | BigInt(Number(low) >>> 0));
  const number = Number(isSigned ? BigInt.asIntN(64, bits) : bits);
  return Number.isSafeInteger(number) ? number : undefined;
}

const date = fc.date({ min: new Date(-1e12), max: new Date(4e12), noInvalidDate: true });
const half = fc.integer({ min: 0, max: 0xffff_ffff });
const numbers: readonly fc.Arbitrary<Variant>[] = [
  [DataType.Boolean, fc.boolean()] as const,
  [DataType.SByte, fc.integer({ min: -128, max: 127 })] as const,
  [DataType.Byte, fc.integer({ min: 0, max: 255 })] as const,
  [DataType.Int16, fc.integer({ min: -32_768, max: 32_767 })] as const,
  [DataType.UInt16, fc.integer({ min: 0, max: 65_535 })] as const,
  [DataType.Int32, fc.integer()] as const,
  [DataType.UInt32, half] as const,
  [DataType.Int64, fc.tuple(half, half)] as const,
  [DataType.UInt64, fc.tuple(half, half)] as const,
  [DataType.Float, fc.float()] as const,
  [DataType.Double, fc.double()] as const,
  [DataType.DateTime, date] as const,
].map(([dataType, value]) => fc.record({ dataType: fc.constant(dataType), value }).map(variantOf));
const others: readonly fc.Arbitrary<Variant>[] = [
  fc.constant(new Variant({ dataType: DataType.Null })),
  fc.string().map((value) => new Variant({ dataType: DataType.String, value })),
  fc
    .array(fc.integer(), { maxLength: 5 })
    .map(
      (value) =>
        new Variant({ dataType: DataType.Int32, arrayType: VariantArrayType.Array, value }),
    ),
];

function variantOf(parts: { readonly dataType: DataType; readonly value: unknown }): Variant {
  return new Variant({ ...parts, arrayType: VariantArrayType.Scalar });
}

const statuses = fc.constantFrom(
  StatusCodes.Good,
  StatusCodes.Good,
  StatusCodes.Good,
  StatusCodes.GoodClamped,
  StatusCodes.UncertainLastUsableValue,
  StatusCodes.BadNoCommunication,
);
const values = fc
  .record({
    value: fc.oneof(...numbers, ...others),
    statusCode: statuses,
    sourceTimestamp: fc.option(date),
    sourcePicoseconds: fc.integer({ min: 0, max: 9_999 }).map((units) => units * 100_000),
    serverTimestamp: fc.option(date),
    serverPicoseconds: fc.integer({ min: 0, max: 9_999 }).map((units) => units * 100_000),
  })
  .map((parts) => new DataValue(parts));
const messages = fc.array(fc.record({ handle: half, value: values }), { maxLength: 20 });

describe("changes of OPC UA values in the bytes of a message", () => {
  it("are what the library makes of them, numbers, times and the rest", () => {
    fc.assert(
      fc.property(messages, (items) => {
        const bytes = encoded(items);

        const { taken, broken } = takenFrom(bytes);

        assert.equal(broken, 0);
        assert.deepEqual(taken, expectedOf(decoded(bytes)));
      }),
      { numRuns: 300 },
    );
  });

  it("are the library's objects again as soon as somebody asks for these", () => {
    const value = new DataValue({ value: new Variant({ dataType: DataType.Double, value: 1.5 }) });
    const notification = decoded(encoded([{ handle: 7, value }]));

    assert.equal(notification.monitoredItems?.[0]?.clientHandle, 7);
    assert.equal(notification.monitoredItems?.[0]?.value.value.value, 1.5);
    const taker = { number: () => true, other: () => undefined, broken: () => undefined };
    assert.equal(takeChanges(notification, library, taker), false);
  });

  it("come as far as they make sense", () => {
    const value = new DataValue({ value: new Variant({ dataType: DataType.Double, value: 1.5 }) });
    const bytes = encoded([{ handle: 7, value }]);
    const countAt = bytes.indexOf(Buffer.from([1, 0, 0, 0, 7, 0, 0, 0]));
    bytes.writeInt32LE(1_000_000, countAt);

    const { taken, broken } = takenFrom(bytes);

    assert.equal(taken.length, 1);
    assert.equal(broken, 1);
  });
});
