/**
 * How many wrong values the library `modbus-serial` hands out when it is told the lies of the hostile suite: a plain
 * client of it that polls six blocks again and again, as many programs do. `node test/support/modbus-library-count.ts`
 * prints the figures as JSON, for the bench's table.
 */
import { setTimeout } from "node:timers/promises";
import library from "modbus-serial";
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import { liveValueOf, placeOf } from "./modbus-live-values.ts";
import { HOSTILE, type Hostile, type HostileFraming } from "./modbus-hostile.ts";
import { LIES, LiveRun, openLiveServer, wrongOf, type Lie } from "./modbus-live-server.ts";

const READS = 60;
const TIMEOUT_MS = 50;

export interface LibraryCount {
  readonly lie: string;
  readonly framing: "Modbus TCP" | "RTU over TCP";
  readonly reads: number;
  readonly right: number;
  /** Values of another register, or of an earlier request. */
  readonly wrong: number;
  readonly failed: number;
}

const BLOCKS = [1, 2].flatMap((unit) =>
  [
    { table: "hr", start: 0 },
    { table: "hr", start: 100 },
    { table: "ir", start: 0 },
  ].map((block) => ({ unit, ...block })),
);
type Block = (typeof BLOCKS)[number];

async function connected(framing: HostileFraming, port: number): Promise<ModbusRTU> {
  const client = new library.default();
  client.on("error", () => undefined);
  if (framing === "mbap") await client.connectTCP("127.0.0.1", { port });
  else await client.connectTelnet("127.0.0.1", { port });
  // Before, it would be the limit of connecting, too: a busy machine takes longer.
  client.setTimeout(TIMEOUT_MS);
  return client;
}

async function read(client: ModbusRTU, { unit, table, start }: Block): Promise<number> {
  client.setID(unit);
  const { data } =
    table === "hr"
      ? await client.readHoldingRegisters(start, 2)
      : await client.readInputRegisters(start, 2);
  return (data[0] ?? 0) * 65_536 + (data[1] ?? 0);
}

/** A reading that neither comes nor fails is a failure too. */
async function readOrGiveUp(client: ModbusRTU, block: Block): Promise<number> {
  const value = await Promise.race([read(client, block), setTimeout(3 * TIMEOUT_MS, undefined)]);
  if (value === undefined) throw new Error("neither an answer nor an error");
  return value;
}

/** Polls while `lie` is told. */
export async function countLibrary(lie: Lie, framing: HostileFraming): Promise<LibraryCount> {
  await using server = await openLiveServer(framing, HOSTILE.honest);
  server.behave = lie.behave();
  let client = await connected(framing, server.port);
  const tally = { right: 0, wrong: 0, failed: 0 };
  for (let index = 0; index < READS; index += 1) {
    const block = BLOCKS[index % BLOCKS.length] ?? { unit: 1, table: "hr", start: 0 };
    try {
      tally[verdict(server, block, await readOrGiveUp(client, block))] += 1;
    } catch {
      tally.failed += 1;
      if (client.isOpen) continue;
      client.destroy(() => undefined);
      client = await connected(framing, server.port);
    }
  }
  client.destroy(() => undefined);
  const name = framing === "mbap" ? "Modbus TCP" : "RTU over TCP";
  return { lie: lie.name, framing: name, reads: READS, ...tally };
}

function verdict(server: Hostile, { unit, table, start }: Block, value: number): "right" | "wrong" {
  const isPlace = placeOf(liveValueOf(value)) === `${unit} ${table}:${start}`;
  const wrong = wrongOf(server, { unit, at: `${table}:${start}` }, value);
  return isPlace && wrong === undefined ? "right" : "wrong";
}

/** What a whole adapter with this transport calls GOOD and is wrong, and how many GOOD values there were. */
async function countAdapter(lie: Lie, framing: HostileFraming, transport: string) {
  await using server = await openLiveServer(framing, HOSTILE.honest);
  server.behave = lie.behave();
  await using live = await LiveRun.start(server, framing, {
    link: { timeout: `${TIMEOUT_MS}ms`, ...lie.link, transport },
    device: { offlineAfter: 1000, offlineGrace: "10s", staleAfter: "30s" },
  });
  await Promise.race([server.seen(READS), setTimeout(READS * TIMEOUT_MS)]);
  return { good: live.good, wrong: live.wrong.length };
}

/** Of all lies, beside what whole adapters make of them. */
export async function countAll() {
  const counts = [];
  for (const lie of LIES) {
    for (const framing of lie.framings) {
      const plain = await countLibrary(lie, framing);
      const fallback = await countAdapter(lie, framing, "modbus-serial");
      counts.push({ ...plain, fallback, own: await countAdapter(lie, framing, "own") });
    }
  }
  return counts;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await countAll(), undefined, 1)}\n`);
