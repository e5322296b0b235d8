/** How soon trouble is noticed and over, and what it costs: a black hole between server and hub, and a node that vanishes. */
import { setTimeout as sleep } from "node:timers/promises";
import { atMost, figure, type ModbusFigure, type ModbusOptions } from "../modbus/figures.ts";
import { numberIn } from "../modbus/told.ts";
import { Load, startHub } from "./plant.ts";

const COUNT = 100;
/** Clearly slower than the server looks (500 ms): what changes twice between two looks nobody can be sent. */
const EVERY_MS = 1_200;
/** The library alone needs about 25 s; it is not waited for longer than this. */
const HOLE_MS = 60_000;
/** Less than the 60 values of the queue. */
const SHORT_HOLE_MS = 12_000;
const SETTLE_MS = 3_000;

export async function troubleFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  return [...(await plainTrouble()), ...(await hubTrouble(options))];
}

async function plainTrouble(): Promise<readonly ModbusFigure[]> {
  await using load = await Load.start(COUNT, EVERY_MS);
  await using plain = await load.startPlain("None", true);
  await sleep(SETTLE_MS);
  const begunAt = Date.now();
  load.hole.swallow();
  const notice = plain.ask("lost").then((answer) => numberIn(answer, "atMs") - begunAt);
  const noticedMs = await Promise.race([notice, sleep(HOLE_MS, HOLE_MS)]);
  notice.catch(() => undefined); // it may be ended before it notices
  const what = "plain client: a black hole is noticed after";
  const words = noticedMs < HOLE_MS ? what : `${what} more than`;
  return [figure(words, noticedMs / 1000, "s")];
}

async function hubTrouble(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  await using load = await Load.start(COUNT, EVERY_MS);
  await using side = await startHub(load, options, { isTroubled: true });
  const { subscriber } = side;
  await subscriber.ask("quality GOOD");
  await sleep(SETTLE_MS);
  await subscriber.ask("watch 1");
  const begunAt = Date.now();
  load.hole.swallow();
  const noticedMs = numberIn(await subscriber.ask("quality STALE"), "atMs") - begunAt;
  await sleep(Math.max(0, SHORT_HOLE_MS - noticedMs));
  const healedAt = Date.now();
  load.hole.heal();
  const backMs = numberIn(await subscriber.ask("quality GOOD"), "atMs") - healedAt;
  await sleep(SETTLE_MS);
  const missing = numberIn(await subscriber.ask("missing"), "missing");
  const removedAt = numberIn(await load.server.ask("remove"), "atMs");
  const badMs = numberIn(await subscriber.ask("quality BAD"), "atMs") - removedAt;
  return [
    atMost("hub: a black hole is noticed after", noticedMs / 1000, "s", 10),
    figure(`hub: after a hole of ${SHORT_HOLE_MS / 1000} s good again`, backMs / 1000, "s"),
    atMost("hub: values lost in it, of the server's queue", missing, "values", 0),
    atMost("hub: a vanished node is BAD after", badMs / 1000, "s", 1),
  ];
}
