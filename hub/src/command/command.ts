/**
 * Writes: a wish goes out as DCMD, and only the value that comes back makes it done. Commands are carried out now or
 * not at all; nothing is queued, nothing is repeated.
 */
import type { Logger } from "@unshub/adapter";
import {
  commandMessage,
  propertyValue,
  type Datatype,
  type MetricValue,
  type SparkplugMessage,
} from "@unshub/sparkplug";
import type { MetricInfo, UnsTree } from "../tree/index.ts";
import { parseValue } from "./parse-value.ts";

/** How long the read-back may take. */
const CONFIRM_WITHIN_MS = 5000;

export type WriteOutcome =
  /** The metric now has the value that was asked for. */
  | {
      readonly result: "confirmed";
      readonly value: MetricValue;
      readonly afterMs: number;
      /** It had this value before; the device was told all the same, but no change can come back. */
      readonly unchanged: boolean;
    }
  /** Sent, but the value did not come back in time; `value` is what the metric says now. */
  | { readonly result: "unconfirmed"; readonly value: MetricValue; readonly because: string }
  /** Nothing was sent. */
  | ({ readonly result: "refused" } & Refusal);

/** Why nothing was sent, for programs; people read `because`. */
export type RefusalCode =
  | "FORBIDDEN"
  | "NO_METRIC"
  | "READ_ONLY"
  | "TYPE_NOT_WRITABLE"
  | "OFFLINE"
  | "MISFIT"
  | "OUT_OF_RANGE"
  | "NOT_SENT";

interface Refusal {
  readonly code: RefusalCode;
  readonly because: string;
}

export interface CommandOptions {
  readonly tree: UnsTree;
  readonly log: Logger;
  now(): number;
  /** Why nobody may write now; `undefined` when one may. */
  readonly forbidden: string | undefined;
  publish(message: SparkplugMessage): Promise<void>;
  /** `writable`: metrics of edge nodes themselves go out as NCMD, as a host for others must. Default `refused`. */
  readonly nodeMetrics?: "refused" | "writable";
}

/** Who writes. */
export interface Writer {
  /** Why he may not write this metric; `undefined` when he may. */
  fault(info: MetricInfo): string | undefined;
  /** It is about to be sent; a sentence: it must not be, e.g. because it cannot be put on record. */
  asked?(write: {
    readonly path: string;
    readonly before: MetricValue;
    readonly after: MetricValue;
  }): string | undefined;
  ended?(path: string, outcome: WriteOutcome): void;
}

/** Something to be written, checked: this metric can take this value now. */
interface Wish {
  readonly id: number;
  readonly path: string;
  readonly datatype: Datatype;
  readonly message: SparkplugMessage;
  readonly value: MetricValue;
}

/** Whether the value has come back; `end` decides it. */
interface Waiting {
  readonly confirmed: Promise<boolean>;
  readonly end: (done: boolean) => void;
}

export class Commands {
  readonly #options: CommandOptions;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  /** Writes the metric at `path`. `input`: a text or a JSON value; `writer`: left out, whoever may write anything. */
  async write(path: string, input: unknown, writer?: Writer): Promise<WriteOutcome> {
    const outcome = await this.#write(path, input, writer);
    writer?.ended?.(path, outcome);
    return outcome;
  }

