import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadConfig, parseConfig } from "../../../hub/src/config/index.ts";
import { checkAdapterConfig } from "../../../hub/src/supervisor/index.ts";
import { fileError, parseFile as parse } from "../../support/config-file.ts";

/** One adapter as a line of the file. */
function entry(name: string, edgeNode: string): string {
  return `  - { name: ${name}, protocol: modbus, group: g, edgeNode: ${edgeNode}, link: { framing: tcp, host: h }, devices: [] }\n`;
}

/** A strict hub with levels of its own. */
function rules(text: string): string {
  return `listeners: { mqtt: {} }\nnamespace: { sparkplug: { profile: strict, rules: { ${text} } } }\n`;
}

/** A hub with settings for Sparkplug. */
function sparkplug(text: string): string {
  return `listeners: { mqtt: {} }\nnamespace: { sparkplug: { ${text} } }\n`;
}

/** The problems of a text as `line:column message`. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const { problems = [] } = (await fileError(text)) ?? {};
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe("a configuration", () => {
  it("may be short: everything has a default, a listener left out is not opened", async () => {
    const config = await parse("listeners: { mqtt: {} }");

    assert.equal(config.hub.id, "unshub");
    assert.equal(config.hub.dataDir, "/plant/data");
    assert.deepEqual([config.listeners.ws, config.listeners.http], [undefined, undefined]);
  });

  it("sees the files that an adapter names from its own folder, not from that of the process", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "unshub-config-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, "tags"));
    writeFileSync(join(folder, "tags", "press.csv"), "name,at,type\nPressure,hr:100,float32\n");
    const device =
      "{ name: press, unit: 1, groups: { fast: { interval: 1s } }, tagFile: tags/press.csv }";
    const adapter = `{ name: a, protocol: modbus, group: g, edgeNode: e, link: { host: h }, devices: [${device}] }`;
    const text = `listeners: { mqtt: {} }\nadapters: [${adapter}]\n`;

    const config = await parseConfig(text, {
      file: join(folder, "unshub.yaml"),
      checkAdapter: checkAdapterConfig,
    });

    assert.equal(config.adapters[0]?.folder, folder);
    assert.match((await problemsOf(text)).join(), /tags\/press.csv: there is no such file/);
  });

  it("sets the level of any rule but T10, which is not for choice", async () => {
    const { namespace } = await parse(rules("S04: reject, M22: off, C05: warn"));

    assert.deepEqual(namespace.sparkplug.rules, { S04: "reject", M22: "off", C05: "warn" });
    for (const wrong of ["T10: off", "S21: warn", "S04: loud"])
      assert.equal((await problemsOf(rules(wrong))).length, 1, wrong);
  });

  it("can ask for more than the standard does, and has none of it by itself", async () => {
    const asked = "liveCertificates: { refresh: 10s }, rebirthShield: {}, ndeathTimestamp: server";

    const { namespace } = await parse(sparkplug(asked));
    const { namespace: plain } = await parse(sparkplug(""));

    assert.partialDeepStrictEqual(namespace.sparkplug, {
      liveCertificates: { refresh: 10_000 },
      rebirthShield: { window: 5000 },
      ndeathTimestamp: "server",
    });
    assert.deepEqual(Object.keys(plain.sparkplug), ["profile", "rules"]);
    for (const wrong of [
      "liveCertificates: { refresh: 10ms }",
      "liveCertificates: {}",
      "rebirthShield: { window: 1h }",
      "ndeathTimestamp: mine",
    ])
      assert.equal((await problemsOf(sparkplug(wrong))).length, 1, wrong);
  });

  it("in which nothing listens is a mistake, most likely an empty file", async () => {
    for (const text of ["", "adapters: []", "listeners: {}"]) {
      const [problem] = await problemsOf(text);
      assert.match(problem ?? "", /listeners: nothing listens: add listeners/);
    }
  });

  it("tells what no field alone can tell together with everything else", async () => {
    const text = `hub: { id: "a/b" }
listeners:
  mqtt: { host: 0.0.0.0, port: 8080 }
  http: {}
  fax: {}
adapters:
  - "text"
  - null
  - { name: .., protocol: modbus, group: g, edgeNode: e, link: { host: h, port: 99999 }, devices: [] }
`;

    const problems = await problemsOf(text);

    for (const expected of [
      /hub\.id: /,
      /listeners\.mqtt\.host: .*reached from other machines/,
      /listeners\.fax: unknown key/,
      /listeners\.http\.port: 127\.0\.0\.1:8080 is also listeners\.mqtt/,
      /7:\d+ adapters\[0\]: /,
      /8:\d+ adapters\[1\]: /,
      /9:\d+ adapters\[2\]\.name: /,
      /9:\d+ adapters\[2\]\.link\.port: /,
    ]) {
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `${expected} in ${problems.join("\n")}`,
      );
    }
  });

  it("with aliases that name nothing, or multiply without end, is told where", async () => {
    const [broken] = await problemsOf("hub:\n  id: *nope\n");
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${"bcdefgh"
      .split("")
      .map((name, at) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[at]}`).join(",")}]`)
      .join("\n")}`;

    assert.match(broken ?? "", /^2:7 .*nope/);
    assert.notEqual((await problemsOf(bomb)).length, 0);
  });

  it("opens the usual ports at 127.0.0.1 for listeners that are named", async () => {
    const { listeners } = await parse("listeners: { mqtt: {}, http: { port: 0 } }");

    assert.deepEqual(listeners.mqtt, { host: "127.0.0.1", port: 1883 });
    assert.partialDeepStrictEqual(listeners.http, { host: "127.0.0.1", port: 0, names: [] });
    assert.equal(listeners.http?.tls, undefined);
  });

  it("tells all problems at once, in the order of the file, with line, column and path", async () => {
    const text = `hub: { id: "a/b" }
listeners:
  mqtt: { prot: 1883 }
  http: { port: 70000 }
adapters:
  - { name: p, protocol: profibus, group: g, edgeNode: e }
`;

    const problems = await problemsOf(text);

    assert.equal(problems.length, 4);
    assert.match(problems[0] ?? "", /^1:8 hub\.id: .*U\+002F/);
    assert.match(
      problems[1] ?? "",
      /^3:11 listeners\.mqtt\.prot: unknown key "prot"; did you mean "port"\?/,
    );
    assert.match(problems[2] ?? "", /^4:11 listeners\.http\.port: .*65535/);
    assert.match(
      problems[3] ?? "",
      /^6:16 adapters\[0\]\.protocol: no adapter speaks "profibus"; there are: modbus, opcua/,
    );
  });

  it("tells where the YAML itself is broken", async () => {
    const problems = await problemsOf("hub:\n  id: [a\n");

    assert.match(problems[0] ?? "", /^\d+:\d+ /);
  });

  it("refuses names and edge nodes that are used twice", async () => {
    const problems = await problemsOf(
      `listeners: { mqtt: {} }\nadapters:\n${entry("p", "e")}${entry("p", "e")}`,
    );

    assert.ok(problems.some((problem) => /adapters\[1\]\.name: "p" is used twice/.test(problem)));
    assert.ok(
      problems.some((problem) =>
        /adapters\[1\]\.edgeNode: edge node "g\/e" is used twice/.test(problem),
      ),
    );
  });

  it("refuses two listeners at one port", async () => {
    const [problem] = await problemsOf("listeners:\n  mqtt: {}\n  ws: { port: 1883 }\n");

    assert.match(
      problem ?? "",
      /^3:9 listeners\.ws\.port: 127\.0\.0\.1:1883 is also listeners\.mqtt/,
    );
  });

  it("refuses anonymous access from other machines unless it is said", async () => {
    const [problem] = await problemsOf("listeners: { mqtt: { host: 0.0.0.0 } }");

    assert.match(problem ?? "", /can be reached from other machines/);
    assert.deepEqual(
      await problemsOf("listeners: { mqtt: { host: 0.0.0.0 } }\nidentity: { insecure: true }"),
      [],
    );
  });

  it("refuses an OPC UA server that anyone outside may enter, or without protection there", async () => {
    const outside = "listeners: { opcua: { host: 0.0.0.0, security: [Basic256Sha256, None] } }";

    const problems = await problemsOf(outside);

    assert.match(
      problems.join("\n"),
      /listeners\.opcua\.host: .*can be reached from other machines/,
    );
    assert.match(
      problems.join("\n"),
      /listeners\.opcua\.security\[1\]: None lets anyone read along/,
    );
    assert.deepEqual(await problemsOf(`${outside}\nidentity: { insecure: true }`), []);
    assert.deepEqual(await problemsOf("listeners: { opcua: { security: [None] } }"), []);
  });

  it("refuses policies that are broken, and fingerprints that are none", async () => {
    const problems = await problemsOf(
      "listeners: { opcua: { security: [Basic256], trust: [sha256:12] } }",
    );

    assert.match(problems.join("\n"), /listeners\.opcua\.security\[0\]/);
    assert.match(problems.join("\n"), /listeners\.opcua\.trust\[0\]: is no fingerprint/);
  });

  it("of an adapter is checked by the adapter, each problem at its line", async () => {
    const problems = await problemsOf(`listeners: { mqtt: {} }
adapters:
  - name: p
    protocol: modbus
    group: g
    edgeNode: e
    link: { framing: tcp, host: 127.0.0.1, port: 502 }
    devices:
      - name: d
        unit: 1
        groups: { fast: { interval: 1s } }
        tags:
          - { name: a, at: "hr:70000", type: int16, group: fast }
          - { name: b, at: "hr:1", type: int17, group: fast }
`);

    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? "", /^13:\d+ adapters\[0\]\.devices\[0\]\.tags\[0\]\.at: /);
    assert.match(problems[1] ?? "", /^14:\d+ adapters\[0\]\.devices\[0\]\.tags\[1\]\.type: /);
  });

  it("that is not there says so, and what to do", async () => {
    await assert.rejects(
      loadConfig("/no/such/unshub.yaml", checkAdapterConfig),
      /there is no such file; name another with -c/,
    );
  });
});

describe("the examples", () => {
  for (const file of ["examples/demo.yaml", "examples/gateway.yaml"]) {
    it(`${file} has no problems`, async () => {
      const config = await loadConfig(file, checkAdapterConfig);

      assert.notEqual(config.adapters.length, 0);
    });
  }
});
