/**
 * A Host Application: keeps the picture of all edge nodes whose messages it is fed, asks for births when only those can
 * help, and writes. It opens no connection: whoever owns the MQTT clients says `connected`, `received`, `disconnected`
 * for each server and publishes what it is handed. `HostSession` does that, with STATE and its Will.
 */
import { rebirthRequest, type NodeId } from "./command.ts";
import { HostInbox } from "./host-inbox.ts";
import type { HostListener, RebirthCause } from "./host-listener.ts";
import { HostNodes, type HostNodeView } from "./host-node.ts";
import { REBIRTH_POLICY, RebirthRequests, type RebirthPolicy } from "./host-rebirth.ts";
import { HostSessions } from "./host-sessions.ts";
import { checkWrite, type HostWrite, type WriteResult } from "./host-write.ts";
import type { Clock } from "./session-clock.ts";
import type { SparkplugMessage } from "./transport.ts";

const REORDER_TIMEOUT_MS = 2000;
const MAX_NODES = 100_000;
const MAX_DEVICES = 10_000;

/** What a host is made of. Who wants connections with it takes `HostSession`. */
export interface HostApplicationOptions {
  readonly clock: Clock;
  /** From 0 up to, not including, 1: spreads rebirth requests. */
  random(): number;
  readonly listener: HostListener;
  /** Publishes a command through the server that is named. */
  publish(server: string, message: SparkplugMessage): void;
  /** How long a missing message may be on its way, in milliseconds; 0 where the server keeps order. Default 2000. */
  readonly reorderTimeoutMs?: number;
  /** `never`: asks for no births by itself, as the standard allows hosts that are not primary. */
  readonly rebirths?: Partial<RebirthPolicy> | "never";
  /** How many edge nodes are followed, and how many devices of each. Default 100 000 and 10 000. */
  readonly maxNodes?: number;
  readonly maxDevices?: number;
  /** `told` (default): commands carry the datatype, which the standard advises against and much of the field needs. */
  readonly commandDatatypes?: "told" | "leftOut";
}

/** A host without connections: messages go in, the picture of all edge nodes and commands come out. */
export class HostApplication {
  readonly #options: HostApplicationOptions;
  readonly #nodes: HostNodes;
  readonly #connected = new Set<string>();
  readonly #rebirths: RebirthRequests;
  readonly #sessions: HostSessions;
  readonly #inbox: HostInbox;

  constructor(options: HostApplicationOptions) {
    this.#options = options;
    const { clock, listener, rebirths, reorderTimeoutMs = REORDER_TIMEOUT_MS } = options;
    const { maxNodes = MAX_NODES, maxDevices = MAX_DEVICES } = options;
    this.#nodes = new HostNodes(maxNodes);
    const policy = { ...REBIRTH_POLICY, ...(rebirths === "never" ? {} : rebirths) };
    this.#rebirths = new RebirthRequests({
      clock,
      policy,
      random: () => options.random(),
      send: (node, cause) => this.#askForBirths(node, cause),
    });
    this.#sessions = new HostSessions({
      clock,
      listener,
      maxDevices,
      reorderTimeoutMs,
      needsRebirth: (node, cause) => {
        if (rebirths !== "never") this.#rebirths.ask(node, cause);
      },
      settled: (node) => this.#rebirths.settle(node),
    });
    this.#inbox = new HostInbox({ clock, listener, nodes: this.#nodes, sessions: this.#sessions });
  }

  /** All edge nodes ever heard of. */
  nodes(): Iterable<HostNodeView> {
    return this.#nodes;
  }

  /** One edge node; `undefined` when it was never heard of. */
  node(id: NodeId): HostNodeView | undefined {
    return this.#nodes.find(id);
  }

  /** The subscriptions at a server stand. Nodes that are away may have been born there meanwhile: they are asked. */
  connected(server: string): void {
    this.#connected.add(server);
    for (const node of this.#nodes) {
      const isAway = node.session.kind === "offline" || isHeardOf(node);
      if (isAway && this.#options.rebirths !== "never") this.#rebirths.ask(node, "connected again");
    }
  }

  /** The connection to a server is gone: all that was learnt through it is stale. */
  disconnected(server: string): void {
    this.#connected.delete(server);
    for (const node of this.#nodes) this.#sessions.serverLost(node, server);
  }

  /** A message that a server delivered. Never throws: what is wrong goes to `faulty`. */
  received(server: string, topic: string, payload: Uint8Array): void {
    this.#inbox.received(server, topic, payload);
  }

  /** Writes one metric. What comes back in data makes it done, nothing else does. */
  write(write: HostWrite): WriteResult {
    const { clock, commandDatatypes = "told" } = this.#options;
    const form = { timestamp: clock.now(), tellDatatype: commandDatatypes === "told" };
    const checked = checkWrite(this.#nodes.find(write), write, form);
    if (!checked.ok) return { sent: false, because: checked.because };
    this.#options.publish(checked.server, checked.message);
    return { sent: true };
  }

  /** Asks an edge node for its births, within the same bounds as the host itself. */
  requestRebirth(node: NodeId): void {
    this.#rebirths.ask(node, "asked for");
  }

  /** Forgets an edge node that was renamed or is gone for good. When it speaks again it is a new one. */
  forget(id: NodeId): void {
    this.#nodes.drop(id)?.stopTimer?.();
    this.#rebirths.settle(id);
  }

  /** Takes back all timers. */
  stop(): void {
    this.#rebirths.stop();
    for (const node of this.#nodes) node.stopTimer?.();
  }

  /** Through the server where the node lives; through all when that is not sure. */
  #askForBirths(node: NodeId, cause: RebirthCause): void {
    const session = this.#nodes.find(node)?.session;
    for (const server of session?.kind === "online" ? [session.server] : this.#connected) {
      this.#options.publish(server, rebirthRequest(node, this.#options.clock.now()));
      this.#options.listener.rebirthRequested?.(node, { server, cause });
    }
  }
}

/** Somebody, but not a server's certificate, said something of this node, and it was never born before our eyes. */
function isHeardOf({ session, own }: HostNodeView): boolean {
  return session.kind === "unborn" && own.metrics.size === 0;
}
