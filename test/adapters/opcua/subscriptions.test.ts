import assert from "node:assert/strict";
import { it } from "node:test";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const GROUPS = { a: "50ms", b: "70ms", c: "110ms", d: "130ms", e: "170ms" };
const NAMES = Object.keys(GROUPS);

it(
  "five OPC UA subscriptions of one connection all go on after an outage, and each loses nothing",
  { timeout: 180_000 },
  async () => {
    await using lab = await OpcUaLab.start();
    for (const name of NAMES) lab.addDouble(name, 0);
    await using proxy = await FreezableProxy.start(lab.port);
    const groups = Object.entries(GROUPS).map(([name, interval]) => [
      name,
      { interval, sampling: "0ms", queue: 100 },
    ]);
    const tags = NAMES.map((name) => ({ name, node: labNode(name), group: name }));
    const config = {
      ...lab.config(tags, { groups: Object.fromEntries(groups), offlineGrace: "30s" }),
      endpoint: `opc.tcp://127.0.0.1:${proxy.port}`,
    };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    const toldOf = (name: string) =>
      new Set(
        run.readings(name).flatMap(({ value, quality }) => (quality === "good" ? value : [])),
      );
    const setAll = (value: number): void => {
      for (const name of NAMES) lab.setDouble(name, value);
    };

    setAll(1);
    await run.until(() => NAMES.every((name) => toldOf(name).has(1)));
    proxy.refuse();
    await run.until(() => NAMES.every((name) => run.latest(name)?.quality === "stale"));
    for (let value = 2; value <= 20; value += 1) setAll(value);
    proxy.allow();
    await run.until(() => NAMES.every((name) => toldOf(name).has(20)));
    setAll(21);
    await run.until(() => NAMES.every((name) => run.latest(name)?.value === 21));

    for (const name of NAMES) {
      const told = toldOf(name);
      const missing = Array.from({ length: 21 }, (_, at) => at + 1).filter((at) => !told.has(at));
      assert.deepEqual(missing, [], name);
    }
    assert.equal(run.counter("gaps"), 0);
    assert.equal(run.count("died"), 0);
  },
);
