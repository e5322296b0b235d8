import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { type ClientOptions, createWebSocketStream, WebSocket } from "ws";
import { originFault } from "../../../hub/src/broker/index.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const LOOPBACK = { onLoopback: true, allowed: [] };
const PLANT = { onLoopback: false, allowed: [] };

describe("the rule which web pages may reach the hub", () => {
  const may: readonly (readonly [host: string, origin: string | undefined])[] = [
    ["127.0.0.1:8080", undefined],
    ["127.8.9.1", undefined],
    ["localhost:8080", "http://localhost:8080"],
    ["LOCALHOST:8080", "http://localhost:8080"],
    ["[::1]:8080", "http://[::1]:8080"],
  ];
  for (const [host, origin] of may) {
    it(`lets ${origin ?? "a program"} pass at ${host}`, () => {
      assert.equal(originFault({ host, origin }, LOOPBACK), undefined);
    });
  }

  const mayNot: readonly (readonly [host: string, origin: string | undefined])[] = [
    ["127.0.0.1:8080", "http://evil.example"],
    ["127.0.0.1:8080", "null"],
    ["127.0.0.1:8080", "http://127.0.0.1:9090"],
    ["127.0.0.1:8080", "http://localhost:8080"],
    ["rebound.example:8080", "http://rebound.example:8080"],
    ["127.0.0.1.evil.example", undefined],
    ["", "file://"],
  ];
  for (const [host, origin] of mayNot) {
    it(`refuses ${origin ?? "a program"} at "${host}"`, () => {
      assert.match(originFault({ host, origin }, LOOPBACK) ?? "", /\w/);
    });
  }

  it("takes any host name when the hub listens to other machines, but still only its own pages", () => {
    const host = "Hub.plant:8080";

    assert.equal(originFault({ host, origin: "http://hub.plant:8080" }, PLANT), undefined);
    assert.notEqual(originFault({ host, origin: "http://evil.example" }, PLANT), undefined);
    assert.notEqual(originFault({ host: "", origin: "file://" }, PLANT), undefined);
  });

  it("takes listed origins only as they are written, and never a foreign Host with them", () => {
    const rule = { onLoopback: true, allowed: ["http://127.0.0.1:8080"] };
    const host = "127.0.0.1:8083";

    assert.equal(originFault({ host, origin: "http://127.0.0.1:8080" }, rule), undefined);
    assert.notEqual(originFault({ host, origin: "https://127.0.0.1:8080" }, rule), undefined);
    assert.match(
      originFault({ host: "evil.example", origin: "http://127.0.0.1:8080" }, rule) ?? "",
      /Host "evil\.example" is not this machine/,
    );
  });
});

describe("MQTT over WebSocket", { timeout: 180_000 }, () => {
  it("is refused to a page of another origin, which is told where it could be allowed", async () => {
    await using hub = await startTestBroker();

    const { status, body } = await refusal(hub.wsPort, { origin: "http://evil.example" });

    assert.equal(status, 403);
    assert.equal(
      body,
      'a page of "http://evil.example" may not use this hub; if it should, add it to listeners.ws.origins in unshub.yaml\n',
    );
    assert.deepEqual(hub.broker.sessions(), []);
    assert.equal(hub.connected.all.length, 0);
  });

  it("answers a refused page in plain text, so that nothing of it is run", async () => {
    await using hub = await startTestBroker();

    const { contentType } = await refusal(hub.wsPort, { origin: "http://<script>.example" });

    assert.equal(contentType, "text/plain");
  });

  it("is refused to the page of another program on this machine", async () => {
    await using hub = await startTestBroker();

    const { status } = await refusal(hub.wsPort, { origin: "http://127.0.0.1:1" });

    assert.equal(status, 403);
  });

  it("is refused when another host name points at this machine (DNS rebinding)", async () => {
    await using hub = await startTestBroker();
    const host = `evil.example:${hub.wsPort}`;

    const { status, body } = await refusal(hub.wsPort, {
      origin: `http://${host}`,
      headers: { host },
    });

    assert.equal(status, 403);
    assert.match(body, /^Host "evil\.example:\d+" is not this machine/);
  });

  it("is open to a program: it sends no Origin", async () => {
    await using hub = await startTestBroker();

    await connects(hub.wsPort, {});
  });

  it("is open to the port's own origin, whatever the case of its Host", async () => {
    await using hub = await startTestBroker();

    await connects(hub.wsPort, {
      origin: `http://localhost:${hub.wsPort}`,
      headers: { host: `LOCALHOST:${hub.wsPort}` },
    });
  });

  it("is open to a listed origin, and only to that", async () => {
    const origin = "http://127.0.0.1:8080";
    await using hub = await startTestBroker({
      listeners: [{ kind: "ws", host: "127.0.0.1", port: 0, origins: [origin] }],
    });

    await connects(hub.wsPort, { origin });

    assert.equal((await refusal(hub.wsPort, { origin: "http://127.0.0.1:8081" })).status, 403);
  });
});

/** Connects as MQTT client and is answered. */
async function connects(port: number, options: ClientOptions): Promise<void> {
  const socket = openWebSocket(port, options);
  await using client = new RawClient(createWebSocketStream(socket));
  await once(socket, "open");
  await client.connect();
}

/** How the hub refuses the upgrade. */
async function refusal(
  port: number,
  options: ClientOptions,
): Promise<{ status: number | undefined; body: string; contentType: string | undefined }> {
  const socket = openWebSocket(port, options);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  socket.on("unexpected-response", (_request, response) => resolve(response));
  socket.on("open", () => {
    socket.terminate();
    reject(new Error("the hub let it in"));
  });
  const response = await promise;
  const body = await text(response);
  return { status: response.statusCode, body, contentType: response.headers["content-type"] };
}

function openWebSocket(port: number, options: ClientOptions): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/`, "mqtt", options);
}
