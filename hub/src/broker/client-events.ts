/** What happened lately to each client identifier: who came, how connections ended, who was refused. */
import type { ConnectingClient, ConnectionEnd } from "./contract.ts";
import { endWords } from "./end-words.ts";
import { shortened } from "./reason-text.ts";

/** For people. Times are milliseconds since 1970 UTC. */
export type ClientEvent =
  | {
      readonly kind: "connected";
      readonly at: number;
      readonly address: string;
      readonly protocol: ConnectingClient["protocol"];
      /** Its session was there already. */
      readonly isResumed: boolean;
    }
  | {
      readonly kind: "ended" | "refused";
      readonly at: number;
      readonly address: string;
      /** MQTT 5's; `undefined` when the connection was lost. */
      readonly reasonCode: number | undefined;
      readonly because: string;
    };

/** Client identifiers that are remembered; of more those to which nothing happened for longest are forgotten. */
const MOST_CLIENTS = 10_000;
const MOST_EVENTS = 8;

export class ClientEvents {
  readonly #events = new Map<string, readonly ClientEvent[]>();

  connected(client: ConnectingClient, isResumed: boolean, at: number): void {
    const { clientId, address, protocol } = client;
    this.#note(clientId, { kind: "connected", at, address, protocol, isResumed });
  }

  ended(client: ConnectingClient, end: ConnectionEnd, at: number): void {
    const { clientId, address, keepAliveSeconds } = client;
    const reasonCode = end.by === "network" ? undefined : end.reasonCode;
    const because = shortened(endWords(end, keepAliveSeconds));
    this.#note(clientId, { kind: "ended", at, address, reasonCode, because });
  }

  /** Only of clients that were let in before: anybody may invent identifiers. */
  refused(
    { clientId, address }: ConnectingClient,
    { reasonCode, because }: { readonly reasonCode: number; readonly because: string },
    at: number,
  ): void {
    if (!this.#events.has(clientId)) return;
    this.#note(clientId, { kind: "refused", at, address, reasonCode, because: shortened(because) });
  }

  /** The newest last. */
  of(clientId: string): readonly ClientEvent[] {
    return this.#events.get(clientId) ?? [];
  }

  #note(clientId: string, event: ClientEvent): void {
    const before = this.#events.get(clientId) ?? [];
    this.#events.delete(clientId); // the newest last
    this.#events.set(clientId, [...before, event].slice(-MOST_EVENTS));
    const [oldest] = this.#events.keys();
    if (this.#events.size > MOST_CLIENTS && oldest !== undefined) this.#events.delete(oldest);
  }
}
