/** Streams over HTTP: what stands on the wire. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { createGunzip } from "node:zlib";
import { textAt, type Update } from "../../support/i3x-client.ts";
import { PRESS, startI3xPlant, type I3xPlant } from "../../support/i3x-plant.ts";
import { reading } from "../../support/json-plant.ts";

async function subscribed({ client }: I3xPlant, elementIds: readonly string[]) {
  const clientId = "c";
  const made = await client.ask("POST", "/subscriptions", { clientId });
  const body = { clientId, subscriptionId: textAt(made.json, "result", "subscriptionId") };
  await client.ask("POST", "/subscriptions/register", { ...body, elementIds });
  return body;
}

function pairsOf(updates: readonly Update[] | undefined): unknown {
  return updates?.map(({ elementId, value }) => [elementId, value]);
}

describe("a stream", { timeout: 180_000 }, () => {
  it("has comments and one line of data an event, and nothing else", async (t) => {
    const plant = await startI3xPlant(t);
    const body = await subscribed(plant, [`${PRESS}/Setpoint`]);

    const stream = await plant.client.stream(body);
    t.after(() => stream.close());
    const first = await stream.next();
    plant.edge.node.changed("press", [reading("Setpoint", 26)]);
    const second = await stream.next();

    assert.deepEqual(pairsOf(first), [[`${PRESS}/Setpoint`, 25]]);
    assert.deepEqual(pairsOf(second), [[`${PRESS}/Setpoint`, 26]]);
    assert.equal(stream.headers["x-accel-buffering"], "no");
    assert.match(stream.raw(), /^: hb\n\n(?:data: \[\{"elementId":"[^\n]+\}\]\n\n){2}$/);
  });

  it("is packed for who takes gzip, and each event goes out at once", async (t) => {
    const plant = await startI3xPlant(t);
    const body = await subscribed(plant, [`${PRESS}/Setpoint`]);
    const unpack = createGunzip();
    const heard: string[] = [];
    const encoding = new Promise<string | undefined>((resolve) => {
      const asked = request(
        `http://127.0.0.1:${plant.hub.httpPort}/i3x/v1/subscriptions/stream`,
        {
          method: "POST",
          headers: { "content-type": "application/json", "accept-encoding": "gzip" },
        },
        (response) => {
          t.after(() => response.destroy());
          response.pipe(unpack);
          resolve(response.headers["content-encoding"]);
        },
      );
      asked.end(JSON.stringify(body));
    });
    const until = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(heard.join(""))) return;
          resolve();
        };
        unpack.on("data", look);
        look();
      });
    unpack.on("data", (chunk: Buffer) => heard.push(chunk.toString()));

    assert.equal(await encoding, "gzip");
    await until(/"value":25,/);
    plant.edge.node.changed("press", [reading("Setpoint", 26)]);
    await until(/"value":26,/);
    unpack.on("error", () => undefined); // it is cut off at the end
  });

  it("ends with the hub as one that has said everything, and is counted while it is there", async (t) => {
    const plant = await startI3xPlant(t);
    const body = await subscribed(plant, [`${PRESS}/Running`]);
    const stream = await plant.client.stream(body);
    await stream.next();
    const metrics = async (): Promise<string> =>
      await (await fetch(`http://127.0.0.1:${plant.hub.httpPort}/metrics`)).text();

    const during = await metrics();
    const ended = stream.next();
    await plant.hub.stop();

    assert.match(during, /^unshub_i3x_stream_clients 1$/m);
    assert.match(during, /^unshub_i3x_subscriptions 1$/m);
    assert.match(during, /^unshub_i3x_requests_total\{route="\/subscriptions",status="200"\} 1$/m);
    assert.match(
      during,
      /^unshub_i3x_request_duration_seconds_bucket\{route="\/subscriptions",le="\+Inf"\} 1$/m,
    );
    assert.equal(await ended, undefined);
  });
});
