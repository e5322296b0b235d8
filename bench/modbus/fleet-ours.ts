/**
 * Our adapter with a fleet: `fleet-ours.ts PORT DEVICES BLOCKS REGISTERS WINDOW`, each device on a connection of its own,
 * all of them links of one entry.
 */
import { Heard, startAdapter } from "./adapter-load.ts";
import { answerLines, timed } from "./told.ts";
import { setTimeout as sleep } from "node:timers/promises";

const [port = 0, devices = 0, blocks = 0, registers = 0, maxInFlight = 1] = process.argv
  .slice(2)
  .map(Number);

/** Registers between the beginnings of two blocks: too far apart to be read in one request. */
const BLOCK_APART = 500;

const heard = new Heard();
const links = Array.from({ length: devices }, (_, device) => linkOf(device));
const adapter = await startAdapter({ links }, heard);
await heard.until(() => heard.births.size === devices);

await answerLines({}, async ([seconds]) => {
  const { values, bad, deaths } = heard;
  const found = await timed(async () => {
    await sleep(Number(seconds) * 1000);
    return {};
  });
  return {
    ...found,
    values: heard.values - values,
    bad: heard.bad - bad + heard.deaths - deaths,
  };
});
await adapter.stop();

function linkOf(device: number): object {
  const tags = Array.from({ length: blocks * registers }, (_, index) => {
    const block = Math.floor(index / registers);
    const at = block * BLOCK_APART + (index % registers);
    return { name: `Value${index}`, at: `hr:${at}`, type: "uint16", group: "all" };
  });
  return {
    link: { host: "127.0.0.1", port, maxInFlight },
    devices: [{ name: `plc${device}`, unit: 1, groups: { all: { interval: "1s" } }, tags }],
  };
}
