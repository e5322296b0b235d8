/** `$SYS/broker/…`: what users of Mosquitto look for, under the same names. Retained, renewed every ten seconds. */
import { type BrokerCounters, totalOf } from "./counters.ts";

export interface SysFigures {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly counters: BrokerCounters;
}

/** Topic and text of each. */
export function sysTopics({
  version,
  uptimeSeconds,
  counters,
}: SysFigures): ReadonlyMap<string, string> {
  const dropped = Object.values(counters.dropped).reduce((sum, count) => sum + count, 0);
  const away = counters.sessions - counters.connections;
  const figures: Readonly<Record<string, string | number>> = {
    version: `UNS Hub ${version}`,
    uptime: `${Math.floor(uptimeSeconds)} seconds`,
    "clients/total": counters.sessions,
    "clients/connected": counters.connections,
    "clients/active": counters.connections,
    "clients/disconnected": Math.max(away, 0),
    "clients/inactive": Math.max(away, 0),
    "clients/maximum": counters.connectionsMaximum,
    "clients/expired": counters.sessionsExpired,
    "subscriptions/count": counters.subscriptions,
    "shared_subscriptions/count": counters.sharedGroups,
    "retained messages/count": counters.retained,
    "retained messages/bytes": counters.retainedBytes,
    "store/messages/count": counters.queued,
    "messages/received": totalOf(counters.received),
    "messages/sent": totalOf(counters.sent),
    "publish/messages/received": totalOf(counters.received),
    "publish/messages/sent": totalOf(counters.sent),
    "publish/messages/dropped": dropped,
    "bytes/received": counters.bytesReceived,
    "bytes/sent": counters.bytesSent,
  };
  return new Map(
    Object.entries(figures).map(([name, value]) => [`$SYS/broker/${name}`, String(value)]),
  );
}
