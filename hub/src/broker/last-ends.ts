/** How the last connection of each client identifier ended, also of those that have no session any longer. */
import type { ConnectingClient, ConnectionEnd } from "./contract.ts";
import { endWords } from "./end-words.ts";
import { shortened } from "./reason-text.ts";

/** The end of a connection, for people. */
export interface LastEnd {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly by: ConnectionEnd["by"];
  /** MQTT 5's; `undefined` when the connection was lost. */
  readonly reasonCode: number | undefined;
  readonly because: string;
  /** How often in a row another connection took its identifier within a minute: two clients that fight do so again and again. */
  readonly takeovers: number;
}

const SESSION_TAKEN_OVER = 0x8e;
const IN_A_ROW_MS = 60_000;

/** Client identifiers that are remembered; of more those that ended longest ago are forgotten. */
const MOST_CLIENTS = 10_000;

export class LastEnds {
  readonly #ends = new Map<string, LastEnd>();

  /** `at`: milliseconds since 1970 UTC. */
  note({ clientId, keepAliveSeconds }: ConnectingClient, end: ConnectionEnd, at: number): void {
    const before = this.#ends.get(clientId);
    const reasonCode = end.by === "network" ? undefined : end.reasonCode;
    const isFresh = before !== undefined && at - before.at < IN_A_ROW_MS;
    const isTakenOver = end.by === "server" && reasonCode === SESSION_TAKEN_OVER;
    this.#ends.delete(clientId); // the newest last
    this.#ends.set(clientId, {
      at,
      by: end.by,
      reasonCode,
      because: shortened(endWords(end, keepAliveSeconds)),
      takeovers: (isFresh ? before.takeovers : 0) + Number(isTakenOver),
    });
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > MOST_CLIENTS && oldest !== undefined) this.#ends.delete(oldest);
  }

  /** `undefined`: none has ended since the hub started. */
  of(clientId: string): LastEnd | undefined {
    return this.#ends.get(clientId);
  }
}
