/** `unshub tail`: messages as they pass, one line each; Sparkplug decoded, aliases resolved from the births. */
import { CERTIFICATES } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import {
  CommandFailure,
  DEFAULT_MQTT_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { mqttLogin } from "./login.ts";
import { MessageLines } from "./message-lines.ts";

export const TAIL_USAGE = `unshub tail FILTER [--url ${DEFAULT_MQTT_URL}] [--json]
  Prints messages that match an MQTT filter as they pass, e.g. 'spBv1.0/Plant1/#'. Logs in with UNSHUB_TOKEN, or UNSHUB_USER
  and UNSHUB_PASSWORD.`;

/** Of servers that speak MQTT. */
const SCHEMES = new Set(["mqtt:", "mqtts:", "ws:", "wss:", "tcp:", "ssl:"]);

export async function tail(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: "string", default: DEFAULT_MQTT_URL },
      json: { type: "boolean", default: false },
    },
  });
  const [filter, ...more] = positionals;
  if (filter === undefined || more.length > 0) {
    throw new UsageError(`one FILTER, please, in quotes\n${TAIL_USAGE}`);
  }
  const client = await connect(values.url);
  try {
    await follow(client, { filter, json: values.json, console });
  } finally {
    await client.endAsync();
  }
  return 0;
}

async function connect(url: string): Promise<MqttClient> {
  if (!URL.canParse(url) || !SCHEMES.has(new URL(url).protocol))
    throw new UsageError(`--url ${url}: not a URL like ${DEFAULT_MQTT_URL}`);
  // The server gives a client identifier: that of a user must begin with its name, and a token says none.
  const own = { protocolVersion: 5, clientId: "", reconnectPeriod: 0 } as const;
  const options = { ...own, connectTimeout: 5000 };
  try {
    return await connectAsync(url, { ...options, ...mqttLogin(process.env) }, false);
  } catch (cause) {
    throw new CommandFailure(connectFault(url, cause), { cause });
  }
}

/** Whoever answers with a reason code of MQTT 5 is there. */
function connectFault(url: string, cause: unknown): string {
  if (cause instanceof Error && "code" in cause && typeof cause.code === "number") {
    const how = "log in with UNSHUB_TOKEN, or UNSHUB_USER and UNSHUB_PASSWORD";
    return `The MQTT server at ${url} refuses: ${cause.message}; ${how}.`;
  }
  return `No MQTT server answers at ${url}. Start the hub (npm start), or name another with --url.`;
}

async function follow(
  client: MqttClient,
  {
    filter,
    json,
    console,
  }: { readonly filter: string; readonly json: boolean; readonly console: Console },
): Promise<void> {
  const lines = new MessageLines();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined); // told by the await below, unless something else has ended it first
  console.stop.addEventListener("abort", () => ended.resolve(), { once: true });
  client.on("close", () =>
    ended.reject(new CommandFailure("The MQTT server closed the connection.")),
  );
  client.on("message", (topic, payload) => {
    const line = lines.read(topic, payload, filter.startsWith("$"));
    if (line !== undefined) console.print(json ? JSON.stringify(line) : lines.asText(line));
  });
  // Names for aliases of births that were earlier; who may not read them sees aliases.
  await client.subscribeAsync(`${CERTIFICATES}/#`, { qos: 0 }).catch(() => undefined);
  await client.subscribeAsync(filter, { qos: 0 }).catch((cause: unknown) => {
    throw new UsageError(`the server refused the filter "${filter}"`, { cause });
  });
  if (console.stop.aborted) return;
  await ended.promise;
}
