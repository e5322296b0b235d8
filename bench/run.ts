/** `npm run bench -- codec`: runs one suite and prints its table; `results/` keeps what was measured on a quiet machine. */
import { blackBoxCost } from "./blackbox.ts";
import { broker } from "./broker/broker.ts";
import { browser } from "./browser/browser.ts";
import { codec } from "./codec.ts";
import { durability } from "./durability/durability.ts";
import { gateway } from "./gateway.ts";
import { guardCost } from "./guard.ts";
import { history } from "./history/history.ts";
import { lane } from "./history/lane.ts";
import { i3x } from "./i3x/i3x.ts";
import { ingest } from "./ingest.ts";
import { live } from "./live.ts";
import { keep, print, printFigures, type Figure } from "./measure.ts";
import { decodeCost } from "./modbus/decode.ts";
import { opcua } from "./opcua/opcua.ts";
import { opcuaWatch } from "./opcua/watch.ts";
import { modbus } from "./modbus/modbus.ts";
import { projection } from "./projection/projection.ts";
import { sampleFigures, sampleRows } from "./samples.ts";
import { kill } from "./soak/kill.ts";
import { soak } from "./soak/soak.ts";
import { tree } from "./tree.ts";

type Suite = (args: readonly string[]) => Promise<void> | void;

const SUITES: ReadonlyMap<string, Suite> = new Map<string, Suite>([
  ["codec", () => inTurns("codec", codec)],
  ["blackbox", () => inTurns("blackbox", blackBoxCost)],
  ["guard", () => inTurns("guard", guardCost)],
  ["tree", () => inFigures("tree", tree)],
  ["ingest", () => inFigures("ingest", ingest)],
  ["live", () => inFigures("live", live)],
  ["projection", () => inFigures("projection", projection)],
  ["i3x", () => inFigures("i3x", i3x)],
  ["broker", broker],
  ["browser", browser],
  ["durability", durability],
  ["gateway", gateway],
  ["history", history],
  ["lane", lane],
  ["opcua", opcua],
  ["opcua-watch", opcuaWatch],
  [
    "samples",
    async () => {
      print(sampleRows());
      const figures = await sampleFigures();
      printFigures(figures);
      console.log(`\nkept in ${keep("samples", figures)}`);
    },
  ],
  ["soak", soak],
  ["kill", kill],
  ["modbus", modbus],
  ["modbus-decode", () => inTurns("modbus-decode", decodeCost)],
]);

/** Measures, prints and keeps. */
function inTurns(name: string, measure: () => Parameters<typeof print>[0]): void {
  const rows = measure();
  print(rows);
  console.log(`\nkept in ${keep(name, rows)}`);
}

/** As `inTurns`, of what has no peer. */
async function inFigures(name: string, take: () => Promise<readonly Figure[]>): Promise<void> {
  const figures = await take();
  printFigures(figures);
  console.log(`\nkept in ${keep(name, figures)}`);
}

const [name = "", ...args] = process.argv.slice(2);
const suite = SUITES.get(name);
if (suite === undefined) {
  console.error(`usage: npm run bench -- ${[...SUITES.keys()].join("|")}`);
  process.exitCode = 2;
} else {
  await suite(args);
}
