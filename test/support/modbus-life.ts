/**
 * A whole Modbus adapter over a clock that stands still and a wire in memory: the link, its engine and everything above
 * are the real ones, only the socket is not. For rules in which time matters.
 */
import type { Adapter, Logger, WriteResult } from "@unshub/adapter";
import type { BornMetric, MetricReading, MetricValue } from "@unshub/sparkplug";
import { createModbusAdapter } from "../../adapters/modbus/src/adapter.ts";
import type { ModbusConfig } from "../../adapters/modbus/src/config/config.ts";
import { parseModbusConfig } from "../../adapters/modbus/src/config/parse.ts";
import { ModbusError } from "../../adapters/modbus/src/errors.ts";
import type { Carrier, CarrierEvents } from "../../adapters/modbus/src/wire/carrier.ts";
import { WireLink } from "../../adapters/modbus/src/wire/link.ts";
import type { LinkConfig } from "../../adapters/modbus/src/wire/link-config.ts";
import { TcpTransactions } from "../../adapters/modbus/src/wire/tcp-transactions.ts";
import { readingsOf } from "./batch-readings.ts";
import { StillClock } from "./modbus-clock.ts";
import type { LogLine } from "./silent-log.ts";
import { writeOne } from "./write-one.ts";

export const WALL_MS = Date.UTC(2026, 0, 2);

/** What was asked. */
export interface LifeRequest {
  readonly unit: number;
  readonly functionCode: number;
  readonly start: number;
  /** Of a read: how many; of FC5 and FC6: the value. */
  readonly second: number;
}

/** The reply of a test: an exception, silence, a PDU, or nothing of its own: then the memory answers. */
export type LifeReply = number | "silent" | readonly number[] | undefined;

export type LifeEvent =
  | { readonly kind: "born"; readonly device: string; readonly metrics: readonly BornMetric[] }
  | { readonly kind: "told"; readonly device: string; readonly metrics: readonly MetricReading[] }
  | { readonly kind: "died"; readonly device: string; readonly reason: string };

export class ModbusLife implements AsyncDisposable {
  readonly clock = new StillClock();
  readonly adapter: Adapter<ModbusConfig>;
  readonly events: LifeEvent[] = [];
  readonly log: LogLine[] = [];
  readonly requests: LifeRequest[] = [];
  /** Holding registers of all units, by address. */
  readonly registers = new Map<number, number>();
  /** What this test answers itself. */
  reply: (request: LifeRequest) => LifeReply = () => undefined;
  /** Nobody takes a connection. */
  isDown = false;
  /** What the wall clock is ahead of where it began. */
  wallShiftMs = 0;
  connections = 0;
  /** How long every answer takes. */
  rttMs = 1;
  /** Every reply comes twice. */
  isEchoing = false;
  /** The replies to what was written at once come as one piece. */
  isInOnePiece = false;
  #events: CarrierEvents | undefined;

