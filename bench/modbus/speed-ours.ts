/** Our link under full load: `speed-ours.ts PORT`, then lines "SECONDS REGISTERS WINDOW". */
import { datatypeOfTag, type Tag } from "../../adapters/modbus/src/tag.ts";
import {
  compileBlock,
  decodeBlock,
  type DecodeSink,
} from "../../adapters/modbus/src/types/index.ts";
import type { ModbusLink, WireRequest, WireResult } from "../../adapters/modbus/src/wire/index.ts";
import { openOwnLink, readOf } from "./own-link.ts";
import { answerLines, timed } from "./told.ts";

const TIMEOUT_MS = 1000;
/** How often the clock is looked at, in requests. */
const LOOK_EVERY = 16;

const port = Number(process.argv[2]);

const links = new Map<number, ModbusLink>();

await answerLines({}, async ([seconds = "1", registers = "10", window = "1"]) => {
  const link = await linkOf(Number(window));
  return await timed(() => load(link, Number(seconds), Number(registers), Number(window)));
});
for (const link of links.values()) await link.stop();

async function linkOf(maxInFlight: number): Promise<ModbusLink> {
  const known = links.get(maxInFlight);
  if (known !== undefined) return known;
  const link = await openOwnLink({ framing: "tcp", host: "127.0.0.1", port, maxInFlight });
  links.set(maxInFlight, link);
  return link;
}

/** As many reads as fit, `window` of them on the wire; every register is a tag. */
async function load(
  link: ModbusLink,
  seconds: number,
  registers: number,
  window: number,
): Promise<Readonly<Record<string, number>>> {
  const values = new Float64Array(registers);
  let wrong = 0;
  const sink: DecodeSink = {
    number: (tag, value) => {
      values[tag] = value;
    },
    other: () => (wrong += 1),
    bad: () => (wrong += 1),
  };
  const decode = compileBlock(
    tagsOf(registers).map((tag, index) => ({ tag, index, every: 1 })),
    { start: 0 },
  );
  const endsAt = performance.now() + seconds * 1000;
  let requests = 0;
  let open = window;
  let isOver = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (request: WireRequest, result: WireResult): void => {
    if (result.kind !== "data") throw new Error(`a read came to ${result.kind}`);
    decodeBlock(decode, { data: result.data, offset: 0, pass: 0 }, sink);
    if (values[registers - 1] !== registers - 1) wrong += 1;
    requests += 1;
    if (requests % LOOK_EVERY === 0) isOver = performance.now() >= endsAt;
    if (!isOver) return link.send(request);
    open -= 1;
    if (open === 0) resolve();
  };
  const read = { start: 0, registers, timeoutMs: TIMEOUT_MS };
  for (let index = 0; index < window; index += 1) link.send(readOf(read, done));
  await promise;
  return { requests, wrong };
}

function tagsOf(registers: number): readonly Tag[] {
  return Array.from({ length: registers }, (_, start) => ({
    name: `value ${start}`,
    table: "hr",
    start,
    length: 1,
    type: "uint16",
    byteOrder: "ABCD",
    scale: 1,
    offset: 0,
    datatype: datatypeOfTag({ type: "uint16", length: 1, scale: 1, offset: 0 }),
    access: "r",
    writable: false,
  }));
}
