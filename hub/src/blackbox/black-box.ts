/**
 * The black box of the hub: what clients said in the last minutes, byte for byte, and how their connections ended. It
 * hears the broker, keeps the last of it in memory, and writes a file of it when somebody asks.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { ConnectionEnd, PacketTap } from "../broker/index.ts";
import { nameOf, packetsIn, writePacket } from "./packets.ts";
import { FORMAT_VERSION, type BlackBoxHead, type BlackBoxLine, type PacketLine } from "./format.ts";
import { Redactor, safeConnect, withoutWill, type SafeConnect } from "./redact.ts";
import { CONNECT, CUT, END, PACKETS, Ring, type RingEntry } from "./ring.ts";

export interface BlackBoxOptions {
  readonly hubId: string;
  readonly maxBytes: number;
  readonly keepMs: number;
  /** Payloads on these topics are never saved. */
  readonly redact: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** What holds of clients whose connection is older than the recording. */
export interface StandingBefore {
  subscriptionsOf(
    clientId: string,
  ): readonly { readonly filter: string; readonly qos: 0 | 1 | 2 }[];
  /** Messages without which nobody understands what a client says, which has this topic in its Will. */
  saidBy(willTopic: string): readonly { readonly topic: string; readonly payload: Uint8Array }[];
}

interface Known {
  readonly address: string;
  readonly at: number;
  /** `undefined`: it could not be read. */
  readonly connect: SafeConnect | undefined;
  endedAt: number | undefined;
}

/** Lines between two turns of the event loop. */
const LINES_AT_ONCE = 200;
const NOTHING = Buffer.alloc(0);

export class BlackBox implements PacketTap {
  readonly #options: BlackBoxOptions;
  readonly #ring: Ring;
  readonly #known = new Map<number, Known>();
  readonly #head = { kind: PACKETS, connection: 0, at: 0 };

  constructor(options: BlackBoxOptions) {
    this.#options = options;
    const { maxBytes, keepMs } = options;
    this.#ring = new Ring({ maxBytes, keepMs, forgot: (until) => this.#forget(until) });
  }

  connect(connection: number, address: string, packet: Buffer): void {
    const connect = safeConnect(packet);
    const at = this.#options.now();
    this.#known.set(connection, { address, at, connect, endedAt: undefined });
    this.#append(CONNECT, connection, at, NOTHING);
  }

  packets(connection: number, bytes: Buffer, start: number, end: number): void {
    const head = this.#head;
    head.kind = PACKETS;
    head.connection = connection;
    head.at = this.#options.now();
    this.#ring.append(head, bytes, start, end);
  }

  ended(connection: number, end: ConnectionEnd): void {
    const known = this.#known.get(connection);
    if (known === undefined) return;
    known.endedAt = this.#options.now();
    this.#append(END, connection, known.endedAt, Buffer.from(JSON.stringify(end)));
  }

