import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { connectAsync, type MqttClient } from "mqtt";
import { run } from "../../../hub/src/cli/run.ts";
import { wantsColour } from "../../../hub/src/cli/paint.ts";
import { unshub } from "../../support/cli.ts";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { startTestHub } from "../../support/hub.ts";
import { nbirth } from "../../support/sparkplug-messages.ts";

const NCMD = "spBv1.0/g/NCMD/e";

/** Edge node `g/e`, born, that listens to commands. */
async function bornNode(t: TestContext, port: number): Promise<MqttClient> {
  const edge = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  t.after(() => edge.endAsync(true));
  await edge.subscribeAsync(NCMD, { qos: 0 });
  const { topic, payload } = nbirth();
  await edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  return edge;
}

describe("unshub rebirth", { timeout: 180_000 }, () => {
  it("asks an edge node for its births, and says when it is not there", async (t) => {
    const hub = await startTestHub(t);
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const edge = await bornNode(t, hub.mqttPort);
    const heard = new Promise<string>((resolve) => edge.once("message", resolve));

    const asked = await unshub("rebirth", "g/e", "--url", url);

    assert.equal(asked.exitCode, 0, asked.err);
    assert.equal(asked.out, "g/e was asked for its births.");
    assert.equal(await heard, NCMD);
    await edge.endAsync();
    const gone = await unshub("rebirth", "g/e", "--url", url);
    assert.equal(gone.exitCode, 1);
    assert.match(gone.err, /g\/e is not connected/);
    const unknown = await unshub("rebirth", "g/other", "--url", url);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.err, /no births of an edge node g\/other are known/);
    for (const args of [["g"], ["g/e/d"], []])
      assert.equal((await unshub("rebirth", ...args, "--url", url)).exitCode, 2);
  });

  it("takes a grant, and stands on the audit trail", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("olga", "operator", ["read *", "rebirth g"]);
    await hub.putUser("otto", "operator", ["read *"]);
    await hub.putUser("g-e", "viewer", ["node g/e"]);
    const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      username: "g-e",
      password: PASSWORD,
      clientId: "g-e",
      reconnectPeriod: 0,
    });
    t.after(() => edge.endAsync(true));
    await edge.subscribeAsync(NCMD, { qos: 0 });
    const { topic, payload } = nbirth();
    await edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const path = "/api/v1/rebirths/g/e";

    const otto = await (await hub.visit("otto", PASSWORD)).ask("POST", path, {});
    const olga = await (await hub.visit("olga", PASSWORD)).ask("POST", path, {});

    assert.equal(otto.status, 403);
    assert.partialDeepStrictEqual(await olga.json(), { outcome: "asked" });
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit"));
    assert.match(trail, /"actor":"user:olga"[^}]*"action":"request rebirth","object":"g\/e"/);
  });
});

describe("unshub counters", { timeout: 180_000 }, () => {
  it("begins the counters of an edge node anew", async (t) => {
    const hub = await startTestHub(t);
    const url = `http://127.0.0.1:${hub.httpPort}`;
    await bornNode(t, hub.mqttPort);

    const done = await unshub("counters", "reset", "g/e", "--url", url);

    assert.equal(done.out, "The counters of g/e begin anew.", done.err);
    const life = await (await fetch(`${url}/api/v1/nodes/g/e`)).text();
    assert.match(life, /"messages":0/);
    const unknown = await unshub("counters", "reset", "g/other", "--url", url);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.err, /nothing was heard of an edge node g\/other/);
    for (const args of [["g/e"], ["reset", "g"], ["reset", "g/e", "g/f"], []])
      assert.equal((await unshub("counters", ...args, "--url", url)).exitCode, 2);
  });
});

describe("colours", { timeout: 180_000 }, () => {
  it("are for terminals, not for pipes and not with NO_COLOR", async (t) => {
    const hub = await startTestHub(t);
    const edge = await bornNode(t, hub.mqttPort);
    await edge.endAsync();
    const lines: string[] = [];
    const url = `http://127.0.0.1:${hub.httpPort}`;

    await run(["tree", "--url", url], {
      print: (line) => lines.push(line),
      complain: assert.fail,
      stop: new AbortController().signal,
      isColoured: true,
    });
    const plain = await unshub("tree", "--url", url);

    const coloured = lines.join("\n");
    assert.ok(coloured.includes("\u001b["));
    assert.ok(!plain.out.includes("\u001b"));
    assert.equal(stripVTControlCharacters(coloured), plain.out);
    assert.equal(wantsColour({}, true), true);
    assert.equal(wantsColour({}, false), false);
    assert.equal(wantsColour({ NO_COLOR: "1" }, true), false);
  });
});
