import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Visit } from "../../support/http-hub.ts";
import { RunningCommand, unshub } from "../../support/cli.ts";
import { deathWill, GuardPlant, nbirth, sent, SPEED, type Ids } from "../../support/guard-plant.ts";
import { publishPacket } from "../../support/mqtt-raw-client.ts";

const IDS: Ids = { clientId: "gw", edge: "e", host: "h" };

/** An edge node that cannot be asked for a rebirth. */
async function deafNode(t: TestContext, plant: GuardPlant): Promise<void> {
  const client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
  t.after(() => client[Symbol.asyncDispose]());
  const { topic, payload } = nbirth(IDS);
  client.send(publishPacket(topic, Buffer.from(payload)));
  await client.settle();
}

describe("unshub findings and conformance", () => {
  it("tell what is wrong, with whom, and what to do; exit 1 of conformance when something is broken", async (t) => {
    const plant = await GuardPlant.open(t);
    const url = ["--url", `http://127.0.0.1:${plant.hub.httpPort}`];
    const before = await unshub("findings", ...url);
    await deafNode(t, plant);

    const found = await unshub("findings", ...url);
    const json = await unshub("findings", "--json", "--since", "1h", ...url);
    const graded = await unshub("conformance", ...url);
    const later = await unshub("conformance", "--since", "2100-01-01", ...url);
    const visit = new Visit(`http://127.0.0.1:${plant.hub.httpPort}`);
    await visit.json("PUT", "/api/v1/findings/S11/gw/acknowledgement", {});
    await visit.json("PUT", "/api/v1/findings/S11/gw/mute", { minutes: 60 });
    const answered = await unshub("findings", ...url);

    assert.equal(before.out, "Nothing was found.");
    assert.match(
      found.out,
      /S11 no NCMD subscription \[observe\] {2}1 times\n {2}no subscription to "spBv1\.0\/G\/NCMD\/e"/,
    );
    assert.match(
      found.out,
      /edge node G\/e, client "gw" \(127\.0\.0\.1:\d+\), spBv1\.0\/G\/NBIRTH\/e/,
    );
    assert.match(
      found.out,
      /To do: Subscribe to the NCMD topic[^\n]*\n {2}tck-id-message-flow-edge-node-ncmd-subscribe/,
    );
    assert.match(
      answered.out,
      /S11 [^[]+\[observe, acknowledged by anonymous, muted by anonymous until 20[-\dT:.]+Z\]/,
    );
    const finding: { code: string; head: string } = JSON.parse(json.out);
    assert.match(finding.head, /^08[0-9a-f]{12}12/);
    assert.equal(graded.exitCode, 1);
    assert.match(
      graded.out,
      /edge node G\/e: \d+ kept, 1 broken, \d+ not seen yet\n {2}broken tck-id-message-flow-edge-node-ncmd-subscribe {2}S11, 1 times/,
    );
    assert.deepEqual([later.exitCode, later.out], [0, "No edge node or host was heard."]);
  });

  it("grade what goes against a SHOULD as advice, exit 0", async (t) => {
    const plant = await GuardPlant.open(t);
    const client = await plant.client({ clientId: "gw", will: deathWill(IDS) });
    t.after(() => client[Symbol.asyncDispose]());
    client.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "spBv1.0/G/NCMD/e", qos: 1 }],
    });
    const data = sent(IDS, "NDATA", { seq: 1, metrics: [{ ...SPEED, int: 6 }] }); // with its datatype again
    for (const { topic, payload } of [nbirth(IDS, [SPEED]), data])
      client.send(publishPacket(topic, Buffer.from(payload)));
    await client.settle();

    const { exitCode, out } = await unshub(
      "conformance",
      "--url",
      `http://127.0.0.1:${plant.hub.httpPort}`,
    );

    assert.match(
      out,
      /edge node G\/e: \d+ kept, 0 broken, .*\n {2}advice tck-id-payloads-metric-datatype-not-req {2}M10, 1 times/,
    );
    assert.equal(exitCode, 0);
  });

  it("follow what is found from then on", async (t) => {
    const plant = await GuardPlant.open(t);
    const command = new RunningCommand(t, [
      "findings",
      "--follow",
      "--json",
      "--url",
      `http://127.0.0.1:${plant.hub.httpPort}`,
    ]);

    await deafNode(t, plant);

    await command.until(/"code":"S11"/);
    assert.equal(await command.interrupt(), 0);
  });

  it("refuse a time they do not understand, exit 2", async () => {
    const { exitCode, err } = await unshub("findings", "--since", "yesterday");

    assert.equal(exitCode, 2);
    assert.match(err, /--since yesterday: not like 10m/);
  });
});
