/**
 * What one measurement is: who publishes how to whom, and what comes out. These values travel between the bench and
 * its load generator, which is a process of its own.
 */

/** Who receives whose messages. */
export type Routing =
  /** Every subscriber receives the messages of all publishers. */
  | "all"
  /** Publisher and subscriber in pairs, each with a topic of its own. */
  | "pairs"
  /** All subscribers share one subscription (`$share`): each message goes to one of them. */
  | "shared";

/** How the messages come. */
export type Load =
  /** As fast as the server can, with at most `windowMessages` that a subscriber of it has not seen yet. */
  | { readonly kind: "flow"; readonly windowMessages: number }
  /** As a plant does: each publisher at its own pace, one message after the other. */
  | { readonly kind: "paced"; readonly perSecondEach: number }
  /** Connections that say nothing. */
  | { readonly kind: "idle"; readonly connections: number }
  /** Into the queues of sessions whose clients are away; then they come and fetch them. */
  | { readonly kind: "offline"; readonly messages: number };

export type Payload =
  | { readonly kind: "plain"; readonly bytes: number }
  /** DDATA of this many metrics by alias, within a session that is right: NBIRTH, DBIRTH, `seq`. */
  | { readonly kind: "sparkplug"; readonly metrics: number };

/** What to reach, as a ratio to Mosquitto. */
export type Target =
  | { readonly kind: "messages per CPU second"; readonly atLeast: number }
  | { readonly kind: "CPU and p99"; readonly cpuAtMost: number; readonly p99AtMost: number };

export interface Scenario {
  /** What `--only` names. */
  readonly name: string;
  readonly says: string;
  readonly publishers: number;
  readonly subscribers: number;
  readonly routing: Routing;
  readonly qos: 0 | 1;
  readonly payload: Payload;
  readonly load: Load;
  /** The subscribers' sessions outlive their connections, and the server keeps them on disk. */
  readonly persistent: boolean;
  readonly target: Target | undefined;
}

/** One round, as the load generator is told of it. */
export interface Round {
  readonly scenario: Scenario;
  readonly port: number;
  /** The server's process: its CPU time and memory are read from /proc. */
  readonly serverPid: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Makes client ids and Sparkplug sessions differ from those of the rounds before. */
  readonly number: number;
}

export interface RoundResult {
  /** Messages that arrived at subscribers while it was measured; with `offline`: that were acknowledged. */
  readonly messages: number;
  readonly seconds: number;
  readonly serverCpuSeconds: number;
  readonly generatorCpuSeconds: number;
  /** Messages that never arrived. */
  readonly lost: number;
  /** From the publisher's write to the subscriber's read, milliseconds. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly bytesPerConnection?: number;
  /** `offline`: how fast the sessions fetched their messages afterwards, and at which CPU time of the server. */
  readonly drainedPerSecond?: number;
  readonly drainedPerCpuSecond?: number;
  /** Commands that reached the edge nodes: rebirth requests, which a right session does not see. */
  readonly commands?: number;
}

/** What the generator answers. */
export type Answer =
  | { readonly kind: "done"; readonly result: RoundResult }
  | { readonly kind: "failed"; readonly because: string };
