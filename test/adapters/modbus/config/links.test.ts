import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, describeProblem } from "@unshub/adapter";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import { describePlan } from "../../../../adapters/modbus/src/plan/index.ts";
import { linkName } from "../../../../adapters/modbus/src/wire/link-config.ts";

const PLACE = { folder: "." };

function device(name: string, fields: object = {}): object {
  const tags = [{ name: "Speed", at: "hr:1", type: "float32", group: "fast" }];
  return { name, unit: 1, groups: { fast: { interval: "1s" } }, tags, ...fields };
}

function link(host: string, ...devices: readonly object[]): object {
  return { link: { host }, devices };
}

function problemsOf(entry: unknown): readonly string[] {
  try {
    parseModbusConfig(entry, PLACE);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(describeProblem);
  }
  return [];
}

describe("a Modbus entry with several links", () => {
  it("gives each link its own devices, and all of them the defaults of the entry", () => {
    const entry = {
      defaults: { byteOrder: "CDAB", offlineAfter: 7 },
      links: [
        link("10.0.0.1", device("a")),
        { ...link("10.0.0.2", device("b")), defaults: { offlineAfter: 9 } },
      ],
    };

    const { links } = parseModbusConfig(entry, PLACE);

    assert.deepEqual(
      links.map(({ path, link: found, devices }) => ({
        path,
        name: linkName(found),
        devices: devices.map(({ name, offlineAfter }) => [name, offlineAfter]),
        orders: devices.map(({ groups }) => groups[0]?.tags[0]?.byteOrder),
      })),
      [
        { path: ["links", 0], name: "10.0.0.1:502", devices: [["a", 7]], orders: ["CDAB"] },
        { path: ["links", 1], name: "10.0.0.2:502", devices: [["b", 9]], orders: ["CDAB"] },
      ],
    );
  });

  it("says the problems of all links at once, each with its place", () => {
    const entry = {
      defaults: { byteOrdr: "CDAB" },
      links: [
        { link: { hots: "10.0.0.1" }, devices: [device("a", { unit: 256 })] },
        { link: { host: "10.0.0.2" } },
        link("10.0.0.3", device("a")),
      ],
    };

    const problems = problemsOf(entry).join("\n");

    assert.match(problems, /^defaults.*byteOrdr/m);
    assert.match(problems, /^links\[0\]\.link.*hots/m);
    assert.match(problems, /^links\[0\]\.devices\[0\]\.unit: /m);
    assert.match(problems, /^links\[1\]\.devices: /m);
    assert.match(problems, /^links\[2\]\.devices\[0\]\.name: "a" is also the name/m);
  });

  it("has links or one link, not both", () => {
    const entry = { ...link("10.0.0.1", device("a")), links: [link("10.0.0.2", device("b"))] };

    assert.match(problemsOf(entry).join("\n"), /link/);
    assert.match(problemsOf({ links: [] }).join("\n"), /links: needs at least one link/);
    assert.match(problemsOf({ links: "10.0.0.1" }).join("\n"), /links: /);
  });

  it("warns of two links to one address, and tells them apart", () => {
    const entry = { links: [link("plc", device("a")), link("plc", device("b"))] };

    const { links, warnings } = parseModbusConfig(entry, PLACE);

    assert.deepEqual(
      links.map((linked) => linkName(linked.link)),
      ["plc:502", "plc:502 (2)"],
    );
    assert.match(warnings.map(describeProblem).join(), /links\[1\]\.link: another link .*plc:502/);
  });

  it("is planned link by link", () => {
    const busy = { framing: "rtu", port: "/dev/ttyS0", baud: 300 };
    const entry = {
      links: [link("10.0.0.1", device("a")), { link: busy, devices: [device("b")] }],
    };

    const plan = describePlan(parseModbusConfig(entry, PLACE));

    assert.deepEqual(
      plan.links.map(({ name, devices }) => [name, devices.map(({ deviceId }) => deviceId)]),
      [
        ["10.0.0.1:502", ["a"]],
        ["/dev/ttyS0", ["b"]],
      ],
    );
    const said = [...plan.warnings, ...(plan.problems ?? [])].map(describeProblem).join();
    assert.match(said, /links\[1\]\.link: /);
  });
});
