/**
 * What a host shows of one edge node: births make and replace metrics, data moves them, deaths make them stale. When a
 * message may be taken is decided in `host-sessions.ts`.
 */
import type {
  HostListener,
  HostMetric,
  HostReading,
  RebirthCause,
  StaleCause,
} from "./host-listener.ts";
import { bornMetric, readingOf } from "./host-metric.ts";
import {
  bornAs,
  dealAlias,
  forgetAliases,
  openHostMember,
  subjectOf,
  type HostMember,
} from "./host-member.ts";
import type { HostNode } from "./host-node.ts";
import { timeOf, type Arrived } from "./host-reorder.ts";
import type { Metric } from "./payload.ts";

/** Since when and why metrics are no longer to be believed. */
export interface Stale {
  /** Milliseconds UTC: of this host's clock, but of the payload when a device died. */
  readonly at: number;
  readonly because: StaleCause;
}

/** What is shown of edge nodes: told of each message in its turn, and of what can no longer be believed. */
export interface Picture {
  /** Replaces all that was known. */
  nodeBorn(node: HostNode, message: Arrived, bdSeq: number | undefined): void;
  /** Opens the device among those of the node. */
  deviceBorn(node: HostNode, deviceId: string, message: Arrived): void;
  lastKnown(node: HostNode, message: Arrived): void;
  /** Gives why a birth is needed if it is. */
  data(node: HostNode, member: HostMember, message: Arrived): RebirthCause | undefined;
  nodeDied(node: HostNode, message: Arrived): void;
  deviceDied(node: HostNode, device: HostMember, message: Arrived): void;
  allStale(node: HostNode, server: string, stale: Stale): void;
}

export class HostPicture implements Picture {
  readonly #listener: HostListener;
  readonly #maxDevices: number;

  /** `maxDevices`: of one edge node; their ids come from the wire. */
  constructor(listener: HostListener, maxDevices: number) {
    this.#listener = listener;
    this.#maxDevices = maxDevices;
  }

