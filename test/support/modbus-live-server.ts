/**
 * A lying server whose registers say whose they are and of which request, and a whole adapter that polls it. A value
 * that is called GOOD although it belongs to another tag, or to another request than the last one for it, is wrong.
 */
import {
  answer,
  frameOf,
  HOSTILE,
  honestPdu,
  openHostile,
  type Behaviour,
  type Hostile,
  type HostileFraming,
  type HostileRequest,
} from "./modbus-hostile.ts";
import { liveValueOf, liveWord, placeOf } from "./modbus-live-values.ts";
import { ModbusRun, type RunEvent } from "./modbus-run.ts";
import { seeded } from "./seeded.ts";

/** A server whose registers are stamped with the number of the request. */
export function openLiveServer(framing: HostileFraming, behave?: Behaviour): Promise<Hostile> {
  return openHostile(framing, behave ?? HOSTILE.honest, ({ number, unit }, table, address) =>
    liveWord({ unit, table, address: address & 0xff, stamp: number }),
  );
}

/** Blocks that could be confused: two units, two tables, far apart, of equal and of other length. */
const TAGS = [
  { name: "near", at: "hr:0" },
  { name: "far", at: "hr:100" },
  { name: "input", at: "ir:0" },
  { name: "next", at: "ir:2" },
];
export const DEVICES = ["one", "two"] as const;

/** Why a GOOD value is wrong, as `server` sees it now; `undefined` when it is right. */
export function wrongOf(
  server: Pick<Hostile, "requests">,
  wanted: { readonly unit: number; readonly at: string },
  number: number,
): string | undefined {
  const live = liveValueOf(number);
  const place = `${wanted.unit} ${wanted.at}`;
  if (placeOf(live) !== place) return `${place} has the value of ${placeOf(live)}`;
  const last = server.requests.findLast((request) => asksFor(request, live))?.number;
  return live.stamp === last
    ? undefined
    : `${place} has a value of request ${live.stamp} of ${last}`;
}

