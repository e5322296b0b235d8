/** What the broker asks the rest of the hub: who may come in, what may pass, who hears it. */
import { providedBy, shareStrategy } from "./broker-setup.ts";
import type { BrokerOptions, Verdict } from "./broker/index.ts";
import type { DiagnosticsRoom } from "./diagnostics-setup.ts";
import type { Access } from "./identity/index.ts";
import type { AwareServer, Guard } from "./namespace/index.ts";
import type { ReplayRoom } from "./replay-setup.ts";
import { countedAs, type Traffic } from "./traffic.ts";
import type { Uns } from "./uns/index.ts";

export interface Answering {
  readonly traffic: Traffic;
  readonly access: Access;
  readonly uns: Uns;
  readonly guard: Guard;
  readonly aware: AwareServer;
  readonly replay: Pick<ReplayRoom, "streams" | "republisher">;
  readonly diagnostics: Pick<DiagnosticsRoom, "refused">;
}

/** Whether anybody may publish on a topic of the hub, whatever his rights; `undefined`: it is none, and rights decide. */
export function byTopicAlone(
  {
    streams,
    uns,
  }: {
    readonly streams: Pick<ReplayRoom["streams"], "publishFault">;
    readonly uns: Pick<Uns, "mayPublish">;
  },
  topic: string,
): Verdict | undefined {
  return streams.publishFault(topic) ?? uns.mayPublish(topic);
}

export function brokerQuestions({
  traffic,
  access,
  uns,
  guard,
  aware,
  replay: { streams, republisher },
  diagnostics: { refused },
}: Answering): Omit<BrokerOptions, "id" | "listeners" | "log"> {
  const { gate } = access;
  return {
    mayConnect: (client) => uns.willFault(client) ?? traffic.mayConnect(client),
    mayPublish: (client, topic) =>
      byTopicAlone({ streams, uns }, topic) ?? countedAs("acl", gate.mayPublish(client, topic)),
    maySubscribe: (client, filter) => gate.maySubscribe(client, filter),
    mayReceive: (clientId, topic) => gate.mayReceive(clientId, topic),
    mayPublishWill: (will) => gate.mayPublishWill(will),
    watcherOf: (topic, client) =>
      republisher.watcherOf(topic) ??
      streams.keeping(topic, uns.watcherOf(topic, client) ?? traffic.watcherOf(topic, client)),
    streams,
    shareStrategy,
    provided: providedBy(aware.live, uns),
    pskOf: (name) => access.pskOf(name),
    connected: (client) => traffic.connected(client),
    refused,
    disconnected: (client, end) => traffic.disconnected(client, end),
    subscribed: (client, granted) => guard.subscribed(client, granted),
    unsubscribed: (client, filter) => guard.unsubscribed(client, filter),
  };
}
