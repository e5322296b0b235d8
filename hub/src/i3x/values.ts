/** What elements are worth now: value, quality and time, as JSON text. */
import { isTemplate, type Datatype, type MetricValue, type Template } from "@unshub/sparkplug";
import type { Sight } from "../feed/index.ts";
import { valueJson, type NodeSession, type UnsTree } from "../tree/index.ts";
import { worseOf, worthOf, type JsonQuality } from "../uns/index.ts";
import { quoted, utc } from "./exact-json.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element, MemberElement, MetricElement, PartElement } from "./space/element.ts";
import type { Member, Members } from "./space/members.ts";

/** `value`: JSON text. */
export interface Vqt {
  readonly value: string;
  readonly quality: JsonQuality;
  readonly timestamp: string;
}

export interface ValuesOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  readonly members: Members;
  /** How often an edge node was asked for its births since the hub started. */
  readonly rebirthsOf: (node: { readonly groupId: string; readonly edgeNodeId: string }) => number;
  /** The time of what never had one: milliseconds since 1970 UTC. */
  readonly startedAt: number;
}

/** The members of an object. */
export function vqtText({ value, quality, timestamp }: Vqt): string {
  return `"value":${value},"quality":"${quality}","timestamp":"${timestamp}"`;
}

export class Values {
  readonly #options: ValuesOptions;
  readonly #start: string;

  constructor(options: ValuesOptions) {
    this.#options = options;
    this.#start = utc(options.startedAt) ?? "";
  }

  /** `sight`: edge nodes have in their value only what may be seen. */
  of(element: Element, sight: Sight): Vqt {
    switch (element.kind) {
      case "metric":
        return this.metric(element.id);
      case "part":
        return this.#part(element);
      case "member":
        return this.#member(element, sight);
      case "adapter": {
        const { protocol, groupId, edgeNodeId } = element.adapter;
        const value = JSON.stringify({ protocol, edgeNode: `${groupId}/${edgeNodeId}` });
        return { value, quality: "Good", timestamp: this.#start };
      }
      case "place":
      case "adapters":
        return { value: "null", quality: "GoodNoData", timestamp: this.#start };
    }
  }

  metric(id: number): Vqt {
    const { values, definitions } = this.#options.tree;
    const { text, quality } = worthText(values.value(id), {
      datatype: definitions.datatype(id),
      quality: values.quality(id),
    });
    return { value: text, quality, timestamp: this.#timeOf(id) };
  }

  /** As good as the metric whose value it is in. */
  #part({ id, member }: PartElement): Vqt {
    const { values } = this.#options.tree;
    const { datatype, value, timestamp } = member;
    const { text, quality } = worthText(value, { datatype, quality: values.quality(id) });
    const own = timestamp === undefined ? undefined : utc(timestamp);
    return { value: text, quality, timestamp: own ?? this.#timeOf(id) };
  }

  #member(element: MemberElement, sight: Sight): Vqt {
    const member = this.#options.members.of(element.row);
    if (member === undefined) {
      return { value: "null", quality: "GoodNoData", timestamp: this.#start };
    }
    return member.place.member.deviceId === undefined
      ? this.#edgeNode(member, sight)
      : this.#metricsOf(member);
  }

  /** All metrics of a device as one value: as good as the worst of them, as new as the newest. */
  #metricsOf({ row, metrics }: Member): Vqt {
    const { names } = this.#options.members;
    const texts: string[] = [];
    let worst: JsonQuality = "GoodNoData";
    let newest = this.#start;
    for (const id of metrics) {
      const { value, quality, timestamp } = this.metric(id);
      texts.push(`"${names.of(row, id).nameJson}":${value}`);
      if (quality === "GoodNoData") continue;
      if (worst === "GoodNoData" || timestamp > newest) newest = timestamp;
      worst = worseOf(worst, quality);
    }
    const value = worst === "GoodNoData" ? "null" : `{${texts.join(",")}}`;
    return { value, quality: worst, timestamp: newest };
  }

  /** What the hub knows of it, with its own metrics: as good as the worst, as new as the newest. */
  #edgeNode(member: Member, sight: Sight): Vqt {
    const { session, metrics } = member;
    const state = this.#stateText(session);
    const known = this.#worthOfState(session);
    const [first] = metrics;
    if (first === undefined || !sight.sees(first)) return { value: `{${state}}`, ...known };
    const own = this.#metricsOf(member);
    const value = `{${state},"metrics":${own.value}}`;
    if (own.quality === "GoodNoData") return { value: `{${state}}`, ...known };
    const timestamp = own.timestamp > known.timestamp ? own.timestamp : known.timestamp;
    return { value, quality: worseOf(known.quality, own.quality), timestamp };
  }

  #worthOfState(session: NodeSession | undefined): Omit<Vqt, "value"> {
    const since = session?.own.since ?? 0;
    const timestamp = since === 0 ? this.#start : (utc(since) ?? this.#start);
    return { quality: session?.own.state === "last-known" ? "Uncertain" : "Good", timestamp };
  }

  #stateText(session: NodeSession | undefined): string {
    if (session === undefined)
      return '"online":false,"bdSeq":null,"lastBirth":null,"lastDeath":null,"rebirths":0';
    const { own, bdSeq } = session;
    const birth = own.bornAt === 0 ? undefined : utc(own.bornAt);
    const death = own.state === "offline" && own.since !== 0 ? utc(own.since) : undefined;
    return JSON.stringify({
      online: own.state === "online",
      bdSeq: bdSeq ?? null,
      lastBirth: birth ?? null,
      lastDeath: death ?? null,
      rebirths: this.#options.rebirthsOf(session),
    }).slice(1, -1);
  }

  /** The time of its value by its source; by the hub where that is no date. */
  #timeOf(id: number): string {
    const { values } = this.#options.tree;
    const receivedAt = values.receivedAt(id);
    if (receivedAt === 0) return this.#start;
    return utc(values.timestamp(id)) ?? utc(receivedAt) ?? this.#start;
  }

  /** One entry of `components`, or of an update. */
  entryText(element: MetricElement | PartElement | MemberElement | Element, sight: Sight): string {
    return `{"elementId":${quoted(element.path)},${vqtText(this.of(element, sight))}}`;
  }
}

/** A value of the tree or of the history, as JSON text, and what it is worth. */
export function worthText(
  value: MetricValue,
  {
    datatype,
    quality,
  }: {
    readonly datatype: Datatype | undefined;
    readonly quality: Parameters<typeof worthOf>[1];
  },
): { readonly text: string; readonly quality: JsonQuality } {
  const worth = worthOf(value, quality);
  if (worth.value === null) return { text: "null", quality: worth.quality };
  const text = textOf(worth.value, datatype);
  return text === undefined ? { text: "null", quality: "Bad" } : { text, quality: worth.quality };
}

/** `undefined`: JSON has no form for it. */
function textOf(
  value: Exclude<MetricValue, null>,
  datatype: Datatype | undefined,
): string | undefined {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (datatype === "DateTime" && typeof value !== "object") {
    const time = utc(Number(value));
    return time === undefined ? undefined : `"${time}"`;
  }
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return quoted(value);
  return JSON.stringify(isTemplate(value) ? membersJson(value) : valueJson(value, datatype));
}

/** A template as its members have it, by name. */
function membersJson({ metrics }: Template): object {
  return Object.fromEntries(
    metrics.flatMap(({ name, datatype, value }) => {
      if (name === undefined) return [];
      const json = isTemplate(value) ? membersJson(value) : valueJson(value, datatype);
      return [[name, json]];
    }),
  );
}
