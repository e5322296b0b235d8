/**
 * Every machine of the library against a simulator made of its own map, through the real adapter. That a map is the
 * machine's cannot be tested here; that every line of it can be read, decoded and written as it says, can.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onlyLink } from "../../support/modbus-config.ts";
import type { MetricValue } from "@unshub/sparkplug";
import { libraryNames } from "../../../adapters/modbus/src/library.ts";
import { courseOf } from "../../../adapters/modbus/src/simulator/course.ts";
import type { Tag } from "../../../adapters/modbus/src/tag.ts";
import { ModbusRun } from "../../support/modbus-run.ts";
import { openSimulation, type RunningSimulation } from "../../support/modbus-simulation.ts";

/** The clock of a simulation stands at its beginning. */
const BEGAN = Date.UTC(2026, 0, 1);

const deviceOf = (template: string): object => ({
  name: "machine",
  unit: 1,
  template,
  readOnly: false,
  // What a machine refuses is learnt pass by pass: quick passes, quick test.
  groups: { fast: { interval: "50ms" }, slow: { interval: "100ms" } },
});

const tagsOf = ({ config }: RunningSimulation): readonly Tag[] =>
  onlyLink(config).devices.flatMap(({ groups }) => groups.flatMap(({ tags }) => tags));

async function runOf(running: RunningSimulation, template: string): Promise<ModbusRun> {
  const run = await ModbusRun.start({
    link: { host: "127.0.0.1", port: running.port },
    devices: [deviceOf(template)],
  });
  await run.until(() => run.count("born", "machine") > 0);
  return run;
}

/** What the simulated machine shows, as exactly as its registers hold it. */
function shownBy(tag: Tag): MetricValue {
  const value = courseOf(tag)(0, BEGAN);
  return tag.type === "float32" && typeof value === "number" ? Math.fround(value) : value;
}

/** As adapters publish them: small integers may be bigints of a 64-bit datatype. */
const plain = (value: MetricValue | undefined): MetricValue | undefined =>
  typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;

describe("the library of machines", { timeout: 180_000 }, () => {
  it("has at least ten, meters and drives", () => {
    assert.ok(libraryNames().length >= 10);
  });

  for (const name of libraryNames()) {
    it(`reads every tag of ${name} as the machine shows it`, async () => {
      await using running = await openSimulation({ devices: [deviceOf(name)] });
      await using run = await runOf(running, name);

      const readable = tagsOf(running).filter(({ access }) => access !== "w");
      const isGood = (tag: Tag): boolean =>
        run.readings("machine", tag.name).some(({ quality }) => quality === "good");
      await run.until(() => readable.every(isGood));

      const seen = readable.map((tag) => {
        const good = run
          .readings("machine", tag.name)
          .findLast(({ quality }) => quality === "good");
        return [tag.name, plain(good?.value)];
      });
      assert.deepEqual(
        seen,
        readable.map((tag) => [tag.name, plain(shownBy(tag))]),
      );
    });
  }
});

describe("what can be written of a machine of the library", { timeout: 180_000 }, () => {
  const WRITABLE = ["abb-drives-profile", "delta-vfd", "schneider-altivar"];

  for (const name of WRITABLE) {
    it(`${name} takes every command that its file allows`, async () => {
      await using running = await openSimulation({ devices: [deviceOf(name)] });
      await using run = await runOf(running, name);
      const writable = tagsOf(running).filter((tag) => tag.writable);

      const outcomes = [];
      for (const tag of writable) {
        const { outcome } = await run.write("machine", tag.name, 7);
        outcomes.push([tag.name, outcome]);
      }

      assert.notEqual(writable.length, 0);
      assert.deepEqual(
        outcomes,
        writable.map(({ name: tag, verify, access }) => [
          tag,
          verify === "none" || access === "w" ? "ok_unverified" : "ok",
        ]),
      );
    });
  }

  it("is no more than that: the others can only be read", async () => {
    for (const name of libraryNames().filter((each) => !WRITABLE.includes(each))) {
      await using running = await openSimulation({ devices: [deviceOf(name)] });
      assert.deepEqual(
        tagsOf(running).filter(({ access }) => access !== "r"),
        [],
        name,
      );
    }
  });
});
