/** Methods as metrics: JSON written to `…/Call` calls the method, what it answers is in `…/Result` and `…/Status`. */
import {
  ageFault,
  ON_CHANGE,
  rejected,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import { GOOD, type MetricValue } from "@unshub/sparkplug";
import type { CallMethodRequestLike, CallMethodResult } from "node-opcua-client";
import { answerOver, connectionEnded, type Connection } from "../connection.ts";
import type { MethodConfig } from "../data-config.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import { asOfNow, locateNode } from "../node-id.ts";
import type { Live } from "../recover/live.ts";
import type { TableMetric } from "../values/device-table.ts";
import { jsonText } from "../values/json-text.ts";
import { nameOf } from "../values/status.ts";
import { argumentsOf, MethodArgumentError, type MethodArguments } from "./method-arguments.ts";
import { refusalOf } from "./service-fault.ts";
import type { CommandTaker, DeskParts } from "./writer.ts";

const CALL = "/Call";
const RESULT = "/Result";
const STATUS = "/Status";

/** What goes out, and what the answers are called. */
interface PreparedCall {
  readonly request: CallMethodRequestLike;
  readonly names: MethodArguments["outputs"];
}

interface Called {
  readonly result: CallMethodResult;
  readonly names: MethodArguments["outputs"];
}

export class MethodDesk implements CommandTaker {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Three for each method, by device. */
  metrics(): ReadonlyMap<string, readonly TableMetric[]> {
    const metrics = new Map<string, TableMetric[]>();
    const { methods, readOnly } = this.#parts.config();
    for (const { device, name } of methods) {
      const list = metrics.get(device) ?? [];
      metrics.set(device, list);
      for (const suffix of [CALL, RESULT, STATUS]) {
        const writable = suffix === CALL && !readOnly;
        list.push({ name: `${name}${suffix}`, datatype: "String", writable, rule: ON_CHANGE });
      }
    }
    return metrics;
  }

  owns(command: WriteCommand): boolean {
    return this.#methodOf(command) !== undefined;
  }

  async perform(command: WriteCommand, live: Live, library: Library): Promise<WriteResult> {
    const method = this.#methodOf(command);
    const at = this.#parts.now();
    if (method === undefined) return rejected(command, "unknown_metric", { because: "?", at });
    const { connection } = live;
    let call: PreparedCall;
    try {
      call = await prepare(method, command.value, { connection, library });
    } catch (cause) {
      return this.#notCalled(method, command, cause);
    }
    if (connection.ended.aborted) return this.#notCalled(method, command, connectionEnded());
    const late = ageFault(command, this.#parts.now(), this.#parts.config().maxCommandAgeMs);
    if (late !== undefined) return this.#refused(method, command, late);
    try {
      const asked = connection.session.call(call.request);
      const result = await answerOver(connection, asked, method.timeoutMs);
      return this.#answered(method, command, { result, names: call.names });
    } catch (cause) {
      if (refusalOf(cause) !== undefined) return this.#notCalled(method, command, cause);
      const because = firstLine(cause);
      this.#tell(method, [
        [CALL, command.value],
        [STATUS, because],
      ]);
      const told = `${command.deviceId} ${command.metric}: ${because}; it may have been called`;
      return { outcome: "timeout_unknown", because: told, at: this.#parts.now() };
    }
  }

  #notCalled(method: MethodConfig, command: WriteCommand, cause: unknown): WriteResult {
    const because = firstLine(cause);
    const at = this.#parts.now();
    const result =
      cause instanceof MethodArgumentError
        ? rejected(command, "bad_value", { because, at })
        : rejected(command, "failed", { because: `not called: ${because}`, at });
    return this.#refused(method, command, result, because);
  }

  #refused(
    method: MethodConfig,
    command: WriteCommand,
    result: WriteResult,
    because = result.because ?? "",
  ): WriteResult {
    this.#tell(method, [
      [CALL, command.value],
      [STATUS, `rejected: ${because}`],
    ]);
    return result;
  }

  #methodOf({ deviceId, metric }: WriteCommand): MethodConfig | undefined {
    const { methods } = this.#parts.config();
    return methods.find(({ device, name }) => device === deviceId && `${name}${CALL}` === metric);
  }

  #answered(method: MethodConfig, command: WriteCommand, { result, names }: Called): WriteResult {
    const status = nameOf(result.statusCode);
    const outputs = (result.outputArguments ?? []).map(
      (variant, index): readonly [string, unknown] => [names[index] ?? `${index}`, variant],
    );
    this.#tell(method, [
      [CALL, command.value],
      [RESULT, jsonText(Object.fromEntries(outputs))],
      [STATUS, status],
    ]);
    const at = this.#parts.now();
    if (result.statusCode.value >>> 30 !== 2) return { outcome: "ok", at };
    const because = `the server refused the call: ${status}`;
    return rejected(command, "by_device", { because, at });
  }

  #tell(
    { device, name }: MethodConfig,
    values: readonly (readonly [suffix: string, value: MetricValue])[],
  ): void {
    const table = this.#parts.tableOf(device);
    const at = this.#parts.now();
    const arrival = { nowMs: performance.now(), isRead: true, historicalBefore: -Infinity };
    for (const [suffix, value] of values) {
      const index = table?.metrics.findIndex((metric) => metric.name === `${name}${suffix}`) ?? -1;
      if (index >= 0) table?.value(index, { value, quality: GOOD, at }, arrival);
    }
    this.#parts.flush(device);
  }
}

/** Rejects when nothing can be sent. */
async function prepare(
  method: MethodConfig,
  value: MetricValue,
  { connection, library }: { readonly connection: Connection; readonly library: Library },
): Promise<PreparedCall> {
  const { session } = connection;
  const namespaces = asOfNow(await answerOver(connection, session.readNamespaceArray()));
  const objectId = locateNode(method.object, namespaces);
  const found = locateNode(method.method, namespaces);
  if (objectId === undefined || found === undefined) {
    throw new MethodArgumentError("the server has no such namespace");
  }
  const methodId = library.resolveNodeId(found);
  const asked = argumentsOf({ session, library, methodId }, value);
  const { inputs, outputs } = await answerOver(connection, asked);
  return { request: { objectId, methodId, inputArguments: [...inputs] }, names: outputs };
}
