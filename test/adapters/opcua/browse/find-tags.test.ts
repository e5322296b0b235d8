import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findTags, type Findings } from "../../../../adapters/opcua/src/browse/find-tags.ts";
import type { TagConfig } from "../../../../adapters/opcua/src/data-config.ts";
import { parseConfig } from "../../../../adapters/opcua/src/config/parse.ts";
import { loadLibrary } from "../../../../adapters/opcua/src/library.ts";
import { TestConnector } from "../../../support/opcua-connect.ts";
import { buildLine, LINE_URI } from "../../../support/opcua-line.ts";
import { SecureServer } from "../../../support/opcua-secure-server.ts";

const ROOT = `/Objects/nsu=${LINE_URI};Line1`;

async function browse(
  server: SecureServer,
  rule: object,
  more: {
    readonly keys?: object;
    readonly taken?: readonly string[];
    readonly signal?: AbortSignal;
  } = {},
): Promise<Findings> {
  await using connector = await TestConnector.create();
  const keys = { endpoint: server.endpoint, security: "none", allowNone: true };
  const opened = await connector.open(keys);
  const config = parseConfig({
    device: "cell",
    groups: { fast: { interval: "100ms" } },
    browse: [{ root: ROOT, group: "fast", ...rule }],
    ...keys,
    ...more.keys,
  });
  return await findTags({
    session: opened.session,
    server: opened.server,
    library: await loadLibrary(),
    config,
    taken: new Set(more.taken),
    signal: more.signal ?? new AbortController().signal,
  });
}

function namesOf({ tags }: Findings): readonly string[] {
  return tags.map(({ tag }) => tag.name).toSorted((a, b) => a.localeCompare(b));
}

function tagNamed({ tags }: Findings, name: string): TagConfig {
  return tags.find(({ tag }) => tag.name === name)?.tag ?? assert.fail(`no ${name}`);
}

