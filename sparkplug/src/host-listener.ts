/** What a Host Application tells its owner. */
import type { NodeId } from "./command.ts";
import type { Datatype } from "./datatype.ts";
import type { MetricValue, Quality } from "./metric.ts";
import type { Property } from "./payload.ts";
import type { HostState } from "./state.ts";

/** The value of one metric at one moment, as the host understood it. */
export interface HostReading {
  readonly name: string;
  readonly value: MetricValue;
  readonly quality: Quality;
  /** Why the quality is not good, where that is known. */
  readonly reason: string | undefined;
  /** Milliseconds since 1970 UTC: when the value was captured. */
  readonly timestamp: number;
  /** Shown, but not to be kept in a history. */
  readonly isTransient: boolean;
}

/** A metric as its birth announced it, with its last live value. */
export interface HostMetric extends HostReading {
  /** Name of its datatype; `undefined` when the birth said none that the standard has. */
  readonly datatype: Datatype | undefined;
  readonly alias: number | bigint | undefined;
  readonly properties: ReadonlyMap<string, Property>;
}

/** An edge node, or one of its devices when there is a `deviceId`, and the server through which it speaks. */
export interface HostSubject extends NodeId {
  readonly deviceId: string | undefined;
  readonly server: string;
}

/** Why metrics are no longer to be believed. */
export type StaleCause =
  | "edge node died"
  | "device died"
  | "edge node was born again"
  | "messages were lost"
  | "connection to the server lost";

/** Why an edge node is asked for its births. */
export type RebirthCause =
  | "message before birth"
  | "messages missing"
  | "birth out of order"
  | "unknown metric or alias"
  | "undecodable payload"
  | "connected again"
  | "asked for";

/** What a host tells, as it happens. Times are milliseconds since 1970 UTC. All of it may be left out. */
export interface HostListener {
  /** An NBIRTH was taken: everything known of the node before is replaced; its devices follow. */
  nodeBorn?(
    subject: HostSubject,
    birth: {
      readonly bdSeq: number | undefined;
      readonly at: number;
      readonly metrics: readonly HostMetric[];
    },
  ): void;
  deviceBorn?(
    subject: HostSubject,
    birth: { readonly at: number; readonly metrics: readonly HostMetric[] },
  ): void;
  /**
   * A birth that an aware server kept (`certificates`): metrics as they were at `at`, the node's clock. They are stale
   * until the node is heard.
   */
  lastKnown?(
    subject: HostSubject,
    birth: { readonly at: number; readonly metrics: readonly HostMetric[] },
  ): void;
  /** Live values, in the order of the message. */
  valuesChanged?(subject: HostSubject, readings: readonly HostReading[]): void;
  /** Past values (store and forward): for the history, never for the live picture. */
  historical?(subject: HostSubject, readings: readonly HostReading[]): void;
  /** `at`: the payload's own timestamp. */
  deviceDied?(subject: HostSubject, at: number): void;
  /** `at`: this host's clock. All devices died with it. */
  nodeDied?(subject: HostSubject, at: number): void;
  /** All metrics of the subject keep their last values and are stale. */
  stale?(subject: HostSubject, stale: { readonly at: number; readonly because: StaleCause }): void;
  rebirthRequested?(
    node: NodeId,
    request: { readonly server: string; readonly cause: RebirthCause },
  ): void;
  /** STATE of some host, ourselves too. `timestamp` is `undefined` in the form before Sparkplug 3.0. */
  hostState?(
    hostId: string,
    state: {
      readonly server: string;
      readonly online: boolean;
      readonly timestamp: HostState["timestamp"] | undefined;
    },
  ): void;
  /** Something that the standard does not allow was seen; it was passed over as far as it was wrong. */
  faulty?(topic: string, because: string): void;
}
