/** What the broker asks the rest of the hub: who may come in, what may pass, who hears it. */
import { providedBy, shareStrategy } from "./broker-setup.ts";
import type { BrokerOptions } from "./broker/index.ts";
import type { Access } from "./identity/index.ts";
import type { AwareServer, Guard } from "./namespace/index.ts";
import type { Streams } from "./replay/index.ts";
import type { Traffic } from "./traffic.ts";
import type { Uns } from "./uns/index.ts";

export interface Answering {
  readonly traffic: Traffic;
  readonly access: Access;
  readonly uns: Uns;
  readonly guard: Guard;
  readonly aware: AwareServer;
  readonly streams: Streams;
}

export function brokerQuestions({
  traffic,
  access,
  uns,
  guard,
  aware,
  streams,
}: Answering): Omit<BrokerOptions, "id" | "listeners" | "log"> {
  const { gate } = access;
  return {
    mayConnect: (client) => uns.willFault(client) ?? traffic.mayConnect(client),
    mayPublish: (client, topic) =>
      streams.publishFault(topic) ?? uns.mayPublish(topic) ?? gate.mayPublish(client, topic),
    maySubscribe: (client, filter) => gate.maySubscribe(client, filter),
    mayReceive: (clientId, topic) => gate.mayReceive(clientId, topic),
    mayPublishWill: (will) => gate.mayPublishWill(will),
    watcherOf: (topic, client) =>
      streams.keeping(topic, uns.watcherOf(topic, client) ?? traffic.watcherOf(topic, client)),
    streams,
    shareStrategy,
    provided: providedBy(aware.live, uns),
    pskOf: (name) => access.pskOf(name),
    connected: (client) => traffic.connected(client),
    disconnected: (client, end) => traffic.disconnected(client, end),
    subscribed: (client, granted) => guard.subscribed(client, granted),
    unsubscribed: (client, filter) => guard.unsubscribed(client, filter),
  };
}
