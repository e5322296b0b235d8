import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import mqtt from "mqtt";
import { answers, countPings } from "../../../hub/src/sinks/link/answers.ts";
import { farServer } from "../../support/far-server.ts";

/** A server that keeps its answers to PINGREQ until they are asked for. */
async function slowServer(t: TestContext) {
  const held: (() => void)[] = [];
  const server = await farServer(t, { pinged: (answer) => held.push(answer) });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
  });
  t.after(() => client.endAsync(true));
  countPings(client);
  return { client, held, until: server.until };
}

describe("whether a server has read what was sent", { timeout: 20_000 }, () => {
  it("is told by the answer to the question that came after it, not by one that was under way", async (t) => {
    const { client, held, until } = await slowServer(t);
    client.sendPing(); // as MQTT.js does by itself
    let isAnswered = false;
    const asking = async (): Promise<void> => {
      await answers(client, 60_000, new AbortController().signal);
      isAnswered = true;
    };
    const asked = asking();
    await until(() => held.length === 2);

    const heard = new Promise((resolve) => {
      client.once("packetreceive", resolve);
    });
    held[0]?.();
    await heard;
    await new Promise(setImmediate);
    const wasAnswered = isAnswered;
    held[1]?.();
    await asked;

    assert.equal(wasAnswered, false);
  });

  it("is not asked when nobody wants to know any more", async (t) => {
    const { client } = await slowServer(t);

    await assert.rejects(answers(client, 600_000, AbortSignal.abort()), { name: "AbortError" });
  });
});
