/**
 * Writing by publishing on `…/set`: the message becomes a command through the same checks as any other write. What came of
 * it is told on `…/_set`.
 */
import type { Logger } from "@unshub/adapter";
import { messageProperties } from "../../broker/index.ts";
import type {
  ConnectingClient,
  MqttMessage,
  PublishedMessage,
  Verdict,
  Watcher,
} from "../../broker/index.ts";
import type { Replies, Reply, WriteOutcome } from "../../command/index.ts";
import { joinPath, valueJson, type MetricInfo, type UnsTree } from "../../tree/index.ts";
import type { UnsFindings } from "../findings.ts";
import { memberDescriptor } from "../placement/index.ts";
import type { Topics } from "./topics.ts";

const SET = "/set";
const OUTCOME = "/_set";

/** MQTT 5's reasons. */
const NOT_AUTHORIZED = 0x87;
const PAYLOAD_INVALID = 0x99;

type Refusal = Extract<Verdict, { allow: false }>;

export interface WriteThroughOptions {
  readonly tree: UnsTree;
  readonly topics: Topics;
  readonly findings: UnsFindings;
  readonly log: Logger;
  /** Writes the metric at a path of the tree. */
  readonly write: (
    path: string,
    input: string | boolean,
    clientId: string,
  ) => Promise<WriteOutcome>;
  /** Why this client may not command this metric; `undefined` when it may. */
  readonly commandFault: (clientId: string, metric: MetricInfo) => string | undefined;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** How to answer a message that asks for it. */
  readonly replyTo: Replies["to"];
}

/** Who writes, and how he is answered when he asks for it. */
interface Asking {
  readonly clientId: string;
  readonly reply: Reply | undefined;
}

export class WriteThrough {
  readonly #options: WriteThroughOptions;

  constructor(options: WriteThroughOptions) {
    this.#options = options;
  }

  /** Judges each message on `…/set`; `undefined` for topics that are not for writing. */
  watcher(topic: string, { clientId }: Pick<ConnectingClient, "clientId">): Watcher | undefined {
    if (!this.mayBeWritten(topic)) return undefined;
    return (message) => {
      const reply = this.#options.replyTo(message, { clientId });
      const refusal = this.#take(message, { clientId, reply });
      if (refusal !== undefined) reply?.({ result: "refused", because: refusal.because });
      return refusal;
    };
  }

  /** Whether a topic has the form of one for writing. A metric that is called so itself keeps its topic. */
  mayBeWritten(topic: string): boolean {
    if (!topic.endsWith(SET) || !this.#options.topics.owns(topic)) return false;
    const id = this.#options.topics.metricAt(topic);
    if (id === undefined) return true;
    this.#tellShadow(id, topic);
    return false;
  }

  #tellShadow(id: number, topic: string): void {
    const info = this.#options.tree.info(id);
    if (info === undefined || this.#target(topic) === undefined) return;
    const subject = `${memberDescriptor(info)} ${info.name}`;
    const because = `${subject} is published on ${topic}, where ${topic.slice(0, -SET.length)} would be written`;
    this.#options.findings.note({ code: "U03", subject, topic, because });
  }

  #target(topic: string): MetricInfo | undefined {
    const id = this.#options.topics.metricAt(topic.slice(0, -SET.length));
    return id === undefined ? undefined : this.#options.tree.info(id);
  }

  /** What is refused is refused at once, as far as it can be said at once; the rest is told when it is known. */
  #take(message: PublishedMessage, asking: Asking): Refusal | undefined {
    const { clientId } = asking;
    const { topic, payload, retain, isWill } = message;
    if (isWill === true) return undefined; // it goes nowhere: the broker gives out no Will on topics of the hub
    const target = this.#target(topic);
    if (target === undefined)
      return refused(NOT_AUTHORIZED, `${topic}: there is no metric to write`);
    if (retain) return refused(NOT_AUTHORIZED, `${topic}: a write is not retained`);
    const fault = this.#options.commandFault(clientId, target);
    if (fault !== undefined) return refused(NOT_AUTHORIZED, `${topic}: ${fault}`);
    const input = inputOf(Buffer.from(payload).toString());
    if (input === undefined) return refused(PAYLOAD_INVALID, `${topic}: ${PAYLOADS}`);
    void this.#write(asking, topic, { id: target.id, input });
    return undefined;
  }

  async #write(
    { clientId, reply }: Asking,
    topic: string,
    { id, input }: { readonly id: number; readonly input: string | boolean },
  ): Promise<void> {
    const { tree, log, publish } = this.#options;
    try {
      const outcome = await this.#options.write(joinPath(tree.segments(id)), input, clientId);
      log.info({ clientId, topic, result: outcome.result }, "written by publishing");
      const text = outcomeText(clientId, outcome, tree.definitions.datatype(id));
      reply?.(text);
      await publish({
        topic: topic.slice(0, -SET.length) + OUTCOME,
        payload: Buffer.from(text),
        qos: 1,
        retain: false,
        properties: JSON_PROPERTIES,
      });
    } catch (error) {
      log.error({ clientId, topic, error }, "a write by publishing failed");
    }
  }
}

const JSON_PROPERTIES = messageProperties({ isText: true, contentType: "application/json" });
const PAYLOADS = 'the payload must be a value, as {"value": 25.5} or 25.5, as text in UTF-8';

function outcomeText(
  by: string,
  outcome: WriteOutcome,
  datatype: ReturnType<UnsTree["definitions"]["datatype"]>,
): string {
  if (!("value" in outcome)) return JSON.stringify({ ...outcome, by });
  return JSON.stringify({ ...outcome, value: valueJson(outcome.value, datatype), by });
}

/** A text or truth value, as commands take them. Numbers stay texts, so that no digit is lost. */
function inputOf(payload: string): string | boolean | undefined {
  try {
    return plainValue(JSON.parse(payload, keepingDigits));
  } catch {
    return payload === "" ? undefined : payload; // bare text, which is no JSON
  }
}

function keepingDigits(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function plainValue(json: unknown): string | boolean | undefined {
  if (typeof json === "string" || typeof json === "boolean") return json;
  if (typeof json !== "object" || json === null || !("value" in json)) return undefined;
  const { value } = json;
  return typeof value === "string" || typeof value === "boolean" ? value : undefined;
}

function refused(reasonCode: number, because: string): Refusal {
  return { allow: false, reasonCode, because };
}
