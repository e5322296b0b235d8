/** Who may read and write plain topics: the path is the filter of what somebody is granted. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { unshubApart } from "../support/cli.ts";
import { startTestHub, type TestHub } from "../support/hub.ts";
import { Inbox } from "../support/mqtt-inbox.ts";
import { JsonReader, saidBy } from "../support/json-plant.ts";
import { dbirth, message, nbirth } from "../support/sparkplug-messages.ts";

const ADMIN = { UNSHUB_USER: "root", UNSHUB_PASSWORD: "correct horse" };
const SPEED = "g/e/d/Motor/Speed";
const SECRET = "long enough";

/** A hub that knows an edge node and two readers, one of whom may write. */
async function closedHub(t: TestContext): Promise<TestHub> {
  const more = "identity: { anonymous: none }\nuns: { projection: { write: true } }";
  const hub = await startTestHub(t, "", { more });
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const first = ["user", "first", "root", "--data-dir", dirname(hub.file), "--url", url];
  await unshubApart(first, { UNSHUB_NEW_PASSWORD: "correct horse" });
  for (const [name, ...grants] of [
    ["edge", "node g/e"],
    ["mes", "subscribe g/e/d/#"],
    ["operator", "subscribe g/#", "command g Motor/*"],
  ] as const) {
    const args = ["user", "add", name, "--url", url, "--role", "viewer"];
    const granted = grants.flatMap((grant) => ["--grant", grant]);
    const env = { ...ADMIN, UNSHUB_NEW_PASSWORD: SECRET };
    const added = await unshubApart([...args, ...granted], env);
    assert.equal(added.exitCode, 0, added.err);
  }
  return hub;
}

function as(username: string) {
  return { username, password: SECRET, clientId: username } as const;
}

async function edgeBorn(t: TestContext, hub: TestHub): Promise<MqttClient> {
  const options = { ...as("edge"), protocolVersion: 5, reconnectPeriod: 0 } as const;
  const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, options);
  t.after(() => edge.endAsync(true));
  await edge.subscribeAsync("spBv1.0/g/DCMD/e/#");
  const other = message(
    "DBIRTH/e/other",
    [{ name: "x", datatype: "Int32", tellDatatype: true, value: 1 }],
    2,
  );
  for (const { topic, payload } of [nbirth(), dbirth(), other])
    await edge.publishAsync(topic, Buffer.from(payload), { qos: 0 });
  await hub.until(() => hub.hub.tree.find("g/e/other/x") !== undefined);
  return edge;
}

describe("grants and plain topics", { timeout: 300_000 }, () => {
  it("let somebody read his part of the plant and no other, and write what he may command", async (t) => {
    const hub = await closedHub(t);
    const edge = await edgeBorn(t, hub);
    const commands = new Inbox<string>();
    edge.on("message", (topic) => commands.push(topic));

    const mes = await JsonReader.open(t, hub.mqttPort, "g/e/d/#", as("mes"));
    const read = await mes.json(SPEED);
    await assert.rejects(mes.client.subscribeAsync("g/e/other/#", { qos: 1 }), /Not authorized/);
    await assert.rejects(mes.client.subscribeAsync("#", { qos: 1 }), /Not authorized/);
    const forbidden = await saidBy(mes.client, `${SPEED}/set`, "1300");
    const operator = await JsonReader.open(t, hub.mqttPort, `${SPEED}/_set`, as("operator"));
    const forged = await saidBy(operator.client, SPEED, "1300");
    const beyond = await saidBy(operator.client, "g/e/d/ok/set", "true");
    const granted = await saidBy(operator.client, `${SPEED}/set`, "1200");
    const outcome = await operator.json(`${SPEED}/_set`);

    assert.partialDeepStrictEqual(read, { value: 1200, quality: "Good" });
    assert.deepEqual([forbidden, forged, beyond, granted], [0x87, 0x87, 0x87, 0]);
    assert.partialDeepStrictEqual(outcome, { result: "confirmed", by: "operator" });
    assert.equal(await commands.next(), "spBv1.0/g/DCMD/e/d");
    assert.equal(commands.all.length, 1);
  });
});
