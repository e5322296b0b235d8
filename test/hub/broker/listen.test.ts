import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { BrokerError } from "../../../hub/src/broker/errors.ts";
import { createTcpListener } from "../../../hub/src/broker/tcp-listener.ts";
import { freePort } from "../../support/free-port.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import { openSocket, RawClient } from "../../support/mqtt-raw-client.ts";

const HOST = "127.0.0.1";

describe("listening", { timeout: 180_000 }, () => {
  it("says which port is in use, and what to do", async () => {
    await using taken = await takePort();
    const { port } = taken;

    const error = await startError([{ kind: "mqtt", host: HOST, port }]);

    assert.equal(error.code, "PORT_IN_USE");
    assert.equal(
      error.message,
      `MQTT port ${port} at 127.0.0.1 is in use by another program. See which with: ss -ltnp 'sport = :${port}' — then stop it, or set listeners.mqtt.port in unshub.yaml.`,
    );
    assert.ok(error.cause instanceof Error);
  });

  it("closes the first port again when the second cannot be opened", async () => {
    await using taken = await takePort();
    const free = await freePort();

    const error = await startError([
      { kind: "mqtt", host: HOST, port: free },
      { kind: "ws", host: HOST, port: taken.port },
    ]);

    assert.match(error.message, /^MQTT over WebSocket port .* set listeners\.ws\.port/);
    await assert.rejects(openSocket(free), { code: "ECONNREFUSED" });
  });

  it("says when an address is not one of this machine", async () => {
    const error = await startError([{ kind: "mqtt", host: "192.0.2.1", port: 0 }]); // TEST-NET-1

    assert.equal(error.code, "ADDRESS_NOT_HERE");
    assert.match(error.message, /listeners\.mqtt\.host/);
  });

  it("says when a port needs rights that the user does not have", async (t) => {
    const unprivileged = process.getuid?.() !== 0;
    if (!unprivileged) {
      t.skip("root may open every port");
      return;
    }

    const error = await startError([{ kind: "mqtt", host: HOST, port: 1 }]);

    assert.equal(error.code, "PORT_FORBIDDEN");
  });

  it("gives the addresses in the order of the listeners", async () => {
    await using hub = await startTestBroker({
      listeners: [
        { kind: "ws", host: HOST, port: 0 },
        { kind: "mqtt", host: HOST, port: 0 },
        { kind: "mqtt", host: HOST, port: 0 },
      ],
    });

    assert.deepEqual(
      hub.broker.addresses.map(({ kind }) => kind),
      ["ws", "mqtt", "mqtt"],
    );
    for (const { port } of hub.broker.addresses) assert.ok(port > 0);
  });

  it("answers a browser on the WebSocket port with what it is", async () => {
    await using hub = await startTestBroker();

    const response = await fetch(`http://127.0.0.1:${hub.wsPort}/`);

    assert.equal(response.status, 426);
    assert.match(await response.text(), /MQTT over WebSocket/);
  });

  it("does not delay small answers: TCP_NODELAY is set on each connection (A18)", async () => {
    const accepted = new Inbox<Duplex>();
    const listener = createTcpListener({
      maxPacketBytes: 1000,
      handshakeWithinMs: 1000,
      arrived: (_socket, enter) => enter(),
      accepted: accepted.push,
      handshakeFailed: () => {},
      malformed: () => {},
      failed: () => {},
    });
    listener.server.listen(0, HOST);
    await once(listener.server, "listening");

    const client = await openSocket(portOf(listener.server));
    const socket = await accepted.next();

    // on loopback the delay cannot be measured reliably; Node keeps the setting under a symbol
    const settings = Object.getOwnPropertySymbols(socket).filter(
      (symbol) => symbol.description === "kSetNoDelay" && Reflect.get(socket, symbol) === true,
    );
    assert.equal(settings.length, 1);
    client.destroy();
    socket.destroy();
    await listener.close();
  });

  it("is not needed: a broker without listeners serves attached streams", async () => {
    await using hub = await startTestBroker({ listeners: [] });

    await hub.broker.publish({ topic: "a", payload: new Uint8Array(1), qos: 0, retain: false });

    assert.deepEqual(hub.broker.addresses, []);
    assert.deepEqual(hub.broker.counters.received, [1, 0, 0]);
  });
});

describe("a broker that was stopped", { timeout: 180_000 }, () => {
  it("can be started again on the same port at once", async () => {
    const port = await freePort();
    const listeners = [{ kind: "mqtt" as const, host: HOST, port }];
    const first = await startTestBroker({ listeners });
    await using client = await RawClient.connected(port);
    await first.broker.stop();
    await client.closed;

    await using second = await startTestBroker({ listeners });

    await using again = await RawClient.connected(second.port);
    await again.ping();
  });
});

async function startError(
  listeners: readonly { kind: "mqtt" | "ws"; host: string; port: number }[],
): Promise<BrokerError> {
  const error: unknown = await startTestBroker({ listeners }).then(
    async (hub) => {
      await hub.broker.stop();
      return undefined;
    },
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BrokerError, "the broker should not start");
  return error;
}

interface TakenPort extends AsyncDisposable {
  readonly port: number;
}

async function takePort(): Promise<TakenPort> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  return { port: portOf(server), [Symbol.asyncDispose]: () => closed(server) };
}

function portOf(server: Server): number {
  // as: a listening TCP server has an AddressInfo
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
