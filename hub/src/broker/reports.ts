/** What happens to connections: counted, and told in the log. It decides nothing. */
import type { Logger } from "@unshub/adapter";
import type { Connection } from "./connection.ts";
import type { ConnectionEnd } from "./contract.ts";
import type { Counting } from "./counters.ts";
import { MalformedLog, type MalformedReport } from "./malformed.ts";
import { hostOf, type RareLog } from "./rare-log.ts";
import type { Violation } from "./violation.ts";

export interface ReportsOptions {
  /** For bugs of ours, each of which is worth a line. */
  readonly log: Logger;
  readonly rareLog: RareLog;
  readonly counting: Counting;
  /** Milliseconds since 1970 UTC. */
  readonly wall: () => number;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #malformedLog: MalformedLog;

  constructor(options: ReportsOptions) {
    this.#options = options;
    this.#malformedLog = new MalformedLog(options.log, options.wall);
  }

  /** A socket was closed before it said anything in MQTT. */
  turnedAway(address: string, because: string): void {
    const { counting, rareLog } = this.#options;
    counting.turnedAway += 1;
    const sentence = "a connection was closed before it spoke MQTT";
    rareLog.say("warn", { address, because }, sentence, `${hostOf(address)} ${because}`);
  }

  /** Bytes that are not MQTT; also those that never became a connection. */
  malformed(report: MalformedReport): void {
    this.#options.counting.malformed += 1;
    this.#malformedLog.report(report);
  }

  violated({ address, session, head }: Connection, violation: Violation): void {
    const start = Buffer.from(head.subarray(0, 32));
    this.malformed({ address, clientId: session?.clientId, violation, head: start });
  }

  failed(connection: Connection, error: unknown): void {
    const { counting, log } = this.#options;
    counting.faults += 1;
    const fields = { ...whoIs(connection), error };
    log.error(fields, "a client met a bug of the MQTT server; its connection was ended");
  }

  throttled(connection: Connection): void {
    const { counting, rareLog } = this.#options;
    counting.throttled += 1;
    const sentence = "a client publishes faster than it may; it is read more slowly";
    rareLog.warn(whoIs(connection), sentence);
  }

  slow(connection: Connection): void {
    const sentence = "a client reads too slowly; QoS 0 messages for it are dropped";
    this.#options.rareLog.warn(whoIs(connection), sentence);
  }

  ending(connection: Connection, reasonCode: number, because: string): void {
    const { counting, rareLog } = this.#options;
    const { ended } = counting;
    ended.set(reasonCode, (ended.get(reasonCode) ?? 0) + 1);
    if (connection.isOpen) return; // `ended` says it
    const fields = { ...whoIs(connection), because, reasonCode };
    rareLog.info(fields, "a client was disconnected");
  }

  ended(connection: Connection): void {
    const fields = { ...whoIs(connection), because: wordsOf(connection.endedBy) };
    this.#options.rareLog.info(fields, "client disconnected");
  }
}

function whoIs({ session, address }: Connection) {
  return { clientId: session?.clientId, address };
}

/** Why a connection ended, for the log. */
function wordsOf(end: ConnectionEnd): string {
  if (end.by === "server") return end.because;
  return end.by === "client" ? "it said DISCONNECT" : "its connection was lost";
}
