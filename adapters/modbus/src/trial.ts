/** A Modbus connection that is tried: connect, and one read of the first tag of a device. */
import { performance } from "node:perf_hooks";
import type { TrialContext, TrialStep } from "@unshub/adapter";
import type { DeviceConfig, LinkedDevices, ModbusConfig } from "./config/config.ts";
import { ModbusError } from "./errors.ts";
import type { Tag } from "./tag.ts";
import { Asker, type Answer, type Question } from "./tools/asker.ts";
import { exceptionText } from "./tools/exception-text.ts";
import { shownValue } from "./tools/show-value.ts";
import { decodeTag } from "./types/index.ts";
import { linkAddress } from "./wire/link-config.ts";

const DEFAULT_CONNECT_MS = 5_000;

export async function* tryModbus(
  { links }: ModbusConfig,
  context: TrialContext,
): AsyncGenerator<TrialStep> {
  const found = placeOf(links, context.deviceId);
  if (found === undefined) return;
  const { link, device } = found;
  const address = linkAddress(link);
  const begun = performance.now();
  const ms = (): number => Math.round(performance.now() - begun);
  let asker: Asker;
  try {
    const brief = { connectTimeoutMs: DEFAULT_CONNECT_MS, ...link };
    asker = await Asker.open(brief, device.timeoutMs, context);
  } catch (error) {
    yield { ...connectFault(error), step: "connect", outcome: "failed", ms: ms() };
    return;
  }
  try {
    yield { step: "connect", outcome: "done", says: `connected to ${address}`, ms: ms() };
    yield await readFirst(device, (question) => asker.ask(question));
  } catch (error) {
    yield { ...connectFault(error), step: "read", outcome: "failed", ms: ms() };
  } finally {
    await asker[Symbol.asyncDispose]();
  }
}

function placeOf(
  links: readonly LinkedDevices[],
  deviceId: string | undefined,
): { readonly link: LinkedDevices["link"]; readonly device: DeviceConfig } | undefined {
  const all = links.flatMap(({ link, devices }) => devices.map((device) => ({ link, device })));
  return all.find(({ device }) => deviceId === undefined || device.name === deviceId);
}

/** The first tag that can be read with one request, asked once. `ask` @throws {ModbusError} {AdapterError} when there is no connection. */
export async function readFirst(
  device: DeviceConfig,
  ask: (question: Question) => Promise<Answer>,
): Promise<TrialStep> {
  const { maxBlock } = device.limits;
  const tag = device.groups
    .flatMap(({ tags }) => tags)
    .find(({ access, table, length }) => access !== "w" && length <= maxBlock[table]);
  if (tag === undefined)
    return { step: "read", outcome: "done", says: "no tag of it can be read", ms: 0 };
  const { table, start, length } = tag;
  const begun = performance.now();
  const answer = await ask({ unit: device.unit, table, start, count: length });
  const ms = Math.round(performance.now() - begun);
  return { step: "read", ms, ...readWords(answer, tag, device) };
}

function readWords(
  answer: Answer,
  tag: Tag,
  { unit, timeoutMs }: DeviceConfig,
): Pick<TrialStep, "outcome" | "says" | "todo"> {
  const at = `${tag.table}:${tag.start}`;
  switch (answer.kind) {
    case "data": {
      const text = shownValue(decodeTag(tag, answer.data), tag.type);
      return {
        outcome: "done",
        says: `the value of ${tag.name} (${at}) of unit ${unit} is ${text}`,
      };
    }
    case "exception":
      return {
        outcome: "failed",
        says: `unit ${unit} refuses ${tag.name} (${at}): ${exceptionText(answer.code)}`,
        todo:
          answer.code === GATEWAY_PATH || answer.code === GATEWAY_SILENT
            ? "The gateway answers, the unit behind it does not: check the unit id and the line behind the gateway."
            : "The device answers, so the connection is right: check table, address and length of this tag in its manual.",
      };
    case "silent":
      return {
        outcome: "failed",
        says: `unit ${unit} did not answer within ${timeoutMs} ms`,
        todo: "Check the unit id, and on a serial line speed, parity and wiring; a slow device needs a longer timeout.",
      };
  }
}

const GATEWAY_PATH = 10;
const GATEWAY_SILENT = 11;

function connectFault(error: unknown): Pick<TrialStep, "says" | "todo"> {
  if (!(error instanceof ModbusError)) throw error;
  const todo =
    TODO.get(error.code) ??
    "Check address and port, whether the device is on, and the firewall between.";
  return { says: error.message, todo };
}

const TODO: ReadonlyMap<string, string> = new Map([
  ["DNS_FAILED", "Check the name of the host, or write its address."],
  [
    "TLS_REFUSED",
    "Check the certificates of both sides: ca, cert, key and fingerprint of the link.",
  ],
  [
    "PORT_FAILED",
    "Check the path of the serial port, and whether another program or a running adapter has it.",
  ],
  [
    "NOT_MODBUS",
    "Something else than this framing answers there: check the port and framing (tcp, rtuOverTcp).",
  ],
]);
