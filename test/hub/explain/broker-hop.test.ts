import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClientSession } from "../../../hub/src/broker/index.ts";
import { brokerHop } from "../../../hub/src/explain/broker-hop.ts";

const CLIENT: ClientSession = {
  clientId: "gw",
  owner: "",
  username: undefined,
  address: "10.0.0.7:50000",
  protocol: "5",
  clean: true,
  keepAliveSeconds: 30,
  sessionExpirySeconds: 0,
  will: undefined,
  isConnected: true,
  since: 1_700_000_000_000,
  expirySeconds: 0,
  subscriptions: [],
  queued: 0,
  queuedBytes: 0,
  maxQueued: 100_000,
  maxQueuedBytes: 1_000_000,
  bytesReceived: 0,
  bytesSent: 0,
  inFlight: 0,
  isHeldUp: false,
  outgoingBytes: 0,
  received: 7,
  sent: 0,
  dropped: 0,
  lastEnd: undefined,
  lastSentAt: undefined,
};
const READY = { kind: "ready" } as const;

describe("the broker as a hop", () => {
  it("is fine when it reads from the client", () => {
    const hop = brokerHop({ client: CLIENT, store: READY, report: undefined });

    assert.equal(hop.status, "ok");
    assert.deepEqual(hop.evidence, [["messages from it", "7"]]);
  });

  it("may be the reason when it cannot keep messages, or reads slowly", () => {
    const full = { kind: "full", because: "the disk is full" } as const;

    const hops = [
      brokerHop({ client: CLIENT, store: full, report: undefined }),
      brokerHop({ client: { ...CLIENT, isHeldUp: true }, store: READY, report: undefined }),
    ];

    assert.deepEqual(
      hops.map(({ status }) => status),
      ["suspect", "suspect"],
    );
    assert.match(hops[0]?.says ?? "", /the disk is full/);
    assert.match(hops[1]?.says ?? "", /"gw" sends faster/);
    assert.ok(hops.every(({ todo }) => todo !== undefined));
  });

  it("says nothing of a client that is away", () => {
    const away = { ...CLIENT, isConnected: false };

    assert.equal(brokerHop({ client: away, store: READY, report: undefined }).status, "unknown");
  });
});
