/**
 * A process that records until it is killed: a counter, the time of each value is the counter too. It says on stdout how
 * far it is, and for how many milliseconds it has got on: those in which a busy machine let it stand still do not count.
 * `node history-child.ts <file> <first value> <rows until they become blocks>`
 */
import { parseConfig } from "../../hub/src/config/index.ts";
import { History } from "../../hub/src/history/index.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { dbirth, nbirth, SOURCE_TIME, speed } from "./sparkplug-messages.ts";
import { SILENT_LOG } from "./silent-log.ts";

const VALUES_A_TURN = 100;
const TURN_MS = 5;

const [, , file = "", first = "0", rollRows = "1000"] = process.argv;
const { history: config } = await parseConfig("listeners: { mqtt: {} }", {
  file: "unshub.yaml",
  checkAdapter: async () => undefined,
});
const tree = new UnsTree();
const sessions = new NodeSessions(tree, () => undefined);
const tuning = { rollRows: Number(rollRows) };
const history = new History({
  config,
  hubId: "plant1",
  found: () => undefined,
  file,
  durability: "process",
  tree,
  sessions,
  log: SILENT_LOG,
  now: () => Date.now(),
  tuning,
});
sessions.apply(nbirth());
sessions.apply(dbirth());
let value = Number(first);
let seq = 2;
let turns = 0;

process.once("SIGTERM", () => void history.stop());
setInterval(() => {
  for (let count = 0; count < VALUES_A_TURN; count += 1) {
    sessions.apply(speed(value, seq, { timestamp: SOURCE_TIME + value }));
    value += 1;
    seq = (seq + 1) % 256;
  }
  turns += 1;
  process.stdout.write(`${value - 1} ${turns * TURN_MS}\n`);
}, TURN_MS);
