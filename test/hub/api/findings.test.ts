/** What was found, and what people say of it, over HTTP; of real clients and a real PLC. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { untilFound, findingsOf, foundSchema, skipSeq } from "../../support/finding-hub.ts";
import { freePort } from "../../support/free-port.ts";
import { PASSWORD, startClosedHub, Visit } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { KILN } from "../../support/kiln-entry.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const GAP = "/api/v1/findings/S04/press-4";
const counts = z.object({
  open: z.number(),
  acknowledged: z.number(),
  resolved: z.number(),
  muted: z.number(),
  problems: z.number(),
});
const allowing = z.object({
  key: z.string(),
  isAtOnce: z.boolean(),
  lines: z.array(z.object({ kind: z.string(), number: z.number(), text: z.string() })),
  text: z.string(),
  basis: z.string(),
  plan: z.object({ sections: z.array(z.string()) }),
});
const messageSchema = z.object({
  messages: z.array(
    z.object({ topic: z.string(), size: z.number(), decoded: z.object({ seq: z.number() }) }),
  ),
});

describe("findings over HTTP", () => {
  it("are acknowledged and opened again by those who may, which stands on the audit trail and survives a restart", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("press", "viewer", ["node g/e"]);
    await hub.putUser("olga", "operator", ["read *"]);
    await hub.putUser("line9", "operator", ["read other", "read g/e/d2"]); // another device of the edge node
    await hub.putUser("eye", "viewer", ["read *"]);
    await skipSeq(t, hub.mqttPort, { username: "press", password: PASSWORD });
    const olga = await hub.visit("olga", PASSWORD);
    const line9 = await hub.visit("line9", PASSWORD);
    const eye = await hub.visit("eye", PASSWORD);
    const gap = await untilFound(olga, "S04");
    assert.deepEqual([gap.state, gap.clientId], ["open", "press-4"]);
    assert.match(gap.ends ?? "", /born again/);

    const statuses = await Promise.all([
      line9.ask("PUT", `${GAP}/acknowledgement`, {}),
      eye.ask("PUT", `${GAP}/acknowledgement`, {}),
      olga.ask("DELETE", `${GAP}/acknowledgement`),
      olga.ask("PUT", `${GAP}/acknowledgement`, { note: 7 }),
    ]);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [404, 403, 404, 400],
    );
    const done = await olga.json("PUT", `${GAP}/acknowledgement`, { note: " cable ordered " });

    const said = foundSchema.parse(done);
    assert.equal(said.state, "acknowledged");
    assert.equal(said.acknowledged?.by, "user:olga");
    assert.equal(said.acknowledged.note, "cable ordered");
    await hub.stop();
    assert.match(readFileSync(`${hub.dataDir}/finding-marks.json`, "utf8"), /cable ordered/);
    const again = await startTestHub(t, "", { dataDir: hub.dataDir });
    const visit = new Visit(`http://127.0.0.1:${again.httpPort}`);
    const kept = await untilFound(visit, "S04");
    assert.deepEqual(kept.acknowledged, said.acknowledged);
    assert.equal(
      foundSchema.parse(await visit.json("DELETE", `${GAP}/acknowledgement`)).state,
      "open",
    );
    const trail = readFileSync(`${hub.dataDir}/audit.jsonl`, "utf8");
    assert.match(
      trail,
      /"action":"finding acknowledged","object":"finding S04 of press-4".*cable ordered/,
    );
    assert.match(trail, /"action":"finding opened again"/);
  });

  it("that are muted are counted apart until somebody lifts it; the message in which one was found is told decoded", async (t) => {
    const hub = await startTestHub(t);
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    await skipSeq(t, hub.mqttPort);
    await untilFound(visit, "S04");
    const before = counts.parse(await visit.json("GET", "/api/v1/findings/counts"));

    const from = Date.now();
    const { muted } = foundSchema.parse(await visit.json("PUT", `${GAP}/mute`, { minutes: 60 }));

    assert.ok(muted !== null && muted.until >= from + 3_600_000);
    const after = counts.parse(await visit.json("GET", "/api/v1/findings/counts"));
    assert.deepEqual([after.open, after.muted], [before.open - 1, before.muted + 1]);
    assert.equal((await visit.ask("PUT", `${GAP}/mute`, { minutes: 0 })).status, 400);
    assert.equal(foundSchema.parse(await visit.json("DELETE", `${GAP}/mute`)).muted, null);
    assert.equal((await visit.ask("DELETE", `${GAP}/mute`)).status, 404);
    const { messages } = messageSchema.parse(await visit.json("GET", `${GAP}/message`));
    assert.deepEqual([messages[0]?.topic, messages[0]?.decoded.seq], ["spBv1.0/g/DDATA/e/d", 9]);
    assert.equal((await visit.ask("GET", "/api/v1/findings/S04/nobody/message")).status, 404);
  });

  it("tell of a refused publish, and exactly which line would let it in, which is applied as any configuration", async (t) => {
    const hub = await startTestHub(t, KILN, {
      sparkplug: ", rules: { T03: reject } }, otherTopics: reject } #",
    });
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "laptop" });
    t.after(() => client.endAsync(true));
    for (const topic of ["foo/bar", "foo/bar", "spBv1.0/g/XDATA/e"])
      await client.publishAsync(topic, "1", { qos: 1 }).catch(() => undefined);

    const refused = await untilFound(visit, "CLIENT-NAMESPACE", ({ count }) => count === 2);
    assert.deepEqual([refused.subject, refused.topic], ["client laptop", "foo/bar"]);
    const path = "/api/v1/findings/CLIENT-NAMESPACE/laptop/allow";
    const plan = allowing.parse(await visit.json("GET", path));
    assert.deepEqual([plan.key, plan.isAtOnce], ["namespace.otherTopics", false]);
    assert.deepEqual(plan.plan.sections, ["namespace"]);
    const linesOf = (kind: string): string =>
      plan.lines.flatMap((line) => (line.kind === kind ? [line.text] : [])).join("\n");
    assert.match(linesOf("gone"), /otherTopics: reject/);
    assert.match(linesOf("new"), /otherTopics: allow/);
    assert.doesNotMatch(JSON.stringify(plan), /hunter2/);
    const body = { text: plan.text, basis: plan.basis };
    await visit.json("POST", "/api/v1/configuration/apply", body);
    assert.match(readFileSync(hub.file, "utf8"), /otherTopics: allow/);
    assert.match(readFileSync(hub.file, "utf8"), /password: "?hunter2/);

    await untilFound(visit, "T03");
    const rule = allowing.parse(await visit.json("GET", "/api/v1/findings/T03/laptop/allow"));
    assert.deepEqual([rule.key, rule.isAtOnce], ["namespace.sparkplug.rules.T03", true]);
    const codes = (await findingsOf(visit)).map(({ code }) => code);
    assert.equal(codes.includes("CLIENT-TOPIC"), false); // what a rule refused is found once
  });

  it("of a device that does not answer is over by itself when it does, and open again the next time", async (t) => {
    const server = await openModbusServer(pressMemory(), await freePort());
    t.after(() => server.close());
    const hub = await startTestHub(t, pressAdapter(server.port));
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);

    await server.close();
    const found = await untilFound(visit, "ADAPTER-DEVICE", ({ state }) => state === "open");
    assert.equal(found.subject, "device Plant1/gw-press/press-01");
    await server.reopen();
    const over = await untilFound(visit, "ADAPTER-DEVICE", ({ state }) => state === "resolved");
    assert.equal(over.resolved?.because, "the device answers again");

    await server.close();
    const again = await untilFound(visit, "ADAPTER-DEVICE", ({ state }) => state === "open");
    assert.ok(again.count > over.count);

    const text = readFileSync(hub.file, "utf8").replace("name: press-01", "name: press-02");
    await visit.json("POST", "/api/v1/configuration/apply", { text });
    const gone = await untilFound(
      visit,
      "ADAPTER-DEVICE",
      ({ subject, state }) => subject === found.subject && state === "resolved",
    );
    assert.equal(gone.resolved?.because, "the configuration no longer has it");
  });
});
