/** Secrets that stand in a configuration: shown as marks, and back again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import {
  marksIn,
  valueWithoutSecrets,
  withoutSecrets,
  withSecretsOf,
} from "../../../hub/src/config/index.ts";
import { sinksSection } from "../../../hub/src/sinks/config/index.ts";
import { adapterProtocols, loadAdapter } from "../../../hub/src/supervisor/index.ts";

const TEXT = `hub: { dataDir: data } # hunter2 is no secret here
adapters:
  - name: press
    protocol: opcua
    login: { user: maria, password: 'it''s hunter2' } # comment stays
  - name: paint
    login: { user: olga, password: "\${env:PAINT}" }
    password: |
      several
      lines
  - name: saw
    login: { user: eva, password: *shared, token: 1234 }
x: &shared plain-secret
sinks:
  - name: influx
    token: plain-token
`.replace(/^x: .*\n/m, "");
const ALIASED = TEXT.replace("hub: ", "x: &shared plain-secret\nhub: ");
const SECRETS = ["it's hunter2", "several", "1234", "plain-secret", "plain-token"];

function entry(name: string, host: string, password: string): string {
  return `  - { name: ${name}, edgeNode: gw-${host}, endpoint: "opc.tcp://${host}", login: { user: m, password: ${password} } }\n`;
}

describe("secrets that stand in the text of a configuration", () => {
  it("give way to marks, whatever way they are written, and nothing else does", () => {
    const shown = withoutSecrets(ALIASED);

    assert.deepEqual(
      SECRETS.filter((secret) => shown.includes(secret)),
      [],
    );
    assert.match(shown, /dataDir: data \} # hunter2 is no secret here/);
    assert.match(shown, /password: "\$\{kept\}" \} # comment stays/);
    assert.match(shown, /password: "\$\{env:PAINT\}"/);
    assert.match(shown, /x: &shared "\$\{kept\}"/);
    assert.equal(withoutSecrets(shown), shown);
    assert.equal(withoutSecrets("hub: {}\n"), "hub: {}\n");
  });

  it("come back where the marks come back, also of an entry that has another name or place", () => {
    const shown = withoutSecrets(ALIASED);
    const moved = withoutSecrets(TEXT.replace("*shared", "x")).replace(
      "adapters:",
      "adapters:\n  - name: first",
    );

    assert.deepEqual(parse(withSecretsOf(shown, ALIASED)), parse(ALIASED));
    const renamed = withSecretsOf(shown.replace("name: press", "name: press-2"), ALIASED);
    assert.match(renamed, /name: press-2\n    protocol: opcua\n    login: .*it's hunter2/);
    assert.match(withSecretsOf(moved, ALIASED), /user: maria, password: "it's hunter2"/);
  });

  it("are those of their own place only: a mark in another one stays, for the schema to refuse", () => {
    const elsewhere = 'adapters:\n  - name: new\n    login: { password: "${kept}" }\n';
    const noSecret = 'adapters:\n  - name: press\n    about: "${kept}"\n';

    assert.equal(withSecretsOf(elsewhere, ALIASED), elsewhere);
    assert.equal(withSecretsOf(noSecret, ALIASED), noSecret);
    assert.equal(withSecretsOf(elsewhere, "a: [broken"), elsewhere);
  });

  it("of an entry that goes are not given to the one that is given its name", () => {
    const before = `adapters:\n${entry("a", "a", "of-a")}${entry("b", "b", "of-b")}`;
    const shown = withoutSecrets(before);
    const [head = "", a = "", b = ""] = shown.split(/(?<=\n)/);
    const kept = (text: string) => [...withSecretsOf(text, before).matchAll(/of-[ab]/g)].flat();

    const taken = head + b.replace("name: b", "name: a");
    const changed = taken.replace("opc.tcp://b", "opc.tcp://new");
    const swapped = head + a.replace("name: a", "name: b") + b.replace("name: b", "name: a");

    for (const text of [taken, changed, swapped]) assert.deepEqual(kept(text), [], text);
    assert.deepEqual(marksIn(withSecretsOf(taken, before)), ["adapters[a].login.password"]);
    assert.deepEqual(kept(head + a), ["of-a"]);
    assert.deepEqual(kept(head + a.replace("opc.tcp://a", "opc.tcp://new")), ["of-a"]);
    assert.deepEqual(kept(shown.replaceAll("opc.tcp://", "opc.tcp://10.0.0.")), ["of-a", "of-b"]);
    assert.deepEqual(kept(head + b + a), ["of-b", "of-a"]);
  });

  it("are not shown of a text that is broken, and are no reason not to say what is broken", () => {
    const broken = 'a: [\npassword: hunter2\nb: { "token": "hunter2" }\n';
    const lines = "login:\n  password: |\n    hunter2\n    lines\nb: [\n";

    const shown = withoutSecrets(broken);

    assert.match(shown, /^password: "\$\{kept\}"$/m);
    assert.doesNotMatch(shown + withoutSecrets(lines), /hunter2/);
    assert.deepEqual(marksIn(shown), []);
    assert.deepEqual(marksIn('a: [{ name: x, token: "${kept}" }]'), ["a[x].token"]);
  });

  it("are told by no alias of a mark, wherever it stands", () => {
    const before = "adapters:\n  - { name: press, login: { password: hunter2 }, edgeNode: gw }\n";
    const marked = withoutSecrets(before).replace('"${kept}"', '&pw "${kept}"');
    const tricks = ["edgeNode: *pw", "edgeNode: gw, tags: [*pw]", "edgeNode: gw, ? *pw : 1"];

    assert.match(withSecretsOf(marked, before), /password: &pw "hunter2"/);
    for (const trick of tricks) {
      const text = marked.replace("edgeNode: gw", trick);
      assert.doesNotMatch(withSecretsOf(text, before), /hunter2/, trick);
      assert.deepEqual(marksIn(withSecretsOf(text, before)), ["adapters[press].login.password"]);
    }
  });

  it("give way in values as they were written, too", () => {
    const value = { login: { user: "a", password: "x" }, list: [{ token: "${env:T}" }] };

    assert.deepEqual(valueWithoutSecrets(value), {
      login: { user: "a", password: "${kept}" },
      list: [{ token: "${env:T}" }],
    });
  });

  it("stand under the keys that are known, in the schemas of sinks and of every adapter", async () => {
    const schemas = await Promise.all(
      adapterProtocols().map(async (protocol) => (await loadAdapter(protocol)).entrySchema),
    );

    const sinks = z.toJSONSchema(sinksSection, { io: "input", unrepresentable: "any" });
    const keys = new Set([...schemas, sinks].flatMap((schema) => secretKeysIn(schema)));

    assert.deepEqual([...keys].toSorted(), ["password", "token"]);
    for (const key of keys) assert.doesNotMatch(withoutSecrets(`${key}: hunter2\n`), /hunter2/);
  });
});

/** Keys whose values may be written and not read. */
function secretKeysIn(schema: unknown, key = ""): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "writeOnly" in schema && schema.writeOnly === true ? [key] : [];
  return [...own, ...Object.entries(schema).flatMap(([name, part]) => secretKeysIn(part, name))];
}
