import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { ConfigError, describeProblem } from "@unshub/adapter";
import opcua from "@unshub/adapter-opcua";
import { parseConfig } from "../../../adapters/opcua/src/config/parse.ts";
import { TAG_TABLES } from "../../../adapters/opcua/src/config/tag-table.ts";
import { problemsIn } from "../../support/config-problems.ts";

const TAG = { name: "Speed", node: "ns=2;s=Speed", group: "fast" };
const ENTRY = {
  endpoint: "opc.tcp://10.0.1.50:4840",
  security: "none",
  allowNone: true,
  device: "cell",
  groups: { fast: { interval: "250ms" }, slow: { interval: "2s", sampling: "100ms" } },
  tags: [TAG],
};

/** All problems of an entry, each as one line. */
function problemsOf(entry: unknown): readonly string[] {
  return problemsIn(() => opcua.parseConfig(entry));
}

/** What a table says, with the entry around it. */
function withTable(table: string, entry: object): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "unshub-tags-"));
  try {
    writeFileSync(join(folder, "line1.csv"), table);
    return parseConfig({ ...entry, tagFile: "line1.csv" }, { folder }).tags.map(({ name }) => name);
  } catch (cause) {
    assert.ok(cause instanceof ConfigError);
    return cause.problems.map(describeProblem);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the configuration of an OPC UA adapter", () => {
  it("is encrypted, anonymous, read only and samples twice per interval unless it says otherwise", () => {
    const { security: _, ...entry } = ENTRY;
    const config = opcua.parseConfig(entry);

    assert.deepEqual(config.security, { kind: "auto" });
    assert.deepEqual(config.identity, { kind: "anonymous" });
    assert.equal(config.readOnly, true);
    assert.equal(config.offlineGraceMs, 10_000);
    assert.partialDeepStrictEqual(config.groups.get("fast"), { samplingMs: 125, queue: 10 });
    assert.partialDeepStrictEqual(config.groups.get("slow"), { samplingMs: 100, queue: 20 });
    assert.equal(config.tags[0]?.access, "r");
    assert.equal(config.tags[0]?.device, "cell");
  });

  it("shows all its problems at once, with their paths", () => {
    const problems = problemsOf({
      endpoint: "http://10.0.1.50",
      security: "none",
      device: "a/b",
      offlineGrace: "soon",
      groups: { fast: { interval: "250ms", sampeling: "1s" } },
      tags: [
        { name: "Speed", node: "Speed", group: "fast" },
        { name: "Speed", node: "i=99999999999", group: "slow", writeRange: [0, 1] },
      ],
      browse: [{ root: "Objects", group: "none", name: "{x}" }],
      trust: ["sha1:00"],
      waive: ["everything"],
      events: [{ minSeverity: 2000 }],
      methods: [{ name: "Reset", object: "i=1" }],
    });

    const paths = problems.map((line) => line.split(":")[0] ?? "");
    const sorted = paths.toSorted((a, b) => a.localeCompare(b));
    assert.deepEqual(sorted, [
      "browse[0].group",
      "browse[0].name",
      "browse[0].root",
      "device",
      "endpoint",
      "events[0].minSeverity",
      "groups.fast.sampeling",
      "methods[0].method",
      "offlineGrace",
      "security",
      "tags[0].node",
      "tags[1].group",
      "tags[1].name",
      "tags[1].node",
      "trust[0]",
      "waive[0]",
    ]);
  });

  it("names the key that was meant", () => {
    const problems = problemsOf({
      ...ENTRY,
      trustOnFirstUs: true,
      tags: [{ ...TAG, acess: "rw" }],
    });

    assert.match(problems.join("\n"), /^trustOnFirstUs: .*did you mean "trustOnFirstUse"/m);
    assert.match(problems.join("\n"), /^tags\[0\]\.acess: .*did you mean "access"/m);
  });

  it("needs an address, a device and something to read", () => {
    const problems = problemsOf({ groups: {}, security: "auto" });

    const paths = new Set(problems.map((line) => line.split(":")[0]));
    assert.deepEqual(paths, new Set(["device", "endpoint", "tags"]));
  });

  it("takes one endpoint or several", () => {
    const { endpoint, ...rest } = ENTRY;
    const endpoints = [endpoint, "opc.tcp://10.0.1.51:4840"];

    assert.deepEqual(opcua.parseConfig({ ...rest, endpoints }).endpoints, endpoints);
    assert.match(problemsOf({ ...ENTRY, endpoints }).join(), /^endpoints: stands beside endpoint/);
  });

  it("takes the limits of a tag, in their order, from tables too", () => {
    const tags = [{ ...TAG, lowLimit: 5, highLimit: 3 }];
    const [problem] = problemsOf({ ...ENTRY, tags });

    assert.equal(problem, "tags[0].lowLimit: 5 is above highLimit, which is 3");
    const { tags: rows, problems } = TAG_TABLES.read("name,node,lowLimit,highLimit\nA,i=1,-1,3");
    assert.deepEqual(problems, []);
    assert.partialDeepStrictEqual(rows[0]?.fields, { lowLimit: -1, highLimit: 3 });
  });

  it("refuses writeRange for a tag that is not written, and one that is upside down", () => {
    const unused = problemsOf({ ...ENTRY, tags: [{ ...TAG, writeRange: [0, 1] }] });
    const turned = problemsOf({ ...ENTRY, tags: [{ ...TAG, access: "rw", writeRange: [1, 0] }] });

    assert.deepEqual(unused, ["tags[0].writeRange: has no effect without access: rw"]);
    assert.deepEqual(turned, ["tags[0].writeRange: the first number is the smaller one"]);
  });

  it("takes the same node under two names, and the same name in two devices", () => {
    const tags = [TAG, { ...TAG, name: "Tempo" }, { ...TAG, device: "other" }];

    assert.deepEqual(problemsOf({ ...ENTRY, tags }), []);
  });

  it("finds tags by path, with namespaces by index or URI", () => {
    const node = "/Objects/2:Line1/nsu=http://maker.com/UA/;Motor&/1/Speed";
    const [tag] = opcua.parseConfig({ ...ENTRY, tags: [{ ...TAG, node }] }).tags;

    assert.deepEqual(tag?.node, {
      path: [
        { namespace: { index: 0 }, name: "Objects" },
        { namespace: { index: 2 }, name: "Line1" },
        { namespace: { uri: "http://maker.com/UA/" }, name: "Motor/1" },
        { namespace: { index: 0 }, name: "Speed" },
      ],
    });
    assert.match(problemsOf({ ...ENTRY, tags: [{ ...TAG, node: "/Objects//X" }] }).join(), /node/);
  });
});

