/** Wrong values taken for right ones, where answers come late or very many requests are on the way. */
import ModbusRTU from "modbus-serial";
import { atMost, figure, type ModbusFigure } from "./figures.ts";
import { openHostilePeer, trueWord } from "./hostile-peer.ts";
import { openOwnLink, readOf } from "./own-link.ts";
import type { WireResult } from "../../adapters/modbus/src/wire/index.ts";

const REGISTERS = 10;
const TIMEOUT_MS = 50;
const LATE_MS = 70;
const LATE_EVERY = 5;
const READS = 100;
const AT_ONCE = 300;
/** So long that all of them are on the way together. */
const SLOW_MS = 100;

/** Registers from `start`; `undefined`: there was no answer. */
type Read = (start: number) => Promise<readonly number[] | undefined>;

interface Outcome {
  wrong: number;
  right: number;
}

export async function hostileFigures(): Promise<readonly ModbusFigure[]> {
  const late = `RTU, every ${LATE_EVERY}th of ${READS} answers after its time-out`;
  const many = `TCP, ${AT_ONCE} reads asked for at once`;
  return [
    ...told(late, await lateReplies(ourRead), await lateReplies(libraryRead)),
    ...told(many, await manyAtOnce(ourRead), await manyAtOnce(libraryRead)),
  ];
}

function told(head: string, ours: Outcome, library: Outcome): readonly ModbusFigure[] {
  return [
    atMost(`${head}: wrong values, ours`, ours.wrong, `of ${ours.wrong + ours.right}`, 0),
    figure(
      `${head}: wrong values, modbus-serial`,
      library.wrong,
      `of ${library.wrong + library.right}`,
    ),
  ];
}

/** A reader and how it is closed. */
interface Reader {
  readonly read: Read;
  close(): Promise<void>;
}

type OpenReader = (framing: "mbap" | "rtu", port: number, timeoutMs: number) => Promise<Reader>;

async function lateReplies(open: OpenReader): Promise<Outcome> {
  await using peer = await openHostilePeer("rtu", (number) =>
    number % LATE_EVERY === 0 ? LATE_MS : 0,
  );
  const reader = await open("rtu", peer.port, TIMEOUT_MS);
  const outcome = { wrong: 0, right: 0 };
  for (let number = 0; number < READS; number += 1) {
    const start = (number % 7) * 100;
    count(outcome, start, await reader.read(start));
  }
  await reader.close();
  return outcome;
}

async function manyAtOnce(open: OpenReader): Promise<Outcome> {
  await using peer = await openHostilePeer("mbap", () => SLOW_MS);
  const reader = await open("mbap", peer.port, 10 * SLOW_MS);
  const outcome = { wrong: 0, right: 0 };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, start) => {
      count(outcome, start, await reader.read(start));
    }),
  );
  await reader.close();
  return outcome;
}

function count(outcome: Outcome, start: number, words: readonly number[] | undefined): void {
  for (const [index, word] of words?.entries() ?? []) {
    if (word === trueWord(start + index)) outcome.right += 1;
    else outcome.wrong += 1;
  }
}

async function ourRead(framing: "mbap" | "rtu", port: number, timeoutMs: number): Promise<Reader> {
  const place = { host: "127.0.0.1", port };
  const link = await openOwnLink(
    framing === "mbap"
      ? { framing: "tcp", ...place, maxInFlight: 16 }
      : { framing: "rtuOverTcp", ...place },
  );
  return {
    read: (start) =>
      new Promise((resolve) => {
        link.send(
          readOf({ start, registers: REGISTERS, timeoutMs }, (_request, result) =>
            resolve(wordsOf(result)),
          ),
        );
      }),
    close: () => link.stop(),
  };
}

function wordsOf(result: WireResult): readonly number[] | undefined {
  if (result.kind !== "data") return undefined;
  const { data } = result;
  return Array.from(
    { length: data.length / 2 },
    (_, index) => ((data[2 * index] ?? 0) << 8) | (data[2 * index + 1] ?? 0),
  );
}

async function libraryRead(
  framing: "mbap" | "rtu",
  port: number,
  timeoutMs: number,
): Promise<Reader> {
  const client = new ModbusRTU.default();
  // RTU frames over TCP is what the library calls Telnet; its TcpRTUBuffered speaks MBAP.
  await (framing === "mbap"
    ? client.connectTCP("127.0.0.1", { port })
    : client.connectTelnet("127.0.0.1", { port }));
  client.setID(1);
  client.setTimeout(timeoutMs);
  return {
    read: async (start) => {
      try {
        return (await client.readHoldingRegisters(start, REGISTERS)).data;
      } catch {
        return undefined;
      }
    },
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
}