describe("browsing an OPC UA server", { timeout: 180_000 }, () => {
  let server: SecureServer;
  before(async () => {
    server = await SecureServer.start({ build: (space) => buildLine(space) });
  });
  after(() => server[Symbol.asyncDispose]());

  it("finds all variables below the root, although the address space has cycles", async () => {
    const found = await browse(server, {});

    assert.deepEqual(found.problems, []);
    assert.equal(new Set(found.tags.map(({ nodeId }) => nodeId.toString())).size, 8);
    assert.deepEqual(
      namesOf(found).filter((name) => name.startsWith("Motor")),
      ["Motor1/_Diag/Counter", "Motor1/Speed", "Motor2/_Diag/Counter", "Motor2/Speed"],
    );
  });

  it("takes unit, range, description, names of values and access from the server", async () => {
    const found = await browse(server, {});

    assert.partialDeepStrictEqual(tagNamed(found, "Motor1/Speed"), {
      unit: "rpm",
      description: "speed of Motor1",
      rule: { euRange: [0, 3000] },
      access: "rw",
      node: { namespace: { uri: LINE_URI }, identifier: "s=Motor1.Speed" },
    });
    assert.deepEqual(
      tagNamed(found, "State").enumTexts,
      new Map([
        [0, "Off"],
        [1, "On"],
        [2, "Fault"],
      ]),
    );
    assert.equal(tagNamed(found, "Motor1/_Diag/Counter").access, "r");
    assert.equal(tagNamed(await browse(server, { access: "r" }), "Motor1/Speed").access, "r");
  });

  it("keeps to what is included and not excluded", async () => {
    const some = await browse(server, { include: ["**/Speed", "State"], exclude: ["Motor2/**"] });
    const noDiag = await browse(server, { include: ["Motor?/**"], exclude: ["**/_Diag/**"] });

    assert.deepEqual(namesOf(some), ["Motor1/Speed", "State"]);
    assert.deepEqual(namesOf(noDiag), ["Motor1/Speed", "Motor2/Speed"]);
  });

  it("goes no deeper than it may, but knows the units of what it finds there", async () => {
    const found = await browse(server, { depth: 2, include: ["Motor1/**"] });

    assert.deepEqual(namesOf(found), ["Motor1/Speed"]);
    assert.equal(tagNamed(found, "Motor1/Speed").unit, "rpm");
  });

  it("finds properties only when asked", async () => {
    const found = await browse(server, { properties: true, include: ["Motor1/Speed/*"] });

    assert.ok(namesOf(found).includes("Motor1/Speed/EURange"));
  });

  it("gives names that clash a suffix that does not depend on what else is found", async () => {
    const all = namesOf(await browse(server, {})).filter((name) => name.startsWith("Twin"));
    const few = namesOf(await browse(server, { include: ["Twin"] }));
    const taken = namesOf(await browse(server, { include: ["State"] }, { taken: ["cell/State"] }));

    assert.equal(all.length, 2);
    assert.ok(all.every((name) => /^Twin~[0-9a-f]{6}$/.test(name)));
    assert.deepEqual(few, all);
    assert.match(taken.join(), /^State~[0-9a-f]{6}$/);
  });

  it("replaces what Sparkplug and MQTT forbid, and keeps the original", async () => {
    const found = await browse(server, { include: ["Flow*"] });

    assert.deepEqual(namesOf(found), ["Flow m3_h _1_"]);
    assert.equal(found.tags[0]?.tag.originalName, "Flow m3/h #1+");
  });

  it("names tags by node id or by template", async () => {
    const byId = await browse(server, { name: "nodeId", include: ["Motor1/Speed"] });
    const byTemplate = await browse(server, { template: "A/{path}/PV", include: ["State"] });

    assert.deepEqual(namesOf(byId), ["s=Motor1.Speed"]);
    assert.deepEqual(namesOf(byTemplate), ["A/State/PV"]);
  });

  it("makes a device of each child, and names its tags from there", async () => {
    const devicesFrom = { path: ROOT, level: 1 };
    const found = await browse(server, { exclude: ["**/_Diag/**"] }, { keys: { devicesFrom } });

    const places = found.tags.map(({ tag }) => `${tag.device}: ${tag.name}`);
    assert.ok(places.includes("Motor1: Speed") && places.includes("Motor2: Speed"));
    assert.ok(places.includes("cell: State"));
  });

  it("says so when not all devices were seen: their tags would stand at another one", async () => {
    const devicesFrom = { path: ROOT, level: 1 };
    const more = { keys: { devicesFrom }, signal: AbortSignal.abort() };
    const { problems } = await browse(server, {}, more);

    assert.deepEqual(problems, [
      "devicesFrom: ended before all was seen",
      "browse[0]: ended before all was seen",
    ]);
  });

  it("never enters the Server object, unless that is the root", async () => {
    const objects = await browse(server, { root: "/Objects", maxNodes: 2_000 });
    const status = await browse(server, { root: "i=2256" });

    assert.ok(!namesOf(objects).some((name) => name.startsWith("Server/")));
    assert.ok(namesOf(objects).includes("Line1/State"));
    assert.ok(namesOf(status).includes("State"));
  });

  it("says that the root is not there, and what stands in for a cut", async () => {
    const missing = await browse(server, { root: "/Objects/2:Nowhere" });
    const elsewhere = await browse(server, { root: "nsu=urn:nobody;s=X" });
    const cut = await browse(server, { maxNodes: 5 });

    assert.match(missing.problems.join(), /does not have the root \(opcua_BadNoMatch\)/);
    assert.match(elsewhere.problems.join(), /does not have the root \(namespace_missing\)/);
    assert.match(cut.problems.join(), /more nodes than maxNodes/);
    assert.ok(cut.tags.length <= 5);
  });
});

describe("browsing an OPC UA server with small limits", { timeout: 180_000 }, () => {
  it("finds everything in calls that it takes", async () => {
    await using server = await SecureServer.start({
      build: (space) => buildLine(space, { many: 500 }),
      capabilities: {
        operationLimits: {
          maxNodesPerRead: 20,
          maxNodesPerBrowse: 3,
          maxNodesPerTranslateBrowsePathsToNodeIds: 2,
        },
      },
    });

    const found = await browse(server, {});

    assert.deepEqual(found.problems, []);
    assert.equal(found.tags.length, 508);
  });
});
