/** `unshub host` over a bad network: what its tree shows as live is the truth once it is quiet. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostOverMqtt } from "../../../hub/src/namespace/index.ts";
import type { UnsTree } from "../../../hub/src/tree/index.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";
import { Simulation, type OpenWitness } from "../../support/sparkplug-simulation.ts";

const RUNS = Number(process.env["SIMULATION_RUNS"] ?? 50);
const FIRST = Number(process.env["SIMULATION_SEED"] ?? 1);

/** The good metrics of each member of an edge node that is online. */
function shownBy(tree: UnsTree, edgeId: string) {
  const row = tree.find(`g/${edgeId}`);
  if (row === undefined) return [];
  const devices = [...tree.rows.children(row)].filter((id) => tree.rows.kind(id) === "device");
  const live = [row, ...devices].filter((id) => tree.state(id) === "online");
  return live.map((member) => {
    const isNode = member === row;
    const metrics = [...tree.rows.children(member)]
      .map((id) => tree.metric(id))
      .filter((metric) => metric?.quality === "good");
    const values = metrics.map((each): [string, unknown] => [each?.info.name ?? "", each?.value]);
    return [isNode ? undefined : tree.rows.name(member), new Map(values)] as const;
  });
}

const openWitness: OpenWitness = (connector, clock, random) => {
  const host = new HostOverMqtt({
    hostId: "w",
    clientId: "w",
    server: "a",
    connector,
    clock,
    random,
    mqttVersion: "5",
    keepAliveSeconds: 30,
    legacyState: "off",
    reorderTimeoutMs: 2000,
    certificates: false,
    log: SILENT_LOG,
    tell: () => undefined,
  });
  host.start();
  return { shown: (edgeId) => shownBy(host.tree, edgeId) };
};

/** Three storms, then a long calm. */
function liveThrough(seed: number): void {
  const simulation = new Simulation(seed, openWitness);
  for (let round = 0; round < 3; round += 1) {
    simulation.storm(20_000);
    simulation.quiet(60_000);
    assert.deepEqual(simulation.witnessLies(), [], `seed ${seed}, round ${round}`);
  }
  simulation.heal();
  simulation.quiet(1_200_000);
  assert.deepEqual(simulation.witnessLies(), [], `seed ${seed}, healed`);
  assert.deepEqual(simulation.witnessGaps(), [], `seed ${seed}, healed`);
}

describe("the tree of unshub host over a bad network", () => {
  it(`shows nothing as live that is not so after each of ${RUNS * 3} storms, and all that lives when the network is well`, () => {
    for (let seed = FIRST; seed < FIRST + RUNS; seed += 1) liveThrough(seed);
  });
});
