/** What trouble costs the others: a dead unit behind a gateway, and a wrong address among right ones. */
import { setTimeout as sleep } from "node:timers/promises";
import { Heard, startAdapter } from "./adapter-load.ts";
import { atLeast, atMost, figure, type ModbusFigure, type ModbusOptions } from "./figures.ts";
import { numberIn, Told } from "./told.ts";

const UNITS = 10;
const DEAD_UNIT = 3;
const INTERVAL_MS = 1000;
const SECONDS_PER_ROUND = 20;
const TAGS = 100;
const WRONG_ADDRESS = 57;

export async function troubleFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  const [together, alone] = await Promise.all([deadUnit(4, options), deadUnit(1, options)]);
  const head = `unit ${DEAD_UNIT} of ${UNITS} dies: slots of the others that were kept`;
  return [
    atLeast(`${head}, 4 requests on the wire`, together, "%", 99),
    figure(`${head}, 1 request on the wire`, alone, "%"),
    atMost(
      `1 wrong address of ${TAGS}: requests until the others are good`,
      await wrongAddress(),
      "requests",
      Math.floor(2 * Math.log2(TAGS) + 2),
    ),
  ];
}

/** From the moment of its death on; percent. */
async function deadUnit(maxInFlight: number, { seconds }: ModbusOptions): Promise<number> {
  await using plc = await Told.startNode("plc.ts", []);
  const heard = new Heard();
  const adapter = await startAdapter(
    {
      link: { host: "127.0.0.1", port: numberIn(plc.first, "port"), gateway: true, maxInFlight },
      devices: Array.from({ length: UNITS }, (_, index) => ({
        name: `unit${index + 1}`,
        unit: index + 1,
        groups: { all: { interval: `${INTERVAL_MS}ms` } },
        tags: tagsFrom([0, 200]),
      })),
    },
    heard,
  );
  await heard.until(() => heard.births.size === UNITS);
  await plc.ask(`silent ${DEAD_UNIT}`);
  await plc.ask("begin");
  const lengthMs = SECONDS_PER_ROUND * seconds * 1000;
  await sleep(lengthMs);
  const kept = numberIn(await plc.ask(`end ${INTERVAL_MS}`), "kept");
  await adapter.stop();
  return (kept / ((UNITS - 1) * Math.floor(lengthMs / INTERVAL_MS))) * 100;
}

/** Ten registers from each of `starts`. */
function tagsFrom(starts: readonly number[]): readonly object[] {
  return starts.flatMap((start) => Array.from({ length: 10 }, (_, index) => tagAt(start + index)));
}

function tagAt(at: number): object {
  return { name: `Value${at}`, at: `hr:${at}`, type: "uint16", group: "all" };
}

async function wrongAddress(): Promise<number> {
  await using plc = await Told.startNode("plc.ts", []);
  await plc.ask(`refuse ${WRONG_ADDRESS}`);
  const heard = new Heard();
  const device = {
    name: "plc",
    unit: 1,
    groups: { all: { interval: "1s" } },
    tags: Array.from({ length: TAGS }, (_, index) => tagAt(index)),
  };
  const link = { host: "127.0.0.1", port: numberIn(plc.first, "port") };
  const adapter = await startAdapter({ link, devices: [device] }, heard);
  await heard.until(() => heard.births.size === 1);
  const { requests } = Object.fromEntries(await plc.ask("end 1000"));
  await adapter.stop();
  const tags = heard.births.get("plc")?.filter(({ name }) => name.startsWith("Value"));
  const good = tags?.filter(({ quality }) => quality === "good").length;
  if (good !== TAGS - 1) throw new Error(`${good} tags of ${TAGS} are good`);
  return requests ?? Number.NaN;
}