function asksFor({ unit, pdu }: HostileRequest, live: ReturnType<typeof liveValueOf>): boolean {
  const start = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  const count = ((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0);
  const isTable = pdu[0] === (live.table === "hr" ? 3 : 4);
  return unit === live.unit && isTable && start <= live.address && live.address < start + count;
}

/** An adapter on a lying server. */
export class LiveRun implements AsyncDisposable {
  readonly server: LivePeer;
  readonly #devices: readonly string[];
  readonly #isBeyondPromise: (request: number) => boolean;
  readonly run: ModbusRun;
  readonly wrong: string[] = [];
  /** GOOD values so far, the wrong ones too. */
  good = 0;

  /** `link` and `device` are laid over what is usual here. */
  constructor(server: LivePeer, framing: HostileFraming, wishes: LiveWishes = {}) {
    this.server = server;
    this.#isBeyondPromise = wishes.isBeyondPromise ?? (() => false);
    const units = wishes.units ?? [1, 2];
    this.#devices = units.map((unit) => DEVICES[unit - 1] ?? "?");
    const reconnect = { first: "10ms", longest: "100ms" };
    const link = { ...linkOf(server, framing), retries: 0, reconnect };
    const devices = units.map((unit, index) => ({
      name: this.#devices[index],
      unit,
      readOnly: false,
      maxGap: 0,
      groups: { fast: { interval: "20ms" } },
      tags: TAGS.map((tag) => ({ ...tag, type: "uint32", publish: "always" })).concat(
        wishes.tags ?? [],
      ),
      ...wishes.device,
    }));
    this.run = new ModbusRun({ link: { ...link, ...wishes.link }, devices }, (event) =>
      this.#judge(event),
    );
  }

  static async start(
    server: LivePeer,
    framing: HostileFraming,
    wishes?: LiveWishes,
  ): Promise<LiveRun> {
    const live = new LiveRun(server, framing, wishes);
    await live.run.adapter.start();
    return live;
  }

  /** Resolves when each device has said `count` more GOOD values of each tag. */
  async fresh(count: number): Promise<void> {
    const devices = this.#devices;
    const before = this.run.events.length;
    await this.run.until(() =>
      devices.every((device) =>
        TAGS.every(({ name }) => this.#good(device, name, before) >= count),
      ),
    );
  }

  deaths(): number {
    return this.run.events.filter(({ kind }) => kind === "died").length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
  }

  #good(device: string, name: string, since: number): number {
    return this.run.events.slice(since).filter((event) => {
      if (event.kind !== "changed" || event.device !== device) return false;
      return event.metrics.some((metric) => metric.name === name && metric.quality === "good");
    }).length;
  }

  #judge(event: RunEvent): void {
    if (event.kind === "died") return;
    const unit = DEVICES.findIndex((name) => name === event.device) + 1;
    for (const { name, value, quality } of event.metrics) {
      const at = TAGS.find((tag) => tag.name === name)?.at;
      if (at === undefined || quality !== "good") continue;
      this.good += 1;
      const wrong = wrongOf(this.server, { unit, at }, Number(value));
      if (wrong === undefined || this.#isBeyondPromise(liveValueOf(Number(value)).stamp)) continue;
      this.wrong.push(`${event.kind}: ${event.device} ${wrong}`);
    }
  }
}

/** A server on a socket, or the device at the end of a serial line. */
export type LivePeer = Pick<Hostile, "requests"> &
  ({ readonly port: number } | { readonly path: string });

function linkOf(peer: LivePeer, framing: HostileFraming): object {
  if ("path" in peer) return { framing: "rtu", port: peer.path, baud: 115_200, parity: "none" };
  const kind = framing === "mbap" ? "tcp" : "rtuOverTcp";
  return { framing: kind, host: "127.0.0.1", port: peer.port };
}

export interface LiveWishes {
  /** 1 and 2 if left out. */
  readonly units?: readonly number[];
  readonly link?: object;
  readonly device?: object;
  readonly tags?: readonly { name: string; at: string; type: string; publish: string }[];
  /** Whether an answer to the request with this number came later than anybody promises to know it for what it is. */
  readonly isBeyondPromise?: (request: number) => boolean;
}

/** Something untrue, and what becomes of the truth. */
export interface Lie {
  readonly name: string;
  readonly framings: readonly HostileFraming[];
  readonly behave: () => Behaviour;
  /** The truth is told as well: nothing may get lost. */
  readonly isHarmless: boolean;
  readonly link?: object;
  /** It is the nature of the line, not a passing trouble. */
  readonly isAlways?: boolean;
}

const BOTH: readonly HostileFraming[] = ["mbap", "rtu"];
const TCP: readonly HostileFraming[] = ["mbap"];
const RTU: readonly HostileFraming[] = ["rtu"];

const of = (behaviour: Behaviour) => (): Behaviour => behaviour;

/** Every seventh answer or so comes only after the next request has. */
function late(): Behaviour {
  const random = seeded(5);
  let held: Uint8Array | undefined;
  return (request) => {
    const before = held;
    held = random() < 1 / 7 ? answer(request) : undefined;
    const pieces = [before, held === undefined ? answer(request) : undefined];
    request.peer.send(...pieces.filter((piece) => piece !== undefined));
  };
}

/** The answer before once more, then the right one. With RTU only where it can be told from it. */
function previous(): Behaviour {
  let before: HostileRequest | undefined;
  return (request) => {
    const last = before;
    before = request;
    const isTold = request.peer.framing === "mbap" || last?.pdu[4] !== request.pdu[4];
    const isOther = isTold || last?.unit !== request.unit || last.pdu[0] !== request.pdu[0];
    request.peer.send(...(last !== undefined && isOther ? [answer(last)] : []), answer(request));
  };
}

/** Two answers change places; `areIdsSwapped`: they keep their ids, so that each comes with the other's. */
function swapped(areIdsSwapped: boolean): Behaviour {
  let held: HostileRequest | undefined;
  return (request) => {
    const first = held;
    held = first === undefined ? request : undefined;
    if (first === undefined) return;
    const { peer } = request;
    const isTold = first.pdu[4] !== request.pdu[4] || first.unit !== request.unit;
    if (areIdsSwapped && isTold)
      peer.send(answer(first, { id: request.id }), answer(request, { id: first.id }));
    peer.send(answer(request), answer(first));
  };
}

/** Another master on the line: its question and the answer to it. */
const otherMaster: Behaviour = (request) => {
  const unit = 9;
  const question = frameOf(request.peer.framing, { id: 0, unit }, request.pdu);
  const reply = frameOf(request.peer.framing, { id: 0, unit }, honestPdu(request, 100));
  request.peer.send(question, reply, answer(request));
};

/** Only now and then, so that something comes through. */
function sometimes(behaviour: Behaviour): () => Behaviour {
  return () => (request) =>
    request.number % 5 === 0 ? behaviour(request) : HOSTILE.honest(request);
}

export const LIES: readonly Lie[] = [
  { name: "one byte per packet", framings: BOTH, behave: of(HOSTILE.bytewise), isHarmless: true },
  { name: "a duplicate", framings: BOTH, behave: of(HOSTILE.duplicate), isHarmless: true },
  { name: "a wrong unit", framings: BOTH, behave: of(HOSTILE.wrongUnit), isHarmless: true },
  { name: "a wrong function", framings: BOTH, behave: of(HOSTILE.wrongFunction), isHarmless: true },
  { name: "a register too many", framings: BOTH, behave: of(HOSTILE.oneMore), isHarmless: true },
  { name: "the previous answer", framings: BOTH, behave: previous, isHarmless: true },
  { name: "a foreign id", framings: TCP, behave: of(HOSTILE.foreignId), isHarmless: true },
  {
    name: "answers that overtake each other",
    framings: TCP,
    behave: () => swapped(false),
    isHarmless: true,
    link: { maxInFlight: 4, timeout: "1s" },
  },
  {
    name: "swapped ids",
    framings: TCP,
    behave: () => swapped(true),
    isHarmless: true,
    link: { maxInFlight: 4, timeout: "1s" },
  },
  { name: "noise before", framings: RTU, behave: of(HOSTILE.noiseBefore), isHarmless: true },
  { name: "noise after", framings: RTU, behave: of(HOSTILE.noiseAfter), isHarmless: true },
  { name: "another master", framings: RTU, behave: of(otherMaster), isHarmless: true },
  {
    name: "an echo",
    framings: RTU,
    behave: of(HOSTILE.echo),
    isHarmless: true,
    link: { localEcho: true },
    isAlways: true,
  },
  {
    name: "an echo that nobody told us of",
    framings: RTU,
    behave: of(HOSTILE.echo),
    isHarmless: true,
  },
  {
    name: "a byte count that lies",
    framings: BOTH,
    behave: of(HOSTILE.lyingByteCount),
    isHarmless: false,
  },
  { name: "a late answer", framings: BOTH, behave: late, isHarmless: false },
  { name: "a damaged answer", framings: RTU, behave: sometimes(HOSTILE.badCrc), isHarmless: false },
  {
    name: "a length of 65 535",
    framings: TCP,
    behave: sometimes(HOSTILE.length65535),
    isHarmless: false,
  },
  {
    name: "a length of 300",
    framings: TCP,
    behave: sometimes(HOSTILE.length300),
    isHarmless: false,
  },
  { name: "a length of 0", framings: TCP, behave: sometimes(HOSTILE.length0), isHarmless: false },
  {
    name: "a web server's banner",
    framings: BOTH,
    behave: sometimes(HOSTILE.httpBanner),
    isHarmless: false,
  },
  {
    name: "half an answer and a FIN",
    framings: BOTH,
    behave: sometimes(HOSTILE.finMidFrame),
    isHarmless: false,
  },
  { name: "a FIN", framings: BOTH, behave: sometimes(HOSTILE.fin), isHarmless: false },
  { name: "a RST", framings: BOTH, behave: sometimes(HOSTILE.rst), isHarmless: false },
  { name: "no answer", framings: BOTH, behave: sometimes(HOSTILE.silence), isHarmless: false },
];
