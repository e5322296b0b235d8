import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProblem } from "@unshub/adapter";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import { describePlan } from "../../../../adapters/modbus/src/plan/index.ts";
import { peersOf } from "../../../../adapters/modbus/src/plan/peers.ts";
import { linkName } from "../../../../adapters/modbus/src/wire/link-config.ts";
import { problemsIn } from "../../../support/config-problems.ts";

const PLACE = { folder: "." };

function device(name: string, fields: object = {}): object {
  const tags = [{ name: "Speed", at: "hr:1", type: "float32", group: "fast" }];
  return { name, unit: 1, groups: { fast: { interval: "1s" } }, tags, ...fields };
}

function link(host: string, ...devices: readonly object[]): object {
  return { link: { host }, devices };
}

function problemsOf(entry: unknown): readonly string[] {
  return problemsIn(() => parseModbusConfig(entry, PLACE));
}

/** A link to one address, and how many connections it says that this takes. */
function to(maxConnections: number | undefined, name: string): object {
  const more = maxConnections === undefined ? {} : { maxConnections };
  return { link: { host: "plc", ...more }, devices: [device(name)] };
}

function warningsOf(...links: readonly object[]): string {
  return parseModbusConfig({ links }, PLACE).warnings.map(describeProblem).join("\n");
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

  it("says how many connections a device takes, and warns of more links than that", () => {
    assert.equal(warningsOf(to(2, "a"), to(undefined, "b")), "");
    assert.match(
      warningsOf(to(2, "a"), to(4, "b"), to(undefined, "c")),
      /^links\[2\]\.link: 3 links of this entry go to plc:502, which takes 2 connections/,
    );
    assert.match(warningsOf(to(1, "a"), to(1, "b")), /which takes 1 connection .*: shared/);
    assert.match(problemsOf({ links: [to(0, "a")] }).join(), /maxConnections/);
  });

  it("may share one connection: then it is one link with the devices of all, each at its place", () => {
    const shared = (name: string, unit: number, more: object = {}): object => ({
      link: { host: "plc", connection: "shared", ...more },
      devices: [{ ...device(name), unit }],
    });
    const own = { link: { host: "plc", maxConnections: 2 }, devices: [device("c")] };

    const links = [shared("a", 1, { pauseAfterConnect: "1s" }), own, shared("b", 2)];
    const config = parseModbusConfig({ links }, PLACE);
    const differing = problemsOf({ links: [shared("a", 1), shared("b", 2, { maxInFlight: 4 })] });

    assert.deepEqual(
      config.links.map(({ devices }) => devices.map(({ name }) => name)),
      [["a", "b"], ["c"]],
    );
    assert.equal(config.links[0]?.link.pauseAfterConnectMs, 1000);
    assert.deepEqual(config.warnings, []);
    assert.deepEqual(
      peersOf(config).flatMap(({ name, path }) =>
        name.startsWith("unit") ? [`${name}: ${path.join(".")}`] : [],
      ),
      [
        "unit 1 at plc:502: links.0.devices.0",
        "unit 2 at plc:502: links.2.devices.0",
        "unit 1 at plc:502: links.1.devices.0",
      ],
    );
    assert.match(
      differing.join(),
      /^links\[1\]\.link: shares the connection.*plc:502.*maxInFlight/,
    );
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
