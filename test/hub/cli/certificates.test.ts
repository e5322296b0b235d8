import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { unshub } from "../../support/cli.ts";
import { startTestHub, tempDir, type HubTestOptions, type TestHub } from "../../support/hub.ts";
import { LiveReader } from "../../support/live-reader.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

const LIVE = "$UNS/certificates/sparkplug/g/DBIRTH/e/d";

interface Plant {
  readonly hub: TestHub;
  readonly url: string;
}

/** Edge node `g/e` with devices `d` and `d2`, born. */
async function openPlant(t: TestContext, options: HubTestOptions = {}): Promise<Plant> {
  const hub = await startTestHub(t, "", options);
  const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => edge.endAsync(true));
  const second = { ...dbirth(2), topic: "spBv1.0/g/DBIRTH/e/d2" };
  for (const { topic, payload } of [nbirth(), dbirth(), second])
    await edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  return { hub, url: `http://127.0.0.1:${hub.httpPort}` };
}

const END = "$SYS/broker/version";

/** The topics of the retained messages that a new subscriber gets. */
async function topicsUnder(
  t: TestContext,
  port: number,
  filter: string,
): Promise<readonly string[]> {
  const reader = await LiveReader.open(t, port, { clientId: `reader of ${filter}` });
  await reader.subscribe(filter);
  await reader.subscribe(END);
  await reader.message(END); // in the order of subscriptions
  return reader.topics.filter((topic) => topic !== END);
}

async function listed(url: string): Promise<readonly string[]> {
  const { out } = await unshub("certificates", "--json", "--url", url);
  return out === "" ? [] : out.split("\n").map((line) => String(Object(JSON.parse(line)).id));
}

describe("unshub certificates", { timeout: 180_000 }, () => {
  it("lists the births that are kept, in columns and page by page", async (t) => {
    const { url } = await openPlant(t);

    const { exitCode, out } = await unshub("certificates", "list", "--url", url);
    const first = await (await fetch(`${url}/api/v1/certificates?limit=2`)).json();
    const rest = await (await fetch(`${url}/api/v1/certificates?limit=2&after=g/e/d`)).json();

    assert.equal(exitCode, 0);
    const [head, ...rows] = out.split("\n").map((row) => row.split(/ {2,}/));
    assert.deepEqual(head, ["CERTIFICATE", "BORN", "METRICS", "BYTES"]);
    assert.deepEqual(
      rows.map(([id, , metrics]) => [id, metrics]),
      [
        ["g/e", "2"],
        ["g/e/d", "2"],
        ["g/e/d2", "2"],
      ],
    );
    assert.partialDeepStrictEqual(first, { certificates: [{ id: "g/e" }, {}], more: true });
    assert.partialDeepStrictEqual(rest, { certificates: [{ id: "g/e/d2" }], more: false });
  });

  it("deletes that of one device: the kept one, the live one, and tells who is subscribed", async (t) => {
    const { hub, url } = await openPlant(t);
    const reader = await LiveReader.open(t, hub.mqttPort);
    await reader.subscribe(LIVE);
    await reader.message(LIVE);

    const { exitCode, out } = await unshub("certificates", "delete", "g/e/d", "--url", url);

    assert.deepEqual([exitCode, out], [0, "g/e/d: 1 birth certificate(s) deleted."]);
    const isEmpty = ({ topic, payload }: { topic: string; payload: Buffer | string }): boolean =>
      topic === LIVE && payload.length === 0;
    await reader.client.find("publish", isEmpty);
    assert.deepEqual(await listed(url), ["g/e", "g/e/d2"]);
    assert.deepEqual(await topicsUnder(t, hub.mqttPort, "$sparkplug/certificates/+/+/DBIRTH/#"), [
      "$sparkplug/certificates/spBv1.0/g/DBIRTH/e/d2",
    ]);
    const line = hub.logged.find(({ message }) => message === "certificates deleted");
    assert.partialDeepStrictEqual(line?.fields, {
      edgeNode: "g/e",
      device: "d",
      by: "anonymous at 127.0.0.1",
    });
  });

  it("deletes those of an edge node with all its devices, also across a restart", async (t) => {
    const dataDir = tempDir(t);
    const { hub, url } = await openPlant(t, { dataDir });

    const { out } = await unshub("certificates", "delete", "g/e", "--json", "--url", url);
    await hub.stop();
    const again = await startTestHub(t, "", { dataDir });
    const { mqttPort } = again;

    assert.deepEqual(JSON.parse(out), { id: "g/e", deleted: 3 });
    assert.deepEqual(await listed(`http://127.0.0.1:${again.httpPort}`), []);
    assert.deepEqual(await topicsUnder(t, mqttPort, "$UNS/certificates/#"), []);
    assert.deepEqual(await topicsUnder(t, mqttPort, "$sparkplug/#"), []);
  });

  it("has the certificate again when the device is born again", async (t) => {
    const { hub, url } = await openPlant(t);
    await unshub("certificates", "delete", "g/e", "--url", url);
    const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { reconnectPeriod: 0 });
    t.after(() => edge.endAsync(true));

    for (const { topic, payload } of [nbirth(), dbirth()])
      await edge.publishAsync(topic, Buffer.from(payload), { qos: 1 });

    assert.deepEqual(await listed(url), ["g/e", "g/e/d"]);
    assert.deepEqual(await topicsUnder(t, hub.mqttPort, "$UNS/certificates/json/#"), [
      "$UNS/certificates/json/g/NBIRTH/e",
      "$UNS/certificates/json/g/DBIRTH/e/d",
    ]);
  });

  it("says what it cannot delete", async (t) => {
    const { url } = await openPlant(t);

    const unknown = await unshub("certificates", "delete", "g/other", "--url", url);
    const wildcard = await unshub("certificates", "delete", "g/+", "--url", url);
    const wrong = await unshub("certificates", "delete", "g", "--url", url);
    const nothing = await unshub("certificates", "delete", "--url", url);

    assert.deepEqual(
      [unknown.exitCode, unknown.err],
      [1, "there is no birth certificate of g/other"],
    );
    assert.equal(wildcard.exitCode, 1);
    assert.deepEqual([wrong.exitCode, nothing.exitCode], [2, 2]);
    assert.match(wrong.err, /write GROUP\/NODE or GROUP\/NODE\/DEVICE/);
    assert.deepEqual(await listed(url), ["g/e", "g/e/d", "g/e/d2"]);
  });

  it("deletes nothing where nobody may write", async (t) => {
    const more = "identity: { anonymous: read }";
    const hub = await startTestHub(t, "", { more });
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const { exitCode, err } = await unshub("certificates", "delete", "g/e", "--url", url);

    assert.equal(exitCode, 1);
    assert.match(err, /nobody may write/);
  });
});
