/**
 * Thousands of sessions over a bad network. Whatever happened, once it is quiet the picture of a host is the truth or is
 * marked stale; and once the network is well again, it is the truth.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Simulation } from "../support/sparkplug-simulation.ts";

const RUNS = Number(process.env["SIMULATION_RUNS"] ?? 400);
const FIRST = Number(process.env["SIMULATION_SEED"] ?? 1);

/** Three storms, then a long calm. */
function liveThrough(seed: number): Simulation {
  const simulation = new Simulation(seed);
  for (let round = 0; round < 3; round += 1) {
    simulation.storm(20_000);
    simulation.quiet(60_000);
    assert.deepEqual(simulation.lies(), [], `seed ${seed}, round ${round}`);
  }
  simulation.heal();
  simulation.quiet(1_200_000);
  assert.deepEqual(simulation.lies(), [], `seed ${seed}, healed`);
  assert.deepEqual(simulation.gaps(), [], `seed ${seed}, healed`);
  return simulation;
}

describe("a host's picture over a bad network", () => {
  it(`is the truth or marked stale after each of ${RUNS * 3} storms, and the truth when the network is well`, (t) => {
    let sessions = 0;
    let writes = 0;

    for (let seed = FIRST; seed < FIRST + RUNS; seed += 1) {
      const simulation = liveThrough(seed);
      sessions += simulation.sessions;
      writes += simulation.writes;
    }

    t.diagnostic(`${sessions} sessions of edge nodes, ${writes} writes that reached them`);
    assert.ok(sessions > 10 * RUNS, `only ${sessions} sessions`);
  });
});