describe("the protection of an OPC UA connection", () => {
  it("is never left out by itself", () => {
    assert.match(problemsOf({ ...ENTRY, allowNone: false })[0] ?? "", /allowNone: true/);
  });

  it("is the one that is named, broken ones only when that was said twice", () => {
    const sound = { policy: "Basic256Sha256", mode: "SignAndEncrypt" };
    const broken = { policy: "Basic128Rsa15", mode: "Sign" };

    assert.deepEqual(opcua.parseConfig({ ...ENTRY, security: sound }).security, {
      kind: "named",
      ...sound,
    });
    assert.match(problemsOf({ ...ENTRY, security: broken }).join(), /allowDeprecated: true/);
    assert.deepEqual(problemsOf({ ...ENTRY, security: broken, allowDeprecated: true }), []);
    assert.match(
      problemsOf({ ...ENTRY, security: { ...sound, policy: "AES" } }).join(),
      /security/,
    );
  });

  it("pins fingerprints however they are written", () => {
    const plain = "0123456789abcdef".repeat(4);
    const colons = plain.toUpperCase().replaceAll(/..(?=.)/g, "$&:");

    const { trust } = opcua.parseConfig({ ...ENTRY, trust: [`sha256:${plain}`, colons] });

    assert.deepEqual(trust.fingerprints, [plain, plain]);
    assert.match(
      problemsOf({ ...ENTRY, trust: [plain], trustOnFirstUse: true }).join(),
      /^trustOnFirstUse: /,
    );
  });

  it("never shows the password, not even when everything is printed", () => {
    const identity = { user: "hub", password: "geheim" };

    const config = opcua.parseConfig({ ...ENTRY, identity });

    assert.doesNotMatch(inspect(config, { depth: 9 }) + JSON.stringify(config), /geheim/);
    assert.doesNotMatch(problemsOf({ ...ENTRY, identity, device: "a/b" }).join(), /geheim/);
  });
});

describe("a table of OPC UA tags", () => {
  const { tags: _, ...entry } = ENTRY;

  it("gives tags, whatever the spreadsheet wrote between the cells", () => {
    const table = "name;node;group;access;writeRange\nSpeed;ns=2;s=Speed";
    const quoted = 'Name;Node;Group;Access;writeRange\r\nSpeed;"ns=2;s=Speed";fast;rw;0..9\r\n';

    assert.match(withTable(table, entry).join(), /line1\.csv:2: has \d cells|node/);
    assert.deepEqual(withTable(quoted, entry), ["Speed"]);
  });

  it("tells its problems by line and column, together with all others", () => {
    const table =
      "name,node,group,queue\nSpeed,Speed,fast,10\nTorque,i=1,quick,many\nSpeed,i=2,fast,\n";

    assert.deepEqual(withTable(table, { ...entry, readOnly: "no" }), [
      'readOnly: Invalid input: expected boolean, received string; found "no"',
      'tagFile: line1.csv:3: queue: "many" is not a number with a point, e.g. 0.1',
      'tagFile: line1.csv:2: node: "Speed" is no node id; write e.g. nsu=urn:my-plc;s=Line1.Speed or ns=2;i=4711',
      'tagFile: line1.csv:4: name: "Speed" is already the name of line1.csv:2',
    ]);
  });

  it("that is not there is a problem of the entry", () => {
    const problems = problemsOf({ ...entry, tagFile: "/nowhere/line1.csv" });

    assert.deepEqual(problems, ["tagFile: /nowhere/line1.csv: there is no such file"]);
  });
});
