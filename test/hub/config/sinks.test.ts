import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import { fileError, parseFile } from "../../support/config-file.ts";

const LISTENS = "listeners: { mqtt: {} }\n";
const parse = (sinks: string) => parseFile(LISTENS + sinks);

async function problemsOf(sinks: string): Promise<string> {
  return (await fileError(LISTENS + sinks))?.message ?? "";
}

const PG = "{ name: a, type: postgresql, url: postgres://db:5432/plant";

describe("the section sinks", () => {
  it("keeps the order of arrival longer when there are any, unless told otherwise", async () => {
    const without = await parse("");
    const withSink = await parse(`sinks: [${PG} }]`);
    const told = await parse(`history: { replay: { keep: 2h } }\nsinks: [${PG} }]`);

    assert.deepEqual(
      [without, withSink, told].map(({ history }) => history.replay),
      [
        { keep: 3_600_000, maxSize: 256 * 1024 ** 2 },
        { keep: 4 * 86_400_000, maxSize: 4 * 1024 ** 3 },
        { keep: 7_200_000, maxSize: 4 * 1024 ** 3 },
      ],
    );
    assert.deepEqual(without.sinks, []);
  });

  it("lets messages be carried on where no value is recorded", async () => {
    const link = "{ name: a, type: sparkplug, url: mqtt://far:1883 }";
    const { sinks, history } = await parse(
      `history: { record: false }\nreplay: { sparkplug: {} }\nsinks: [${link}]`,
    );

    assert.partialDeepStrictEqual(sinks, [{ type: "sparkplug", filter: ["#"], begin: "now" }]);
    assert.equal(history.replay.keep, 3_600_000);
  });

  it("shows no secret, whoever looks at it", async () => {
    const { sinks } = await parse(`sinks: [${PG}, user: u, password: geheim }]`);

    assert.doesNotMatch(`${inspect(sinks, { depth: 9 })}${JSON.stringify(sinks)}`, /geheim/);
  });

  const wrong: readonly (readonly [what: string, yaml: string, says: RegExp])[] = [
    [
      "RPC for somebody who is neither user nor token",
      "{ name: a, type: thingsboard, url: mqtt://x, token: t, rpc: { as: ann } }",
      /sinks\[0\]\.rpc\.as: write user:NAME or token:NAME/,
    ],
    ["an unknown type", "{ name: a, type: oracle, url: x }", /sinks\[0\]\.type.*/],
    [
      "messages that are not kept",
      "{ name: a, type: sparkplug, url: mqtt://far:1883 }",
      /sinks\[0\]\.type.*replay\.sparkplug.*replay: \{ sparkplug: \{\} \}/,
    ],
    ["an unknown key", `${PG}, pasword: x }`, /unknown key "pasword"; did you mean "password"/],
    [
      "a name that is no file name",
      "{ name: ../x, type: mqtt, url: mqtt://x }",
      /sinks\[0\]\.name/,
    ],
    [
      "an address of another kind",
      "{ name: a, type: mqtt, url: http://x }",
      /"http:" is no address like mqtt:/,
    ],
    [
      "a password in an address",
      "{ name: a, type: postgresql, url: postgres://u:geheim@db/plant }",
      /holds a user or a password/,
    ],
    ["a filter that is none", `${PG}, filter: [a/#/b] }`, /"a\/#\/b" is not a filter/],
    [
      "an interface without what it needs",
      "{ name: a, type: line-protocol, url: http://x, api: v2, database: d }",
      /org: is missing; api v2 needs.*[^]*database: is of api v1/,
    ],
    ["a time out of range", `${PG}, every: 1h }`, /every: must be 10ms to 1m/],
    ["a half reference", `${PG}, password: "\${env:}" }`, /a reference to a secret is/],
  ];
  for (const [what, yaml, says] of wrong) {
    it(`refuses ${what}`, async () => {
      const problems = await problemsOf(`sinks:\n  - ${yaml}\n`);

      assert.match(problems, says);
      assert.match(problems, /unshub\.yaml:\d+:\d+/);
      assert.doesNotMatch(problems, /geheim/);
    });
  }

  it("refuses a name twice, also when only case differs: each has files of its own", async () => {
    const problems = await problemsOf(`sinks: [${PG} }, ${PG.replace("name: a", "name: A")} }]`);

    assert.match(problems, /sinks\[1\]\.name: "a" is used twice/);
  });

  it("refuses sinks where nothing is recorded, and takes them where a rule records something", async () => {
    const rules = '{ record: false, rules: [{ filter: "a/#" }] }';

    assert.match(
      await problemsOf(`history: { record: false }\nsinks: [${PG} }]`),
      /sinks carry what the history records/,
    );
    assert.equal(await problemsOf(`history: ${rules}\nsinks: [${PG} }]`), "");
  });

  it("takes every type with the keys that the documentation names", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/sinks.md"), "utf8");
    const config = await parse(`sinks:
  - { name: a, type: line-protocol, url: https://x, api: v1, database: d, retentionPolicy: r, user: u, password: p, measurement: m, row: device, gzip: false }
  - { name: b, type: line-protocol, url: https://x, api: v3, database: d, token: t }
  - { name: c, type: postgresql, url: postgres://x/d, user: u, password: p, tls: true, schema: s }
  - { name: d, type: clickhouse, url: http://x, user: u, password: p, database: d, table: t }
  - { name: e, type: mqtt, url: mqtts://x, user: u, password: p, clientId: c, version: 3, prefix: a/b, retain: false, begin: oldest }
  - { name: f, type: nats, url: nats://x, token: t, stream: S, subject: a.b }
  - { name: g, type: kafka, brokers: ["k:9092"], topic: t, user: u, password: p, mechanism: SCRAM-SHA-256, tls: true }
  - { name: h, type: mongodb, url: mongodb://x, user: u, password: p, database: d, collection: c }
  - { name: i, type: thingsboard, url: mqtt://x, token: t, filter: ["#"], rows: 10, every: 50ms, retryAfter: 1s, retryAtMost: 5m, timeout: 5s, deadLetters: 0, rpc: { as: "user:ann" } }
`);

    const keys = new Set(config.sinks.flatMap((sink) => Object.keys(sink)));
    const [, example = ""] = /```yaml\n(sinks:[^`]+)```/.exec(page) ?? [];
    const shown = await parse(example);

    assert.deepEqual(
      [...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(page)),
      [],
    );
    assert.equal(shown.sinks[0]?.type, "line-protocol");
  });
});
