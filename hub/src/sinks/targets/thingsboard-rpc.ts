/**
 * What ThingsBoard asks of devices behind the gateway (RPC), as writes. They are carried out now or not at all, and once, by the
 * rules of all commands and the grants of whom the configuration names, and are answered with what came of them.
 */
import type { Logger } from "@unshub/adapter";
import type { MqttClient } from "mqtt";
import { z } from "zod";
import type { AskedLately } from "./asked-lately.ts";
import type { BegunRequests } from "./begun-requests.ts";
import type { MqttConnection } from "./mqtt-client.ts";

/** What shall be written, and for whom. */
export interface RpcWish {
  /** `user:NAME` or `token:NAME`. */
  readonly as: string;
  /** Of the metric, in the tree. */
  readonly path: string;
  /** Integers that a JSON number has no room for are texts. */
  readonly input: string | number | boolean;
  /** Where ThingsBoard is. */
  readonly address: string;
  readonly reason: string;
}

/** What came of it, as JSON has it. */
export interface RpcOutcome {
  readonly result: string;
  readonly [more: string]: unknown;
}

export type WriteFor = (wish: RpcWish) => Promise<RpcOutcome>;

export interface RpcOptions extends Pick<RpcWish, "as"> {
  /** Of the sink. */
  readonly name: string;
  readonly url: string;
  /** Where in the tree a metric stands that the sink has told of; `undefined`: it has not. */
  readonly sourceOf: (device: string, metric: string) => string | undefined;
  /** What was asked over connections before this one. */
  readonly lately: AskedLately<RpcOutcome>;
  /** What was begun, in runs of the hub before this one, too. */
  readonly begun: Pick<BegunRequests, "isOfBefore" | "begin">;
  readonly write: WriteFor;
  readonly log: Logger;
}

const TOPIC = "v1/gateway/rpc";
/** Asked and not answered yet; each waits some seconds for its device. */
const MOST_UNDERWAY = 100;

const request = z.object({
  device: z.string(),
  data: z.object({
    id: z.union([z.int(), z.string()]),
    method: z.string(),
    params: z.unknown(),
  }),
});
type Request = z.output<typeof request>;

/** The form for names that a method cannot have. */
const WRITE = "write";
const writeParams = z.object({ metric: z.string(), value: z.unknown() });
const wrapped = z.strictObject({ value: z.unknown() });
const plain = z.union([z.string(), z.number(), z.boolean()]);

/** Hears it from now on, as long as the connection lasts. */
export async function hearRpc({ client }: MqttConnection, options: RpcOptions): Promise<void> {
  const rpc = new Rpc(options);
  const { lately } = options;
  client.on("message", (topic, payload, { retain }) => {
    const asked = topic === TOPIC && !retain ? requestIn(payload.toString()) : undefined;
    if (asked === undefined) return; // also our own answers, where a server hands them back
    const key = keyOf(asked);
    const underway = lately.once(key, () => rpc.carryOut(asked, key));
    void answer(client, asked, underway, () => lately.answered(key));
  });
  await client.subscribeAsync(TOPIC, { qos: 0 }); // asked twice it would be written twice
}

/** `heard`: told when it has arrived; who asked may have gone with the connection. */
async function answer(
  client: MqttClient,
  { device, data: { id } }: Request,
  underway: Promise<RpcOutcome>,
  heard: () => void,
): Promise<void> {
  const outcome = await underway;
  if (!client.connected) return; // MQTT.js throws where it has ended; a new connection asks again
  const data = { success: outcome.result === "confirmed", ...outcome };
  const text = JSON.stringify({ device, id, data });
  client.publish(TOPIC, text, { qos: 1 }, (error) => {
    if (!error) heard();
  });
}

class Rpc {
  readonly #options: RpcOptions;
  #underway = 0;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  async carryOut({ device, data }: Request, key: string): Promise<RpcOutcome> {
    const { as, name, url, sourceOf, begun, write, log } = this.#options;
    if (begun.isOfBefore(key)) return { result: "unknown", because: BEFORE };
    const { metric, value } = wishIn(data);
    const path = sourceOf(device, metric);
    const input = plain.safeParse(value);
    if (path === undefined) {
      return refused("NO_METRIC", `there is no metric "${metric}" of "${device}" in this sink`);
    }
    if (!input.success) return refused("MISFIT", VALUES);
    if (this.#underway >= MOST_UNDERWAY) return refused("TOO_SOON", "too many are under way");
    this.#underway += 1;
    const address = new URL(url).hostname;
    const reason = `RPC of ThingsBoard, sink ${name}`;
    try {
      await begun.begin(key);
      return await write({ as, path, input: input.data, address, reason });
    } catch (error) {
      log.error({ sink: name, path, error }, "what ThingsBoard asked could not be written");
      return refused("NOT_SENT", "see the log of the hub");
    } finally {
      this.#underway -= 1;
    }
  }
}

const BEFORE =
  "it was asked before the hub started, and nobody knows whether it was written: look, and ask anew";

const VALUES = "params must be a number, a truth value or a text, alone or as value";

function refused(code: string, because: string): RpcOutcome {
  return { result: "refused", code, because };
}

/** Either `write` with the name of a metric and a value, or the name is the method and the value its parameter. */
function wishIn({ method, params }: Request["data"]): {
  readonly metric: string;
  readonly value: unknown;
} {
  const named = writeParams.safeParse(params);
  if (method === WRITE && named.success) return named.data;
  const inside = wrapped.safeParse(params);
  return { metric: method, value: inside.success ? inside.data.value : params };
}

function keyOf({ device, data: { id, method, params } }: Request): string {
  return JSON.stringify([device, id, method, params]);
}

function requestIn(text: string): Request | undefined {
  try {
    return request.safeParse(JSON.parse(text, keepingDigits)).data;
  } catch {
    return undefined; // no JSON
  }
}

function keepingDigits(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const isExact = typeof value !== "number" || Number.isSafeInteger(value);
  const source = context?.source ?? "";
  return isExact || !/^-?\d+$/.test(source) ? value : source;
}
