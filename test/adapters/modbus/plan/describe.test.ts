import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AdapterPlan } from "@unshub/adapter";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import { describePlan } from "../../../../adapters/modbus/src/plan/describe.ts";

const SERIAL = { framing: "rtu", port: "/dev/ttyX", baud: 9600, parity: "even", stop: 1 };

function planOf(link: object, interval: string): AdapterPlan {
  const config = parseModbusConfig(
    {
      link,
      devices: [
        {
          name: "meter",
          unit: 1,
          groups: { fast: { interval }, slow: { interval: "10s" }, once: { mode: "once" } },
          tags: [
            { name: "A", at: "hr:0/120", type: "string", group: "fast" },
            { name: "B", at: "hr:122", type: "uint16", group: "fast" },
            { name: "C", at: "hr:5", type: "uint16", group: "slow" },
            { name: "D", at: "co:3", group: "slow" },
            { name: "Serial", at: "hr:1", type: "uint16", group: "once" },
          ],
        },
      ],
    },
    { folder: "." },
  );
  return describePlan(config);
}

/** Each request of tags at these places, and how its addresses were written. */
function whatOf(addressBase: number, ...places: readonly string[]): readonly string[] {
  const tags = places.map((at, index) => ({ name: `T${index}`, at, type: "uint16" }));
  const device = { name: "d", unit: 1, addressBase, groups: { g: { interval: "1s" } }, tags };
  const config = parseModbusConfig({ link: { host: "h" }, devices: [device] }, { folder: "." });
  const [planned] = describePlan(config).links[0]?.devices ?? [];
  return (planned?.requests ?? []).map(({ what, written }) => `${what} ${written}`);
}

/** Of one text of 200 registers. */
function planOfText(more: object): AdapterPlan {
  const tags = [{ name: "Text", at: "hr:0/200", type: "string", ...more }];
  const device = { name: "d", unit: 1, groups: { g: { interval: "1s" } }, tags };
  return describePlan(parseModbusConfig({ link: SERIAL, devices: [device] }, { folder: "." }));
}

describe("the plan of a configuration", () => {
  it("names every request, its group, its interval and the bytes that no tag asked for", () => {
    const { links } = planOf({ host: "10.0.0.1" }, "1s");

    assert.deepEqual(links[0]?.devices[0]?.requests, [
      {
        what: "FC3 hr:0..122",
        group: "fast",
        intervalMs: 1000,
        tags: 3,
        bytes: 246,
        unusedBytes: 4,
      },
      { what: "FC1 co:3..3", group: "slow", intervalMs: 10_000, tags: 1, bytes: 1, unusedBytes: 0 },
      { what: "FC3 hr:1..1", group: "once", tags: 1, bytes: 2, unusedBytes: 0 },
    ]);
    assert.equal(links[0]?.requestsPerSecond, 1.1);
    assert.equal(links[0]?.busLoad, undefined);
  });

  it("shows the addresses as they were written beside those that are asked for", () => {
    assert.deepEqual(whatOf(0, "400101", "400103"), ["FC3 hr:100..102 400101..400103"]);
    assert.deepEqual(whatOf(1, "hr:101"), ["FC3 hr:100..100 hr:101"]);
    assert.deepEqual(whatOf(0, "hr:100", "hr:0x66"), ["FC3 hr:100..102 undefined"]);
  });

  it("has each request of a value that is longer than one, and counts that it is read twice", () => {
    const [once, twice] = [planOfText({}), planOfText({ consistent: true })].map(
      ({ links }) => links[0],
    );

    assert.deepEqual(
      once?.devices[0]?.requests.map(({ what, part, bytes }) => `${what}, ${part}: ${bytes}`),
      ["FC3 hr:0..124, 1 of 2: 250", "FC3 hr:125..199, 2 of 2: 150"],
    );
    assert.equal(once?.requestsPerSecond, 2);
    assert.equal(twice?.requestsPerSecond, 4);
    assert.equal((twice?.busLoad ?? 0) / (once?.busLoad ?? 1), 2);
  });

  it("says how busy a serial line will be: a warning, and more than it carries a problem, in figures", () => {
    const busy = planOf(SERIAL, "350ms");
    const tooBusy = planOf(SERIAL, "250ms");

    assert.equal(Math.round((busy.links[0]?.busLoad ?? 0) * 100), 87);
    assert.match(busy.warnings.at(-1)?.message ?? "", /busy for 87 % of the time/);
    assert.match(
      tooBusy.problems?.at(-1)?.message ?? "",
      /ask for 122 % of what the line can carry/,
    );
    assert.deepEqual([busy.problems, tooBusy.warnings], [[], []]);
    assert.equal(Math.round(busy.links[0]?.devices[0]?.requests[0]?.wireMs ?? 0), 305);
  });
});
