/** A password that stands in the configuration itself is shown to nobody, and stays when it is not touched. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { z } from "zod";
import { connectAsync } from "mqtt";
import { untilFound } from "../../support/finding-hub.ts";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { KILN } from "../../support/kiln-entry.ts";

const planned = z.object({ basis: z.string(), text: z.string() });

describe("a password in the configuration", { timeout: 120_000 }, () => {
  it("is in no answer, and what comes back without it keeps it", async (t) => {
    const hub = await startClosedHub(t, KILN);
    const { admin } = hub;
    const shown = async (path: string): Promise<string> =>
      await (await admin.ask("GET", path)).text();
    const written = (): string => readFileSync(hub.file, "utf8");

    const text = await shown("/api/v1/configuration/text");
    const changed = text.replace("edgeNode: gw-kiln", "edgeNode: gw-kiln-2");
    const basis = createHash("sha256").update(written()).digest("hex"); // as sha256sum says it
    await admin.json("POST", "/api/v1/configuration/apply", { text: changed, basis });

    assert.match(text, /identity: \{user: maria, password: "\$\{kept\}"\}/);
    assert.match(written(), /edgeNode: gw-kiln-2/);
    assert.match(written(), /password: "?hunter2"?/);
    const add = { ...entryOf(9), name: "press", edgeNode: "gw-press" };
    const plan = planned.parse(await admin.json("POST", "/api/v1/adapter-entries/plan", { add }));
    const answers = [
      plan.text,
      await shown("/api/v1/configuration"),
      await shown("/api/v1/configuration/text?generation=1"),
      await shown("/api/v1/configuration/text?generation=2"),
      await shown("/api/v1/adapters"),
      await shown("/api/v1/audit?last=1000"),
      hub.logged.map((line) => JSON.stringify(line)).join("\n"),
    ];
    assert.doesNotMatch(answers.join("\n"), /hunter2/);
    await admin.json("PUT", "/api/v1/adapter-entries", { add, basis: plan.basis });
    assert.match(written(), /password: "?hunter2"?/);
    assert.match(written(), /name: press/);
  });

  it("of an entry that is changed by itself is not told with it, and kept, also under another name", async (t) => {
    const hub = await startClosedHub(t, KILN);
    const path = "/api/v1/adapter-entries";
    const { entry, basis } = z
      .object({ entry: z.record(z.string(), z.unknown()), basis: z.string() })
      .parse(await hub.admin.json("GET", `${path}/kiln`));

    const to = { ...entry, name: "kiln-2", endpoint: "opc.tcp://127.0.0.1:8" };
    await hub.admin.json("PUT", path, { change: { name: "kiln", to }, basis });

    assert.deepEqual(entry["identity"], { user: "maria", password: "${kept}" });
    const written = readFileSync(hub.file, "utf8");
    assert.match(written, /name: kiln-2/);
    assert.match(written, /user: maria, password: "?hunter2"?/);
  });

  it("is not told by what would let a refused message in, and kept when that is applied", async (t) => {
    const hub = await startClosedHub(t, KILN, { sparkplug: " }, otherTopics: reject } #" });
    await hub.putUser("ann", "viewer", ["publish foo/#"]);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      clientId: "ann",
      username: "ann",
      password: PASSWORD,
    });
    t.after(() => client.endAsync(true));
    await client.publishAsync("foo/bar", "1", { qos: 1 }).catch(() => undefined);
    await untilFound(hub.admin, "CLIENT-NAMESPACE");

    const allow = "/api/v1/findings/CLIENT-NAMESPACE/ann/allow";
    const answer = await hub.admin.json("GET", allow);
    const { text, basis } = planned.parse(answer);
    await hub.admin.json("POST", "/api/v1/configuration/apply", { text, basis });

    assert.doesNotMatch(JSON.stringify(answer), /hunter2/);
    assert.match(JSON.stringify(answer), /otherTopics: allow/);
    const written = readFileSync(hub.file, "utf8");
    assert.match(written, /user: maria, password: "?hunter2"?/);
    assert.match(written, /otherTopics: allow/);
  });

  it("that is marked where the file has none is refused, with what to do; another one takes its place", async (t) => {
    const hub = await startClosedHub(t, KILN);
    const text = await (await hub.admin.ask("GET", "/api/v1/configuration/text")).text();
    const elsewhere = text
      .replace("name: kiln\n", "name: saw\n")
      .replace(/^adapters:.*$/m, "$&\n  - { name: press, protocol: modbus }");

    const refused = await hub.admin.ask("POST", "/api/v1/configuration/plan", { text: elsewhere });
    const { detail } = z.object({ detail: z.string() }).parse(await refused.json());
    const typed = text.replace("${kept}", "another");
    await hub.admin.json("POST", "/api/v1/configuration/apply", { text: typed });

    assert.equal(refused.status, 409);
    assert.match(
      detail,
      /^adapters\[saw\]\.identity\.password: \$\{kept\} stands for the secret .* write it$/,
    );
    assert.match(readFileSync(hub.file, "utf8"), /password: "another"/);
  });
});

function entryOf(port: number): object {
  return {
    protocol: "modbus",
    group: "Plant1",
    link: { framing: "tcp", host: "127.0.0.1", port },
    devices: [
      {
        name: "press-01",
        unit: 1,
        groups: { fast: { interval: "100ms" } },
        tags: [{ name: "Pressure", at: "hr:0", type: "int16" }],
      },
    ],
  };
}