  async #write(path: string, input: unknown, writer?: Writer): Promise<WriteOutcome> {
    const wish = this.#check(path, input, writer);
    if ("because" in wish) {
      this.#options.log.info({ path, because: wish.because }, "write refused");
      return { result: "refused", ...wish };
    }
    const before = this.#valueOf(wish);
    const fault = writer?.asked?.({ path, before, after: wish.value });
    if (fault !== undefined) return { result: "refused", code: "NOT_SENT", because: fault };
    return await this.#send(wish, input);
  }

  async #send(wish: Wish, input: unknown): Promise<WriteOutcome> {
    const { path } = wish;
    const sentAt = this.#options.now();
    const unchanged = this.#has(wish);
    const { promise: confirmed, resolve: end } = Promise.withResolvers<boolean>();
    if (unchanged) end(true);
    else void this.#awaitValue(wish, { confirmed, end });
    try {
      await this.#options.publish(wish.message);
    } catch (error) {
      end(false);
      this.#options.log.error({ path, error }, "write not sent");
      return {
        result: "refused",
        code: "NOT_SENT",
        because: "the command could not be sent; see the log of the hub",
      };
    }
    const done = await confirmed;
    const value = this.#valueOf(wish);
    const afterMs = this.#options.now() - sentAt;
    this.#options.log.info({ path, asked: input, done, afterMs }, "write ended");
    if (done) return { result: "confirmed", value, afterMs, unchanged };
    const because = `the value did not come back within ${CONFIRM_WITHIN_MS / 1000} s; see the log of the adapter`;
    return { result: "unconfirmed", value, because };
  }

  #valueOf({ id }: Wish): MetricValue {
    return this.#options.tree.metric(id)?.value ?? null;
  }

  #check(path: string, input: unknown, writer: Writer | undefined): Wish | Refusal {
    const { forbidden } = this.#options;
    if (forbidden !== undefined) return { code: "FORBIDDEN", because: forbidden };
    const id = this.#options.tree.find(path);
    const now = id === undefined ? undefined : this.#options.tree.metric(id);
    if (id === undefined || now === undefined)
      return { code: "NO_METRIC", because: `there is no metric "${path}"` };
    const { info } = now;
    const { datatype } = info;
    const fault = writer?.fault(info);
    if (fault !== undefined) return { code: "FORBIDDEN", because: fault };
    if (!this.#mayChange(info)) return { code: "READ_ONLY", because: `"${path}" is read-only` };
    if (datatype === undefined) {
      const because = `"${path}" is of a type that cannot be written yet`;
      return { code: "TYPE_NOT_WRITABLE", because };
    }
    if (this.#options.tree.online(info.memberRow) !== true)
      return { code: "OFFLINE", because: offline(info) };
    const parsed = parseValue(datatype, input);
    if (!parsed.ok) return { code: "MISFIT", because: parsed.because };
    const beyond = rangeFault(info, parsed.value);
    if (beyond !== undefined) return { code: "OUT_OF_RANGE", because: beyond };
    const message = commandFor(info, { datatype, value: parsed.value }, this.#options.now());
    return { id, path, datatype, message, value: parsed.value };
  }

  #mayChange({ id, deviceId, writable }: MetricInfo): boolean {
    const { nodeMetrics = "refused", tree } = this.#options;
    if (deviceId !== undefined || nodeMetrics === "refused") return writable;
    return propertyValue(tree.propertiesOf(id).get("readOnly")) !== true;
  }

  /** Whether the metric has the wished value now. */
  #has(wish: Wish): boolean {
    const now = this.#options.tree.metric(wish.id);
    return now?.quality === "good" && isSame(wish.datatype, now.value, wish.value);
  }

  /** Calls `end` when the metric takes the value, or did not within the time. */
  async #awaitValue(wish: Wish, { confirmed, end }: Waiting): Promise<void> {
    const timer = setTimeout(() => end(false), CONFIRM_WITHIN_MS);
    const watch = this.#options.tree.watch(() => {
      if (this.#has(wish)) end(true);
    });
    watch.add(wish.id);
    await confirmed;
    clearTimeout(timer);
    watch.stop();
  }
}

function offline({ deviceId, edgeNodeId }: MetricInfo): string {
  return deviceId === undefined
    ? `edge node "${edgeNodeId}" is offline`
    : `device "${deviceId}" is offline`;
}

/** By alias alone when the birth gave one. [tck-id-payloads-alias-data-cmd-requirement] */
function commandFor(
  { alias, name, ...target }: MetricInfo,
  write: { readonly datatype: Datatype; readonly value: MetricValue },
  timestamp: number,
): SparkplugMessage {
  const label = alias === undefined ? { name } : { alias };
  const metrics = [{ ...label, ...write, tellDatatype: true, timestamp }];
  return commandMessage(target, { deviceId: target.deviceId, timestamp, metrics });
}

/** Why the device would not take the value, as far as its birth tells. */
function rangeFault({ low, high, unit = "" }: MetricInfo, value: MetricValue): string | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const isInside = (low === undefined || value >= low) && (high === undefined || value <= high);
  if (isInside) return undefined;
  return `${value} is outside ${low ?? "…"} to ${high ?? "…"} ${unit}`.trimEnd();
}

/** A PLC keeps a scaled value in steps of its register, so a Double may come back as its neighbour of 15 digits. */
const DOUBLE_DIGITS = 15;

/** Whether `read` is what was asked for, as exactly as the datatype can hold it. */
function isSame(datatype: Datatype, read: MetricValue, asked: MetricValue): boolean {
  if (typeof read !== "number" || typeof asked !== "number") return read === asked;
  if (datatype === "Float") return Math.fround(read) === Math.fround(asked);
  if (datatype !== "Double") return read === asked;
  return Number(read.toPrecision(DOUBLE_DIGITS)) === Number(asked.toPrecision(DOUBLE_DIGITS));
}
