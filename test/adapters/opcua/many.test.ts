import assert from "node:assert/strict";
import { it } from "node:test";
import { TIMES } from "../../../adapters/opcua/src/recover/recovery.ts";
import { labNode } from "../../support/opcua-lab.ts";
import { startLabApart } from "../../support/opcua-lab-apart.ts";
import { OpcUaRun } from "../../support/opcua-run.ts";

const COUNT = 50_000;
/** As in a plant, but for a machine that has no time for so many: a late answer is no dead server. */
const PATIENT = {
  times: { ...TIMES, watch: { ...TIMES.watch, withinMs: 60_000 }, readyWithinMs: 600_000 },
  keepAliveMs: 30_000,
  maxItems: 5_000,
};

it(
  "50 000 items of one OPC UA server are all born good, and none of them stays silent",
  { timeout: 600_000 },
  async () => {
    await using server = await startLabApart(COUNT, 30_000);
    const names = Array.from({ length: COUNT }, (_, index) => `N${index}`);
    const config = {
      endpoint: `opc.tcp://127.0.0.1:${server.port}`,
      security: "none",
      allowNone: true,
      device: "lab",
      describeTags: false,
      groups: { all: { interval: "1s", sampling: "500ms" } },
      tags: names.map((name) => ({ name, node: labNode(name), group: "all" })),
    };
    await using run = await OpcUaRun.start(config, PATIENT);
    await run.until(() => run.count("born") === 1);
    const [birth] = run.events.splice(0);
    assert.ok(birth?.kind === "born");
    const good = birth.metrics.filter(
      ({ name, quality }) => /^N\d/.test(name) && quality === "good",
    );
    assert.equal(good.length, COUNT);

    const silent = new Set(names);
    await run.until(() => {
      for (const event of run.events.splice(0)) {
        assert.ok(event.kind === "changed");
        for (const { name, quality } of event.readings) if (quality === "good") silent.delete(name);
      }
      return silent.size === 0;
    });

    assert.equal(run.counter("connections"), 1);
  },
);
