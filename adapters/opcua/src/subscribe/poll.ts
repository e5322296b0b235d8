/** Reads items at the interval of their group: for servers without subscriptions, and for items that one server watches too many of. */
import type { DataValue, NodeId } from "node-opcua-client";
import { type ChunkSize } from "../chunks.ts";
import { readAttributes, type TypedServer } from "../values/data-types.ts";

/** What is read, and how often. */
export interface PollPlan {
  readonly intervalMs: number;
  readonly items: readonly PolledItem[];
  /** Whether the nodes are registered with the server, which may read them faster then. */
  readonly registered: boolean;
  readonly chunk: ChunkSize;
}

export interface PolledItem {
  readonly item: number;
  readonly nodeId: NodeId;
  readonly indexRange?: string;
}

/** Where the values go. */
export interface PollSink {
  values(items: readonly PolledItem[], found: readonly DataValue[]): void;
  failed(cause: unknown): void;
  /** Nobody takes what is told: this turn can be left out. */
  isSlow(): boolean;
}

const VALUE = 13;

/** Polls until it is stopped. A pass that is still running at its next turn leaves that out, as does one that nobody would hear. */
export class Poller {
  readonly #server: TypedServer;
  readonly #plan: PollPlan;
  readonly #sink: PollSink;
  readonly #epoch = performance.now();
  #nodes: readonly NodeId[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Turns that were left out. */
  overruns = 0;

  constructor(server: TypedServer, plan: PollPlan, sink: PollSink) {
    this.#server = server;
    this.#plan = plan;
    this.#sink = sink;
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    if (this.#isStopped) return;
    const { intervalMs } = this.#plan;
    const sinceEpoch = performance.now() - this.#epoch;
    const next = (Math.floor(sinceEpoch / intervalMs) + 1) * intervalMs;
    this.#timer = setTimeout(() => void this.#pass(), next - sinceEpoch);
  }

  async #pass(): Promise<void> {
    if (this.#sink.isSlow()) {
      this.overruns += 1;
      this.#later();
      return;
    }
    const startedAt = performance.now();
    try {
      const { items, chunk } = this.#plan;
      const nodes = (this.#nodes ??= await this.#register());
      const wanted = items.map(({ nodeId, indexRange }, index) => ({
        nodeId: nodes[index] ?? nodeId,
        attributeId: VALUE,
        ...(indexRange !== undefined && { indexRange }),
      }));
      const found = await readAttributes(this.#server, wanted, chunk);
      if (!this.#isStopped) this.#sink.values(items, found);
    } catch (cause) {
      if (!this.#isStopped) this.#sink.failed(cause);
    }
    this.overruns += Math.floor((performance.now() - startedAt) / this.#plan.intervalMs);
    this.#later();
  }

  /** The ids to read by: the server's own short ones where it gives any. */
  async #register(): Promise<readonly NodeId[]> {
    const nodeIds = this.#plan.items.map(({ nodeId }) => nodeId);
    if (!this.#plan.registered) return nodeIds;
    try {
      return await this.#server.session.registerNodes(nodeIds);
    } catch {
      return nodeIds; // a server without registration reads them as well
    }
  }
}
