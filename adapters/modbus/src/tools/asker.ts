/** One connection for a tool of the engineer: one read after the other, each with its answer. */
import type { ToolContext } from "@unshub/adapter";
import type { Table } from "../address.ts";
import { systemClock } from "../clock.ts";
import { ModbusError } from "../errors.ts";
import { openLink, type LinkConfig, type ModbusLink, type WireResult } from "../wire/index.ts";
import { encodeRequest, expectedReply, readRequest } from "../wire/pdu.ts";

/** What a device said to a read. `silent`: nothing, in the time it had. */
export type Answer =
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "silent" };

/** What a tool asks for. */
export interface Question {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  readonly count: number;
}

const QUIET = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A person waits: a connection that was lost is had again at once, or not at all. */
const SOON = { firstMs: 100, longestMs: 1000, healthyAfterMs: 1000 };

/** A connection that is open. */
export class Asker implements AsyncDisposable {
  /** Requests that went out. */
  asked = 0;
  readonly #link: ModbusLink;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;

  private constructor(link: ModbusLink, timeoutMs: number, signal: AbortSignal) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
  }

  /** Connects. @throws {ModbusError} when that does not work. */
  static async open(
    config: LinkConfig,
    timeoutMs: number,
    { signal, now }: Pick<ToolContext, "signal" | "now">,
  ): Promise<Asker> {
    const link = openLink({ ...config, reconnect: SOON }, { clock: systemClock, log: QUIET, now });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(stopped());
    const unwatch = link.watch({
      changed: (state, cause) => {
        if (state === "up") resolve();
        else if (cause !== undefined) reject(cause);
      },
    });
    signal.addEventListener("abort", stop);
    try {
      if (signal.aborted) throw stopped();
      link.start();
      await promise;
    } catch (cause) {
      await link.stop();
      throw cause;
    } finally {
      unwatch();
      signal.removeEventListener("abort", stop);
    }
    return new Asker(link, timeoutMs, signal);
  }

  /** @throws {ModbusError} when the connection ends, or somebody has pressed Ctrl-C. */
  async ask({ unit, table, start, count }: Question): Promise<Answer> {
    const pdu = encodeRequest(readRequest(table, start, count));
    for (let tries = 0; ; tries += 1) {
      if (this.#signal.aborted) throw stopped();
      const result = await this.#send(unit, pdu);
      const answer = answerOf(result);
      // A link replaces a connection on which nobody answers; noise is nobody's answer. Both deserve another try.
      if (answer !== undefined) return answer;
      if (tries === 1) return { kind: "silent" };
      await this.#untilUp();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.stop();
  }

  async #send(unit: number, pdu: Uint8Array): Promise<WireResult> {
    const { promise, resolve } = Promise.withResolvers<WireResult>();
    this.asked += 1;
    this.#link.send({
      unit,
      pdu,
      reply: expectedReply(pdu),
      timeoutMs: this.#timeoutMs,
      priority: "poll",
      deadline: 0,
      done: (result) =>
        resolve(result.kind === "data" ? { ...result, data: result.data.slice() } : result),
    });
    const stop = (): void => resolve({ kind: "linkDown", cause: stopped(), wasSent: true });
    this.#signal.addEventListener("abort", stop, { once: true });
    const result = await promise;
    this.#signal.removeEventListener("abort", stop);
    return result;
  }

  /** @throws {ModbusError} when the connection is gone and cannot be had again at once. */
  async #untilUp(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let failures = 0;
    const look = (cause?: ModbusError): void => {
      const { state } = this.#link;
      if (state === "up" || state === "degraded") resolve();
      else if (cause !== undefined && (failures += 1) > 1) reject(cause);
    };
    const unwatch = this.#link.watch({ changed: (_state, cause) => look(cause) });
    const stop = (): void => reject(stopped());
    this.#signal.addEventListener("abort", stop, { once: true });
    look();
    try {
      await promise;
    } finally {
      unwatch();
      this.#signal.removeEventListener("abort", stop);
    }
  }
}

function answerOf(result: WireResult): Answer | undefined {
  switch (result.kind) {
    case "data":
      return { kind: "data", data: result.data };
    case "exception":
      return { kind: "exception", code: result.code };
    case "timeout":
      return { kind: "silent" };
    case "written":
    case "noise":
      return undefined;
    case "linkDown":
      if (result.cause.code === "STOPPED" || result.cause.code === "NOT_MODBUS") throw result.cause;
      return undefined;
  }
}

function stopped(): ModbusError {
  return new ModbusError("STOPPED", "stopped");
}
