/** A link under test, with a clock that stands still and requests that remember what came of them. */
import {
  openLink,
  type LinkConfig,
  type ModbusLink,
} from "../../adapters/modbus/src/wire/index.ts";
import type { WireRequest, WireResult } from "../../adapters/modbus/src/wire/request.ts";
import { expectedReply, readRequest, encodeRequest } from "../../adapters/modbus/src/wire/pdu.ts";
import assert from "node:assert/strict";
import type { LinkState } from "@unshub/adapter";
import type { Clock } from "../../adapters/modbus/src/clock.ts";
import type {
  RtuOverTcpLinkConfig,
  TcpLinkConfig,
} from "../../adapters/modbus/src/wire/link-config.ts";
import { Bell } from "./bell.ts";
import { StillClock } from "./modbus-clock.ts";
import { hexOf } from "./modbus-hex.ts";
import { openHostile, type Behaviour, type Hostile } from "./modbus-hostile.ts";
import { keepingLog, type LogLine } from "./silent-log.ts";

/** Long: with a clock of the system, a busy machine is no silent device. */
export const TIMEOUT_MS = 5000;

/** What came of a request: data as hex, everything else in words. */
export function told(result: WireResult): string {
  switch (result.kind) {
    case "data":
      return hexOf(result.data);
    case "exception":
      return `exception ${result.code}`;
    case "linkDown":
      return `${result.cause.code} ${result.wasSent ? "sent" : "unsent"}`;
    case "noise":
      return `noise ${result.reason}`;
    case "written":
    case "timeout":
      return result.kind;
  }
}

/** A request and the promise of what comes of it. */
export interface Asked {
  readonly request: WireRequest;
  readonly result: Promise<string>;
}

/** A request with `pdu`; the promise fails when `done` is called twice. */
export function ask(unit: number, pdu: Uint8Array, wishes: Partial<WireRequest> = {}): Asked {
  const { promise, resolve } = Promise.withResolvers<string>();
  let calls = 0;
  const request: WireRequest = {
    unit,
    pdu,
    reply: expectedReply(pdu),
    timeoutMs: TIMEOUT_MS,
    priority: "poll",
    deadline: 0,
    done: (result) => {
      calls += 1;
      if (calls > 1) throw new Error("done was called twice");
      resolve(told(result));
    },
    ...wishes,
  };
  return { request, result: promise };
}

/** A read of holding registers. */
export function askRegisters(
  unit: number,
  start: number,
  count: number,
  wishes: Partial<WireRequest> = {},
): Asked {
  return ask(unit, encodeRequest(readRequest("hr", start, count)), wishes);
}

/** A started link; dispose it to stop it. */
export class LinkRun implements AsyncDisposable {
  readonly link: ModbusLink;
  readonly clock: StillClock;
  readonly log: readonly LogLine[];
  readonly states: LinkState[] = [];
  readonly #bell = new Bell();

  /** `clock`: one that stands still, unless given. */
  constructor(config: LinkConfig, clock?: Clock) {
    this.clock = new StillClock();
    const { log, lines } = keepingLog(this.#bell.ring);
    this.log = lines;
    // The middle of the jitter.
    const context = { clock: clock ?? this.clock, log, now: () => 42, random: () => 0.5 };
    this.link = openLink(config, context);
    this.link.watch({
      changed: (state) => {
        this.states.push(state);
        this.#bell.ring();
      },
    });
    this.link.start();
  }

  /** A link that is up. */
  static async up(config: LinkConfig, clock?: Clock): Promise<LinkRun> {
    const run = new LinkRun(config, clock);
    await run.until("up");
    return run;
  }

  /** Resolves once the link is in `state`. */
  async until(state: LinkState): Promise<void> {
    await this.#bell.until(() => this.link.state === state);
  }

  /** Resolves once `holds`, asked again after each turn of the event loop; for what only a counter shows. */
  async heard(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => void setImmediate(resolve));
  }

  /** Sends; resolves with what came of it. */
  send({ request, result }: Asked): Promise<string> {
    this.link.send(request);
    return result;
  }

  /** Reads holding registers of unit 1. */
  read(start: number, count: number, wishes: Partial<WireRequest> = {}): Promise<string> {
    return this.send(askRegisters(1, start, count, wishes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.stop();
  }
}

/** A link that is up, and the server that it talks to. */
export interface Bench extends AsyncDisposable {
  readonly server: Hostile;
  readonly run: LinkRun;
  readonly counters: ModbusLink["counters"];
}

function benchOf(server: Hostile, run: LinkRun): Bench {
  return {
    server,
    run,
    counters: run.link.counters,
    [Symbol.asyncDispose]: async () => {
      await run.link.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A Modbus TCP link that is up, with a server that does `behave`. */
export async function openTcpBench(
  behave?: Behaviour,
  wishes: Partial<TcpLinkConfig> = {},
): Promise<Bench> {
  const server = await openHostile("mbap", behave);
  const { port } = server;
  return benchOf(server, await LinkRun.up({ framing: "tcp", host: "127.0.0.1", port, ...wishes }));
}

/** RTU frames over TCP, likewise. `lose`: lets a request that the server has seen time out. */
export async function openRtuBench(behave?: Behaviour, wishes: Partial<RtuOverTcpLinkConfig> = {}) {
  const server = await openHostile("rtu", behave);
  const { port } = server;
  const run = await LinkRun.up({ framing: "rtuOverTcp", host: "127.0.0.1", port, ...wishes });
  const lose = async (read: Promise<string>, seen: number): Promise<void> => {
    await server.seen(seen);
    await run.clock.pass(TIMEOUT_MS);
    assert.equal(await read, "timeout");
  };
  return { ...benchOf(server, run), lose };
}

/** One write of each kind, all at once; what came of them. */
export async function writeEachKind(run: LinkRun): Promise<readonly string[]> {
  const pdus = [
    encodeRequest({ functionCode: 5, start: 1, value: true }),
    encodeRequest({ functionCode: 6, start: 2, word: 7 }),
    encodeRequest({ functionCode: 15, start: 3, values: [true, false, true] }),
    encodeRequest({ functionCode: 16, start: 4, bytes: Uint8Array.of(0, 1, 0, 2) }),
    encodeRequest({ functionCode: 22, start: 5, andMask: 0xff00, orMask: 0x12 }),
  ];
  return await Promise.all(pdus.map((pdu) => run.send(ask(1, pdu, { priority: "write" }))));
}
