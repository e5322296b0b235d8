/** `unshub clients`: who is connected to a running hub, or away and expected back; and how to send somebody off. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, everyPage } from "./http.ts";
import { printable } from "./printable.ts";
import { shortDuration, textTable } from "./text-table.ts";

export const CLIENTS_USAGE = `unshub clients [list | show ID | kick ID [--end-session]] [--url ${DEFAULT_HTTP_URL}] [--json]
  Lists the MQTT clients, shows one with its subscriptions, or ends its connection; --end-session also
  forgets its subscriptions and what waits for it.`;

const PATH = "/api/v1/clients";

const clientSchema = z.object({
  clientId: z.string(),
  username: z.string().optional(),
  address: z.string(),
  protocol: z.string(),
  connected: z.boolean(),
  since: z.string(),
  received: z.number(),
  sent: z.number(),
  queued: z.number(),
  dropped: z.number(),
});
const listSchema = z.object({
  clients: z.array(z.looseObject({ ...clientSchema.shape, subscriptions: z.number() })),
  more: z.boolean(),
});
const detailsSchema = z.looseObject({
  ...clientSchema.shape,
  keepAliveSeconds: z.number(),
  expirySeconds: z.number(),
  inFlight: z.number(),
  outgoingBytes: z.number(),
  will: z.object({ topic: z.string() }).optional(),
  subscriptions: z.array(z.object({ filter: z.string(), qos: z.number() })),
});
const kickSchema = z.object({ disconnected: z.boolean(), sessionEnded: z.boolean() });

type Client = z.output<typeof listSchema>["clients"][number];
type Details = z.output<typeof detailsSchema>;

interface Asked {
  readonly url: string;
  readonly json: boolean;
  readonly endSession: boolean;
}

export async function clients(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      "end-session": { type: "boolean", default: false },
    },
  });
  const [what = "list", id, ...more] = positionals;
  const asked = { url: values.url, json: values.json, endSession: values["end-session"] };
  const isComplete = more.length === 0 && (what === "list") === (id === undefined);
  if (isComplete && what === "list") return await list(asked, console);
  if (isComplete && id !== undefined && what === "show") return await show(id, asked, console);
  if (isComplete && id !== undefined && what === "kick") return await kick(id, asked, console);
  throw new UsageError(CLIENTS_USAGE);
}

async function list({ url, json }: Asked, console: Console): Promise<ExitCode> {
  const all: Client[] = [];
  for await (const page of everyPage(askAfter(url), lastClient)) {
    if (!json) all.push(...page.clients);
    else for (const client of page.clients) console.print(JSON.stringify(client));
  }
  if (json) return 0;
  if (all.length === 0) console.print("No clients.");
  else for (const line of textTable(HEAD, all.map(cells))) console.print(line);
  return 0;
}

type Page = z.output<typeof listSchema>;

function askAfter(url: string): (after: string | undefined) => Promise<Page> {
  return async (after) => {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return await askHub(url, `${PATH}${query}`, listSchema);
  };
}

function lastClient({ clients: page }: Page): string | undefined {
  return page.at(-1)?.clientId;
}

const HEAD = [
  ["CLIENT", "left"],
  ["ADDRESS", "left"],
  ["MQTT", "left"],
  ["SINCE", "right"],
  ["SUBS", "right"],
  ["IN", "right"],
  ["OUT", "right"],
  ["QUEUED", "right"],
  ["DROPPED", "right"],
] as const;

function cells(client: Client): readonly string[] {
  const { clientId, address, protocol, connected, since } = client;
  const age = shortDuration(Date.now() - Date.parse(since));
  const figures = [
    client.subscriptions,
    client.received,
    client.sent,
    client.queued,
    client.dropped,
  ];
  return [
    printable(clientId),
    connected ? address : "away",
    protocol,
    age,
    ...figures.map((figure) => String(figure)),
  ];
}

async function show(id: string, { url, json }: Asked, console: Console): Promise<ExitCode> {
  const client = await askHub(url, `${PATH}/${encodeURIComponent(id)}`, detailsSchema);
  if (json) console.print(JSON.stringify(client));
  else for (const line of described(client)) console.print(printable(line));
  return 0;
}

function described(client: Details): readonly string[] {
  const { connected, since, address, username, will, subscriptions } = client;
  const age = shortDuration(Date.now() - Date.parse(since));
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["client", client.clientId],
    ["state", `${connected ? "connected" : "away"} since ${since} (${age})`],
    ["address", address],
    ["user", username],
    ["protocol", `MQTT ${client.protocol}, keep alive ${client.keepAliveSeconds} s`],
    ["session", sessionEnd(client.expirySeconds)],
    ["will", will?.topic],
    ["messages", `${client.received} in, ${client.sent} out, ${client.dropped} dropped`],
    [
      "waiting",
      `${client.queued} queued, ${client.inFlight} in flight, ${client.outgoingBytes} bytes in its connection`,
    ],
    ["subscribes", subscriptions.length === 0 ? "nothing" : undefined],
    ...subscriptions.map(({ filter, qos }) => ["subscribes", `${filter} (QoS ${qos})`] as const),
  ];
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(12)}${text}`]));
}

function sessionEnd(expirySeconds: number): string {
  if (expirySeconds === 0) return "ends with the connection";
  if (expirySeconds === 0xffff_ffff) return "is kept for ever";
  return `is kept ${shortDuration(expirySeconds * 1000)} after the connection`;
}

async function kick(id: string, asked: Asked, console: Console): Promise<ExitCode> {
  const path = `${PATH}/${encodeURIComponent(id)}?endSession=${asked.endSession}`;
  const outcome = await askHub(asked.url, path, kickSchema, "DELETE");
  if (asked.json) {
    console.print(JSON.stringify(outcome));
    return 0;
  }
  const gone = outcome.disconnected ? "was disconnected" : "was not connected";
  const session = outcome.sessionEnded ? "its session has ended" : "its session is kept";
  console.print(printable(`${id} ${gone}; ${session}.`));
  return 0;
}