  get figures(): { readonly bytes: number; readonly oldestAt: number | undefined } {
    return { bytes: this.#ring.allocatedBytes, oldestAt: this.#ring.oldestAt };
  }

  /** The file, as pieces of text; what comes while it is written is not in it. */
  async *save(redact: readonly string[], standing: StandingBefore): AsyncGenerator<string> {
    const filters = [...this.#options.redact, ...redact];
    const entries = this.#ring.snapshot(this.#options.now());
    const known = new Map(this.#known);
    const head: BlackBoxHead = {
      blackBox: FORMAT_VERSION,
      hub: this.#options.hubId,
      savedAt: new Date(this.#options.now()).toISOString(),
      redacted: filters,
    };
    yield `${JSON.stringify(head)}\n`;
    const writer = new LineWriter(known, filters);
    const arrived = new Set<number>();
    for (const { kind, connection } of entries) if (kind === CONNECT) arrived.add(connection);
    let lines: BlackBoxLine[] = [...writer.before(arrived, standing)];
    for (const entry of entries) {
      lines.push(...writer.linesOf(entry));
      if (lines.length < LINES_AT_ONCE) continue;
      yield textOf(lines);
      lines = [];
      await turn();
    }
    yield textOf(lines);
  }

  // oxlint-disable-next-line max-params -- what stands in the ring
  #append(kind: number, connection: number, at: number, bytes: Buffer): void {
    this.#ring.append({ kind, connection, at }, bytes, 0, bytes.length);
  }

  /** Of connections that ended before, nothing is in the ring any more. */
  #forget(until: number): void {
    for (const [connection, { endedAt }] of this.#known) {
      if (endedAt !== undefined && endedAt <= until) this.#known.delete(connection);
    }
  }
}

function textOf(lines: readonly BlackBoxLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Entries of the ring as lines of a file. */
class LineWriter {
  readonly #known: ReadonlyMap<number, Known>;
  readonly #filters: readonly string[];
  readonly #redactors = new Map<number, Redactor>();

  constructor(known: ReadonlyMap<number, Known>, filters: readonly string[]) {
    this.#known = known;
    this.#filters = filters;
  }

  /** Connections that are older than the recording, in which only others arrived, and how they stood. */
  *before(arrived: ReadonlySet<number>, standing: StandingBefore): Generator<BlackBoxLine> {
    for (const [c, known] of this.#known) {
      if (arrived.has(c)) continue;
      yield { ...this.#connectLine(c, known), before: true };
      const { at, connect } = known;
      for (const packet of connect === undefined ? [] : packetsOf(connect, standing))
        yield { ...this.#packetLine({ at, c }, packet), before: true };
    }
  }

  *linesOf({ kind, connection: c, at, bytes }: RingEntry): Generator<BlackBoxLine> {
    if (kind === CONNECT) {
      const known = this.#known.get(c);
      if (known !== undefined) yield this.#connectLine(c, known);
    } else if (kind === END) yield endLine(c, at, bytes);
    else if (kind === CUT) yield { at, c, packet: nameOf(bytes) };
    else {
      for (const packet of packetsIn(bytes)) yield this.#packetLine({ at, c }, packet);
    }
  }

  #packetLine({ at, c }: Pick<BlackBoxLine, "at" | "c">, packet: Buffer): PacketLine {
    const { isRedacted, topic, bytes } = this.#redactorOf(c).safe(packet);
    return {
      at,
      c,
      packet: nameOf(packet),
      ...(topic !== undefined && { topic }),
      ...(isRedacted && { redacted: true }),
      ...(bytes !== undefined && { bytes: bytes.toString("base64") }),
    };
  }

  #connectLine(c: number, { at, address, connect }: Known): PacketLine {
    if (connect === undefined) return { at, c, packet: "connect", address };
    const { clientId, version, isRedacted, willTopic } = connect;
    const hides = willTopic !== undefined && this.#redactorOf(c).isSecret(willTopic);
    const bytes = (hides ? withoutWill(connect) : connect.bytes).toString("base64");
    const redacted = isRedacted || hides ? ({ redacted: true } as const) : {};
    return { at, c, packet: "connect", clientId, address, protocol: version, ...redacted, bytes };
  }

  #redactorOf(c: number): Redactor {
    const version = this.#known.get(c)?.connect?.version ?? 4;
    const redactor = this.#redactors.get(c) ?? new Redactor(this.#filters, version);
    this.#redactors.set(c, redactor);
    return redactor;
  }
}

/** What it had subscribed to, and what it had said that is still needed. */
function packetsOf(
  { clientId, version, willTopic }: SafeConnect,
  standing: StandingBefore,
): readonly Buffer[] {
  const subscriptions = standing
    .subscriptionsOf(clientId)
    .map(({ filter: topic, qos }) => ({ topic, qos }));
  const subscribe = { cmd: "subscribe", messageId: 65_535, subscriptions } as const;
  const said = willTopic === undefined ? [] : standing.saidBy(willTopic);
  return [
    ...(subscriptions.length === 0 ? [] : [writePacket(subscribe, version)]),
    ...said.map(({ topic, payload }) =>
      writePacket(
        { cmd: "publish", topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false },
        version,
      ),
    ),
  ];
}

function endLine(c: number, at: number, bytes: Buffer): BlackBoxLine {
  const end: ConnectionEnd = JSON.parse(bytes.toString());
  if (end.by === "network") return { at, c, end: "network" };
  if (end.by === "client") return { at, c, end: "client", reasonCode: end.reasonCode };
  return { at, c, end: "server", reasonCode: end.reasonCode, because: end.because };
}
