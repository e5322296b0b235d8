/** Counts of silent metrics are right for who asks, though no page is open. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { startTestHub } from "../../support/hub.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

const answer = z.object({
  rows: z.array(z.object({ counts: z.object({ silent: z.number().optional() }) })),
});

describe("a branch with a metric that fell silent", () => {
  it("says so over HTTP when nobody has looked for a while", async (t) => {
    const { hub, mqttPort, httpPort } = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const id = hub.tree.find("g/e/d/Motor/Speed") ?? 0;
    for (let time = 0; time < 12; time += 1) hub.tree.values.rhythms.heard(id, 20); // it speaks by the clock
    const silentNow = async (): Promise<number | undefined> => {
      const asked = await fetch(`http://127.0.0.1:${httpPort}/api/ns/children`);
      return answer.parse(await asked.json()).rows[0]?.counts.silent;
    };

    assert.equal(await silentNow(), undefined);
    while ((await silentNow()) !== 1) await pause(100); // five seconds after its birth
    assert.equal(hub.tree.isSilent(id, Date.now()), true);
  });
});