  /** Replaces all that was known. Aliases are dealt anew; devices are stale until their own birth. */
  nodeBorn(node: HostNode, message: Arrived, bdSeq: number | undefined): void {
    const { receivedAt, server } = message;
    for (const device of node.devices.values()) {
      forgetAliases(node, device);
      const stale = { at: receivedAt, because: "edge node was born again" } as const;
      this.memberStale(node, device, { ...stale, server });
    }
    node.templates.clear();
    const metrics = this.#bear(node, node.own, message);
    this.#listener.nodeBorn?.(subjectOf(node, node.own, server), {
      bdSeq,
      at: receivedAt,
      metrics,
    });
  }

  deviceBorn(node: HostNode, deviceId: string, message: Arrived): void {
    const device = this.#device(node, deviceId, message);
    if (device === undefined) return;
    const metrics = this.#bear(node, device, message);
    this.#listener.deviceBorn?.(subjectOf(node, device, message.server), {
      at: timeOf(message),
      metrics,
    });
  }

  /**
   * A birth that an aware server kept: metrics with the values they had then, stale since then. It says nothing of
   * whether the node lives, and its aliases may be dealt anew by now.
   */
  lastKnown(node: HostNode, message: Arrived): void {
    const { deviceId, payload, receivedAt } = message;
    const member = deviceId === undefined ? node.own : this.#device(node, deviceId, message);
    const at = Math.min(timeOf(message), receivedAt);
    if (member === undefined || member.state.kind === "online" || at <= member.bornAt) return;
    const context = { fallback: at, templates: node.templates };
    node.templates.learn(payload);
    member.bornAt = at;
    member.state = { kind: "stale", since: at };
    this.#takeMetrics(member, message, (metric, name) => bornMetric(metric, name, context));
    const metrics = [...member.metrics.values()];
    this.#listener.lastKnown?.(subjectOf(node, member, message.server), { at, metrics });
  }

  /** Live values and those of the past; gives why a birth is needed if it is. */
  data(node: HostNode, member: HostMember, message: Arrived): RebirthCause | undefined {
    const live: HostReading[] = [];
    const past: HostReading[] = [];
    const context = { fallback: timeOf(message), templates: node.templates };
    let cause: RebirthCause | undefined;
    for (const metric of message.payload.metrics) {
      const born = bornAs(member, metric);
      if (born === undefined) {
        cause = "unknown metric or alias";
        continue;
      }
      const reading = readingOf(metric, born, context);
      if (metric.isHistorical) past.push(reading);
      else if (member.state.kind !== "online") cause = "message before birth";
      else {
        member.metrics.set(born.name, { ...born, ...reading });
        live.push(reading);
      }
    }
    const subject = subjectOf(node, member, message.server);
    if (past.length > 0) this.#listener.historical?.(subject, past);
    if (live.length > 0) this.#listener.valuesChanged?.(subject, live);
    return cause;
  }

  /**
   * All at the host's own clock.
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale]
   */
  nodeDied(node: HostNode, { server, receivedAt: at }: Arrived): void {
    this.#listener.nodeDied?.(subjectOf(node, node.own, server), at);
    this.allStale(node, server, { at, because: "edge node died" });
  }

  /**
   * Both at the payload's timestamp.
   * [tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline]
   * [tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale]
   */
  deviceDied(node: HostNode, device: HostMember, message: Arrived): void {
    const { server } = message;
    const at = timeOf(message);
    this.#listener.deviceDied?.(subjectOf(node, device, server), at);
    this.memberStale(node, device, { at, because: "device died", server });
  }

  allStale(node: HostNode, server: string, stale: Stale): void {
    for (const member of [node.own, ...node.devices.values()]) {
      this.memberStale(node, member, { ...stale, server });
    }
  }

  memberStale(
    node: HostNode,
    member: HostMember,
    { at, because, server }: Stale & { readonly server: string },
  ): void {
    if (member.state.kind === "stale") return;
    member.state = { kind: "stale", since: at };
    this.#listener.stale?.(subjectOf(node, member, server), { at, because });
  }

  #device(node: HostNode, deviceId: string, { topic }: Arrived): HostMember | undefined {
    const known = node.devices.get(deviceId);
    if (known !== undefined) return known;
    if (node.devices.size >= this.#maxDevices) {
      this.#listener.faulty?.(topic, `the edge node has more than ${this.#maxDevices} devices`);
      return undefined;
    }
    const device = openHostMember(deviceId);
    node.devices.set(deviceId, device);
    return device;
  }

  #bear(node: HostNode, member: HostMember, message: Arrived): readonly HostMetric[] {
    const context = { fallback: timeOf(message), templates: node.templates };
    node.templates.learn(message.payload);
    forgetAliases(node, member);
    const twice: string[] = [];
    this.#takeMetrics(member, message, (metric, name) => {
      if (metric.alias !== undefined && !dealAlias(node, member, { alias: metric.alias, name }))
        twice.push(`${metric.alias} ("${name}")`);
      return bornMetric(metric, name, context);
    });
    if (twice.length > 0)
      this.#listener.faulty?.(message.topic, `aliases are dealt twice: ${someOf(twice)}`);
    member.bornAt = context.fallback;
    member.state = { kind: "online", since: context.fallback };
    return [...member.metrics.values()];
  }

  #takeMetrics(
    member: HostMember,
    { payload, topic }: Arrived,
    take: (metric: Metric, name: string) => HostMetric,
  ): void {
    member.metrics.clear();
    for (const metric of payload.metrics) {
      const { name } = metric;
      if (name === undefined) this.#listener.faulty?.(topic, "a metric of a birth has no name");
      else member.metrics.set(name, take(metric, name));
    }
  }
}

/** The first few of a list, as text. */
function someOf(list: readonly string[]): string {
  const more = list.length > 3 ? ` and ${list.length - 3} more` : "";
  return list.slice(0, 3).join(", ") + more;
}
