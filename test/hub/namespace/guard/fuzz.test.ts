import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { ConnectingClient, MqttMessage } from "../../../../hub/src/broker/index.ts";
import { Guard } from "../../../../hub/src/namespace/index.ts";
import { NodeSessions, UnsTree } from "../../../../hub/src/tree/index.ts";
import { rawPayload } from "../../../support/sparkplug-raw.ts";
import { SILENT_LOG } from "../../../support/silent-log.ts";

const TYPES = ["NBIRTH", "NDEATH", "NDATA", "NCMD", "DBIRTH", "DDEATH", "DDATA", "DCMD"];
const topic = fc.oneof(
  fc
    .tuple(fc.constantFrom(...TYPES), fc.constantFrom("a", "b"), fc.constantFrom("", "/d", "/D"))
    .map(([type, edge, device]) => `spBv1.0/g/${type}/${edge}${device}`),
  fc.constantFrom("spBv1.0/STATE/h", "STATE/h", "plain", "$sparkplug/certificates/x", "$UNS/x"),
  fc.string(),
);
const metric = fc.record(
  {
    name: fc.constantFrom("bdSeq", "Node Control/Rebirth", "x", "X"),
    alias: fc.nat(3),
    timestamp: fc.nat(),
    datatype: fc.nat(40),
    isNull: fc.boolean(),
    int: fc.nat(),
    string: fc.string(),
    bytes: fc.uint8Array({ maxLength: 9 }),
  },
  { requiredKeys: [] },
);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .record(
      { timestamp: fc.nat(), seq: fc.nat(300), metrics: fc.array(metric, { maxLength: 5 }) },
      { requiredKeys: [] },
    )
    .map((fields) => rawPayload(fields)),
);
const flags = { qos: fc.constantFrom(0, 1, 2), retain: fc.boolean() } as const;
const message: fc.Arbitrary<MqttMessage> = fc.record({ topic, payload, ...flags });

function clientOf(clientId: string, will: MqttMessage | undefined): ConnectingClient {
  const who = { clientId, username: undefined, password: undefined, address: "10.0.0.1:1" };
  return { ...who, protocol: "5", clean: true, keepAliveSeconds: 0, sessionExpirySeconds: 0, will };
}

describe("the guard", () => {
  it("has an answer to whatever clients send, and never throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("observe" as const, "strict" as const),
        fc.option(message, { nil: undefined }),
        fc.array(fc.tuple(fc.boolean(), message), { maxLength: 20 }),
        (profile, will, messages) => {
          const sessions = new NodeSessions(new UnsTree(), (node) => guard.suspect(node));
          const guard: Guard = new Guard({
            config: { sparkplug: { profile, rules: {} }, otherTopics: "allow" },
            hostId: "hub",
            log: SILENT_LOG,
            now: () => 1_700_000_000_000,
            born: (node, deviceId, each) => sessions.born(node, deviceId, each),
            endClient: () => undefined,
          });
          const clients = [clientOf("one", will), clientOf("two", undefined)] as const;
          for (const client of clients) {
            guard.mayConnect(client);
            guard.connected(client);
          }
          for (const [isFirst, each] of messages) {
            const client = clients[isFirst ? 0 : 1];
            const told = { ...each, clientId: client.clientId, receivedAt: 1_700_000_000_000 };
            const watch = guard.watch(each.topic, client);
            if (watch?.take(told) !== undefined) continue;
            sessions.follower(each.topic)?.(told);
            watch?.after(told);
          }
          for (const client of clients) guard.disconnected(client, { by: "client", reasonCode: 0 });
          guard.sweep();

          assert.ok(guard.findings().every(({ because }) => because !== ""));
          assert.ok(guard.grades().length <= 10);
        },
      ),
      { numRuns: 500 },
    );
  });
});
