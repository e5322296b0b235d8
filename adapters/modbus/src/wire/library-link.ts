/**
 * The fallback `transport: modbus-serial`: the same link, with the library speaking instead of our engines. One request
 * at a time; on serial lines the orphan rule holds as well, because the library takes any answer that has the right
 * length. No trace and no counters of dropped frames, since the library does not show them. Loaded when it is used.
 */
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import { ModbusError } from "../errors.ts";
import { Alarm } from "./alarm.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";
import type { Engine, EngineHost } from "./engine.ts";
import { linkName, type LinkConfig } from "./link-config.ts";
import type { LinkParts } from "./link.ts";
import { Orphans } from "./orphans.ts";
import { keepAwake, loadSerialPort } from "./serial/library-port.ts";
import { wordAt } from "./pdu.ts";
import type { WireRequest, WireResult } from "./request.ts";
import { why } from "./tcp-carrier.ts";

const LATE_WINDOW_FACTOR = 10;

/** The parts of a link that uses the library. */
export function libraryParts(config: LinkConfig): LinkParts {
  return {
    open: (events, signal) => openLibrary(config, events, signal),
    engine: (host) => new LibraryEngine(host, config),
    replacesSilent: config.framing !== "rtu",
  };
}

async function openLibrary(
  config: LinkConfig,
  events: CarrierEvents,
  signal: AbortSignal,
): Promise<Carrier> {
  const name = linkName(config);
  const { default: library } = await import("modbus-serial");
  const client = new library.default();
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason);
  signal.addEventListener("abort", giveUp);
  try {
    await Promise.race([connect(client, config), promise]);
    return new LibraryCarrier(client, name, events);
  } catch (cause) {
    client.on("error", () => undefined);
    client.destroy(() => undefined);
    if (cause instanceof ModbusError) throw cause;
    throw new ModbusError("CONNECT_FAILED", `cannot connect to ${name}: ${why(cause)}`, { cause });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function connect(client: ModbusRTU, config: LinkConfig): Promise<void> {
  switch (config.framing) {
    case "tcp":
      return client.connectTCP(config.host, { port: config.port });
    case "rtuOverTcp":
      // What the library calls TcpRTUBuffered still sends MBAP; this is the one that sends RTU.
      return client.connectTelnet(config.host, { port: config.port });
    case "rtu": {
      const { path, baud, dataBits = 8, parity = "none", stopBits = 1 } = config;
      const { SerialPort } = await loadSerialPort(path);
      await client.connectRTUBuffered(path, { baudRate: baud, dataBits, parity, stopBits });
      // The library keeps its port to itself, and the port needs to be kept awake.
      const port: unknown = Reflect.get(Object(Reflect.get(client, "_port")), "_client");
      if (port instanceof SerialPort) keepAwake(port);
      return;
    }
    case "tls":
      throw new ModbusError("CONNECT_FAILED", "modbus-serial speaks no TLS: use transport: own");
  }
}

/** The library's client; it is not a stream of bytes, so nobody writes to it. */
class LibraryCarrier implements Carrier {
  readonly client: ModbusRTU;
  #isClosing = false;

  constructor(client: ModbusRTU, name: string, events: CarrierEvents) {
    this.client = client;
    const lost = (reason: string): void => {
      if (!this.#isClosing)
        events.closed(new ModbusError("LINK_LOST", `connection to ${name}: ${reason}`));
    };
    client.on("close", () => lost("closed"));
    client.on("error", (cause) => lost(why(cause)));
  }

  write(): void {
    throw new ModbusError("BAD_REQUEST", "modbus-serial makes its own frames");
  }

  close(): Promise<void> {
    if (this.#isClosing || !this.client.isOpen) return Promise.resolve();
    this.#isClosing = true;
    return new Promise((resolve) => this.client.close(() => resolve()));
  }
}

/** One request after the other through the library. */
class LibraryEngine implements Engine {
  readonly #host: EngineHost;
  readonly #config: LinkConfig;
  readonly #alarm: Alarm;
  readonly #orphans = new Orphans();
  #client: ModbusRTU | undefined;
  #onWire: WireRequest | undefined;
  #readyAt = 0;

  constructor(host: EngineHost, config: LinkConfig) {
    this.#host = host;
    this.#config = config;
    this.#alarm = new Alarm(host.clock, () => this.pump());
  }

  get inFlight(): number {
    return this.#onWire === undefined ? 0 : 1;
  }

  attach(carrier: Carrier, readyAt: number): void {
    if (carrier instanceof LibraryCarrier) this.#client = carrier.client;
    this.#readyAt = readyAt;
  }

  detach(cause: ModbusError): void {
    this.#client = undefined;
    this.#alarm.clear();
    if (this.#onWire !== undefined) this.#orphan(this.#onWire);
    this.#finish(this.#onWire, { kind: "linkDown", cause, wasSent: true });
  }

  received(): void {
    // The library reads its connection itself.
  }

  pump(): void {
    const client = this.#client;
    if (client === undefined || this.#onWire !== undefined) return;
    const nowMs = this.#host.clock.elapsedMs();
    if (nowMs < this.#readyAt) return this.#alarm.by(this.#readyAt);
    this.#orphans.forget(nowMs);
    const request = this.#host.queue.take(this.#mayGo);
    if (request === undefined) return this.#alarm.by(this.#orphans.nextExpiry());
    if (this.#isImpossible(request)) return this.pump();
    this.#onWire = request;
    this.#host.counters.requests += 1;
    void this.#ask(client, request, nowMs);
  }

  /** The library does not know the answer to a mask write in RTU; finishes such a request. */
  #isImpossible(request: WireRequest): boolean {
    if (request.pdu[0] !== 22 || this.#config.framing === "tcp") return false;
    const message = `${this.#host.name}: modbus-serial cannot mask a register over RTU`;
    const cause = new ModbusError("BAD_REQUEST", message);
    request.done({ kind: "linkDown", cause, wasSent: false });
    return true;
  }

  /** Never rejects. */
  async #ask(client: ModbusRTU, request: WireRequest, sentAt: number): Promise<void> {
    const { clock, counters } = this.#host;
    const at = (): { at: number; rttMs: number } => ({
      at: this.#host.now(),
      rttMs: clock.elapsedMs() - sentAt,
    });
    let result: WireResult;
    try {
      const data = await callLibrary(client, request);
      counters.replies += 1;
      result = resultOf(request, data, at());
    } catch (cause) {
      result = this.#failed(request, cause, at());
    }
    if (this.#onWire !== request) return;
    this.#readyAt = clock.elapsedMs() + (this.#config.pauseBetweenRequestsMs ?? 0);
    this.#finish(request, result);
    if (result.kind === "timeout") this.#host.timedOut();
    else if (result.kind !== "noise") this.#host.answered();
    this.pump();
  }

  #failed(
    request: WireRequest,
    cause: unknown,
    when: { readonly at: number; readonly rttMs: number },
  ): WireResult {
    const { counters } = this.#host;
    const code: unknown = Reflect.get(Object(cause), "modbusCode");
    if (typeof code === "number") {
      counters.exceptions += 1;
      return { kind: "exception", code, ...when };
    }
    this.#orphan(request);
    if (Reflect.get(Object(cause), "name") === "TransactionTimedOutError") {
      counters.timeouts += 1;
      return { kind: "timeout" };
    }
    counters.mismatched += 1;
    return { kind: "noise", reason: "crc" };
  }

  #orphan(request: WireRequest): void {
    // Transaction ids make this needless with MBAP.
    if (this.#config.framing === "tcp") return;
    const windowMs = this.#config.lateWindowMs ?? LATE_WINDOW_FACTOR * request.timeoutMs;
    this.#orphans.add(request.unit, request, this.#host.clock.elapsedMs() + windowMs);
  }

  #finish(request: WireRequest | undefined, result: WireResult): void {
    this.#onWire = undefined;
    request?.done(result);
  }

  readonly #mayGo = (request: WireRequest): boolean => !this.#orphans.blocks(request.unit, request);
}

function resultOf(
  { reply }: WireRequest,
  data: Uint8Array | undefined,
  when: { readonly at: number; readonly rttMs: number },
): WireResult {
  if (data === undefined) return { kind: "written", ...when };
  if (reply.kind !== "data" || data.length !== reply.bytes) return { kind: "noise", reason: "crc" };
  return { kind: "data", data, ...when };
}

/** Takes the PDU apart again for the method that makes the same of it; answers the data of a read. */
async function callLibrary(
  client: ModbusRTU,
  { unit, pdu, timeoutMs }: WireRequest,
): Promise<Uint8Array | undefined> {
  client.setID(unit);
  client.setTimeout(timeoutMs);
  const start = wordAt(pdu, 1);
  const word = wordAt(pdu, 3);
  switch (pdu[0] ?? 0) {
    case 1:
      return (await client.readCoils(start, word)).buffer;
    case 2:
      return (await client.readDiscreteInputs(start, word)).buffer;
    case 3:
      return (await client.readHoldingRegisters(start, word)).buffer;
    case 4:
      return (await client.readInputRegisters(start, word)).buffer;
    default:
      await write(client, pdu, start, word);
      return undefined;
  }
}

async function write(
  client: ModbusRTU,
  pdu: Uint8Array,
  start: number,
  word: number,
): Promise<void> {
  switch (pdu[0] ?? 0) {
    case 5:
      await client.writeCoil(start, word !== 0);
      return;
    case 6:
      await client.writeRegister(start, word);
      return;
    case 15:
      await client.writeCoils(start, bitsOf(pdu.subarray(6), word));
      return;
    case 16:
      await client.writeRegisters(start, Buffer.from(pdu.subarray(6)));
      return;
    case 22:
      await client.maskWriteRegister(start, word, wordAt(pdu, 5));
      return;
    default:
      throw new ModbusError("BAD_REQUEST", `function ${pdu[0]} is not known`);
  }
}

function bitsOf(bytes: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => {
    return ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  });
}
