/** What is shipped for Prometheus and Grafana names metrics that a running hub has. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startTestHub } from "./support/hub.ts";
import { SKIP_WITHOUT_PROMTOOL } from "./support/promtool.ts";

const DEPLOY = join(import.meta.dirname, "../deploy");
const RULES = join(DEPLOY, "prometheus/unshub.rules.yml");
const DASHBOARDS = readdirSync(join(DEPLOY, "grafana")).map((file) =>
  join(DEPLOY, "grafana", file),
);

describe("what is shipped for monitoring", { timeout: 180_000 }, () => {
  it("names only metrics that a running hub has", async (t) => {
    const { httpPort } = await startTestHub(t);
    const answer = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
    const types = (await answer.text()).matchAll(/^# TYPE (\S+) /gm);
    const known = new Set(Array.from(types, ([, name]) => name));

    for (const file of [RULES, ...DASHBOARDS]) {
      const named = new Set(
        readFileSync(file, "utf8").match(/\b(?:unshub|process|nodejs)_[a-z0-9_]+/g),
      );
      assert.ok(named.size >= 6, file);
      assert.deepEqual(
        [...named].filter((name) => !known.has(name)),
        [],
        file,
      );
    }
  });

  it("has dashboards that are JSON, each panel with a question", () => {
    for (const file of DASHBOARDS) {
      const { panels }: { panels: { targets: { expr: string }[] }[] } = JSON.parse(
        readFileSync(file, "utf8"),
      );
      assert.ok(panels.length >= 6 && panels.every(({ targets }) => targets[0]?.expr), file);
    }
  });

  it("has rules that Prometheus takes", { skip: SKIP_WITHOUT_PROMTOOL }, () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", RULES], {
      encoding: "utf8",
    });

    assert.equal(status, 0, `${stdout}${stderr}`);
  });
});