  constructor(config: object) {
    this.adapter = createModbusAdapter(
      ModbusLife.parse(config),
      {
        now: () => WALL_MS + this.clock.elapsedMs() + this.wallShiftMs,
        isSlow: () => false,
        dataDir: "/nowhere",
        log: this.#logger(),
        report: {
          born: (device, metrics) => this.events.push({ kind: "born", device, metrics }),
          changed: (device, metrics) => this.events.push({ kind: "told", device, metrics }),
          samples: (device, batch) => {
            const metrics = readingsOf(batch, this.#lastBorn(device));
            this.events.push({ kind: "told", device, metrics });
          },
          died: (device, reason) =>
            this.events.push({ kind: "died", device, reason: reason.message }),
        },
      },
      {
        clock: this.clock,
        random: () => 0.5,
        openLink: (link, context) => new WireLink(link, context, this.#parts(link)),
      },
    );
  }

  static parse(config: object): ModbusConfig {
    return parseModbusConfig({ link: { host: "plc" }, ...config }, { folder: "/" });
  }

  /** One device with `tags`, writable, polled every second; `fields` are keys of the device. */
  static device(tags: readonly object[], fields: object = {}): object {
    const groups = { fast: { interval: "1s" } };
    return { name: "plc", unit: 1, readOnly: false, groups, tags, ...fields };
  }

  /** Started, and so long gone that everybody who answers is born. */
  static async start(config: object, prepare?: (life: ModbusLife) => void): Promise<ModbusLife> {
    const life = new ModbusLife(config);
    prepare?.(life);
    await life.adapter.start();
    await life.clock.pass(100);
    return life;
  }

  /** The connection ends. */
  cut(): void {
    this.isDown = true;
    this.#events?.closed(new ModbusError("LINK_LOST", "plc: cut by the test"));
  }

  count(kind: LifeEvent["kind"], device = "plc"): number {
    return this.events.filter((event) => event.kind === kind && event.device === device).length;
  }

  /** What was said of a metric, births included, in order. */
  said(name: string, device = "plc"): readonly MetricReading[] {
    return this.events.flatMap((event) => {
      if (event.kind === "died" || event.device !== device) return [];
      return event.metrics.filter((metric) => metric.name === name);
    });
  }

  last(name: string, device = "plc"): MetricReading | undefined {
    return this.said(name, device).at(-1);
  }

  /** How often holding registers from `start` on were read. */
  reads(start: number): number {
    return this.requests.filter((each) => each.functionCode === 3 && each.start === start).length;
  }

  /** Writes and lets `ms` pass, so that it is read back. */
  async write(metric: string, value: MetricValue, ms = 5000): Promise<WriteResult> {
    const done = writeOne(this.adapter, "plc", metric, value);
    await this.clock.pass(ms);
    return await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.adapter.stop();
    await this.clock.pass(60_000);
    await stopped;
  }

  #lastBorn(device: string): readonly BornMetric[] {
    const births = this.events.filter((event) => event.kind === "born");
    return births.findLast((event) => event.device === device)?.metrics ?? [];
  }

  #logger(): Logger {
    const at =
      (level: keyof Logger) =>
      (fields: object, message: string): void => {
        this.log.push({ level, fields, message });
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  #parts(config: LinkConfig): ConstructorParameters<typeof WireLink>[2] {
    if (config.framing !== "tcp") throw new TypeError("this wire speaks TCP only");
    return {
      open: async (events) => {
        if (this.isDown) throw new ModbusError("CONNECT_FAILED", "cannot connect to plc");
        this.connections += 1;
        this.#events = events;
        return this.#carrier(events);
      },
      engine: (host) => new TcpTransactions(host, config),
      replacesSilent: false,
    };
  }

  #carrier(events: CarrierEvents): Carrier {
    return {
      write: (bytes) => {
        const copy = Buffer.from(bytes);
        const replies: Buffer[] = [];
        for (let at = 0; at < copy.length; at += 6 + copy.readUInt16BE(at + 4)) {
          const reply = this.#replyTo(copy.subarray(at, at + 6 + copy.readUInt16BE(at + 4)));
          if (reply !== undefined) replies.push(reply);
        }
        const pieces = this.isInOnePiece ? [Buffer.concat(replies)] : replies;
        for (const piece of pieces) this.#deliver(piece, events);
      },
      close: () => Promise.resolve(),
    };
  }

  #replyTo(frame: Buffer): Buffer | undefined {
    const functionCode = frame.readUInt8(7);
    const [start, second] = [frame.readUInt16BE(8), frame.readUInt16BE(10)];
    const request = { unit: frame.readUInt8(6), functionCode, start, second };
    this.requests.push(request);
    const own = this.reply(request);
    if (own === "silent") return undefined;
    const pdu = typeof own === "number" ? [functionCode | 0x80, own] : (own ?? this.#honest(frame));
    const head = Buffer.from(frame.subarray(0, 7));
    head.writeUInt16BE(pdu.length + 1, 4);
    return Buffer.concat([head, Uint8Array.from(pdu)]);
  }

  #deliver(reply: Buffer, events: CarrierEvents): void {
    this.clock.after(this.rttMs, () => {
      if (this.#events !== events || this.isDown) return;
      events.received(reply, reply.length);
      if (this.isEchoing) events.received(reply, reply.length);
    });
  }

  /** FC3, 6, 16, 22 and 23 as a PLC answers them. */
  #honest(frame: Buffer): readonly number[] {
    const functionCode = frame.readUInt8(7);
    const [start, second] = [frame.readUInt16BE(8), frame.readUInt16BE(10)];
    const words = (from: number, count: number): readonly number[] =>
      Array.from({ length: count }, (_, index) => this.registers.get(from + index) ?? 0);
    switch (functionCode) {
      case 3:
        return [3, 2 * second, ...words(start, second).flatMap((word) => [word >> 8, word & 0xff])];
      case 6:
        this.registers.set(start, second);
        return [...frame.subarray(7)];
      case 16:
        for (let index = 0; index < second; index += 1) {
          this.registers.set(start + index, frame.readUInt16BE(13 + 2 * index));
        }
        return [...frame.subarray(7, 12)];
      case 22: {
        const or = frame.readUInt16BE(12);
        const old = this.registers.get(start) ?? 0;
        this.registers.set(start, (old & second) | (or & ~second & 0xffff));
        return [...frame.subarray(7)];
      }
      case 23: {
        const [first, count] = [frame.readUInt16BE(12), frame.readUInt16BE(14)];
        for (let index = 0; index < count; index += 1) {
          this.registers.set(first + index, frame.readUInt16BE(17 + 2 * index));
        }
        const shown = words(start, second).flatMap((word) => [word >> 8, word & 0xff]);
        return [23, 2 * second, ...shown];
      }
      default:
        return [functionCode | 0x80, 1];
    }
  }
}
