/** What somebody should look at, as the navigation counts it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { PASSWORD, startClosedHub, type Visit } from "../../support/http-hub.ts";
import { pressAdapter } from "../../support/hub.ts";
import { dbirth, nbirth, ndeath } from "../../support/sparkplug-messages.ts";

const attention = z.object({ nodes: z.number(), devices: z.number() });

const seenBy = async (visit: Visit) =>
  attention.parse(await visit.json("GET", "/api/v1/attention"));

describe("what somebody should look at", () => {
  it("is the edge nodes that are away and the devices in trouble that he may read", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1)); // nobody answers there
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("olga", "operator", ["read g"]);
    const olga = await hub.visit("olga", PASSWORD);
    const login = { clientId: "node", username: "node", password: PASSWORD };
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, login);
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    assert.deepEqual(await seenBy(olga), { nodes: 0, devices: 0 });

    const death = ndeath();
    await client.publishAsync(death.topic, Buffer.from(death.payload), { qos: 1 });
    while ((await seenBy(hub.admin)).devices === 0) await pause(50); // the adapter has tried by then

    assert.deepEqual(await seenBy(olga), { nodes: 1, devices: 0 });
    assert.equal((await seenBy(hub.admin)).devices, 1);
  });
});
