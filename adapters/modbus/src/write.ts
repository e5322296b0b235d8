/** One write and its read-back. Checked before a byte leaves; what a device did not answer is unknown, not failed. */
import { AdapterError, type AdapterErrorCode } from "@unshub/adapter";
import type { MetricReading, MetricValue } from "@unshub/sparkplug";
import type { Answer } from "./client.ts";
import { ModbusError } from "./errors.ts";
import { readRequest, type ModbusRequest } from "./pdu.ts";
import { readingOf } from "./reading.ts";
import type { Tag } from "./tag.ts";
import { decodeTag } from "./types/decode-tag.ts";
import { encodeWrite } from "./types/encode.ts";

/** The device has begun and needs long for it. */
const ACKNOWLEDGED = 5;
const GATEWAY_HAS_NO_PATH = 10;
const GATEWAY_GOT_NO_ANSWER = 11;

/** Sends a request to the device of the tag. */
export type Ask = (request: ModbusRequest) => Promise<Answer>;

/** What is written. */
export interface WriteTarget {
  readonly device: string;
  readonly tag: Tag;
  readonly isOnline: boolean;
}

/**
 * Writes `value` in one request; resolves when the device accepted it.
 * @throws {AdapterError} NOT_WRITABLE, BAD_VALUE, DEVICE_OFFLINE: nothing was sent. DEVICE_REFUSED: the device
 * answered no. NO_ANSWER: unknown whether it was done; it is not sent again.
 */
export async function sendWrite(target: WriteTarget, value: MetricValue, ask: Ask): Promise<void> {
  const { device, tag, isOnline } = target;
  const what = `${device} ${tag.name}`;
  if (!tag.writable) {
    const why = tag.access === "r" ? "its access is r" : "the device is readOnly";
    throw new AdapterError("NOT_WRITABLE", `${what}: ${why}`);
  }
  const encoded = encodeWrite(tag, value);
  if (encoded.kind === "problem") {
    throw new AdapterError("BAD_VALUE", `${what}: ${encoded.problem}`);
  }
  if (encoded.kind === "readModifyWrite" || encoded.request.functionCode === 22) {
    throw new AdapterError("NOT_WRITABLE", `${what}: a part of a register`);
  }
  if (!isOnline) throw new AdapterError("DEVICE_OFFLINE", `${what}: the device is offline`);
  const answer = await answerTo(encoded.request, ask, what);
  if (answer.kind !== "exception" || answer.code === ACKNOWLEDGED) return;
  throw new AdapterError(
    refusalOf(answer.code),
    `${what}: the device answered exception ${answer.code}`,
  );
}

/** What the device has now; `undefined` when it does not say. */
export async function readBack(tag: Tag, ask: Ask): Promise<MetricReading | undefined> {
  try {
    const answer = await ask(readRequest(tag.table, tag.start, tag.length));
    return answer.kind === "data"
      ? readingOf(tag, decodeTag(tag, answer.bytes), answer.at)
      : undefined;
  } catch (cause) {
    if (cause instanceof ModbusError) return undefined;
    throw cause;
  }
}

async function answerTo(request: ModbusRequest, ask: Ask, what: string): Promise<Answer> {
  try {
    return await ask(request);
  } catch (cause) {
    if (!(cause instanceof ModbusError)) throw cause;
    const code = wasSent(cause) ? "NO_ANSWER" : "DEVICE_OFFLINE";
    throw new AdapterError(code, `${what}: ${cause.message}`, { cause });
  }
}

/** Only a request that was on the wire leaves open whether the device has done it. */
function wasSent({ code }: ModbusError): boolean {
  return code === "TIMEOUT" || code === "LINK_LOST" || code === "NOT_MODBUS" || code === "STOPPED";
}

function refusalOf(exceptionCode: number): AdapterErrorCode {
  if (exceptionCode === GATEWAY_HAS_NO_PATH) return "DEVICE_OFFLINE";
  return exceptionCode === GATEWAY_GOT_NO_ANSWER ? "NO_ANSWER" : "DEVICE_REFUSED";
}
