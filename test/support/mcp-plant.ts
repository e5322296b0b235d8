/** A closed hub with a real Modbus device and assistants that speak MCP to it, over real HTTP. */
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { z } from "zod";
import type { Ending } from "./hub.ts";
import { pressAdapter, pressMemory } from "./hub.ts";
import { identityHub, type IdentityHub } from "./identity-hub.ts";
import { openModbusServer, type ModbusServer } from "./modbus-server.ts";

/** The device of the plant, by its path in the plant and that in the tree. */
export const PRESS = "acme/press";
export const TREE_PRESS = "Plant1/gw-press/press-01";

const PLACED = `uns:
  levels: [site, line]
  placement: [{ method: map, group: Plant1, node: gw-press, device: press-01, path: acme/press }]
`;

export interface McpPlant extends IdentityHub {
  readonly url: string;
  readonly server: ModbusServer;
  /** A client of 2026-07-28, by a token of the hub. `yes`: what its person answers; left out: it cannot ask anybody. */
  client(secret: string, yes?: () => Answer | Promise<Answer>): Promise<Client>;
  /** A client of 2025, of the older SDK. */
  oldClient(secret: string): Promise<OldClient>;
}

/** What a person answers. */
export interface Answer {
  readonly action: "accept" | "decline" | "cancel";
  readonly content?: { readonly confirm: boolean };
}

/** `mcp`: the section. `dataDir`: of a plant that was stopped. */
export async function openMcpPlant(
  t: Ending,
  mcp = "{}",
  more = "",
  dataDir?: string,
): Promise<McpPlant> {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await identityHub(t, "", {
    adapters: pressAdapter(server.port),
    more: `${PLACED}mcp: ${mcp}\n${more}`,
    ...(dataDir !== undefined && { dataDir }),
  });
  await hub.until(() => valueIn(hub, "Hydraulics/Pressure") === 120);
  const url = `http://127.0.0.1:${hub.httpPort}`;
  return {
    ...hub,
    url,
    server,
    client: async (secret, yes) => await openMcpClient(t, url, { secret, yes }),
    oldClient: async (secret) => {
      const client = new OldClient(
        { name: "test", version: "1" },
        { capabilities: { elicitation: {} } },
      );
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types know nothing of exactOptionalPropertyTypes
      const transport = new OldTransport(new URL("/mcp", url), init(secret)) as Parameters<
        OldClient["connect"]
      >[0];
      await client.connect(transport);
      t.after(() => client.close());
      return client;
    },
  };
}

/** A client of 2026-07-28. Without `secret` it shows nothing. */
export async function openMcpClient(
  t: Ending,
  url: string,
  {
    secret,
    yes,
  }: {
    readonly secret?: string;
    readonly yes?: (() => Answer | Promise<Answer>) | undefined;
  } = {},
): Promise<Client> {
  const capabilities = yes === undefined ? {} : { elicitation: {} };
  const versionNegotiation = { mode: { pin: "2026-07-28" } } as const;
  const client = new Client({ name: "test", version: "1" }, { capabilities, versionNegotiation });
  if (yes !== undefined)
    client.setRequestHandler("elicitation/create", async () => ({ ...(await yes()) }));
  const options = secret === undefined ? {} : init(secret);
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", url), options));
  t.after(() => client.close());
  return client;
}

function init(secret: string): { readonly requestInit: RequestInit } {
  return { requestInit: { headers: { authorization: `Bearer ${secret}` } } };
}

/** The value of a metric of the press in the hub's own tree. */
export function valueIn({ hub }: Pick<IdentityHub, "hub">, name: string): unknown {
  return hub.tree.metric(hub.tree.find(`${TREE_PRESS}/${name}`) ?? -1)?.value;
}

const result = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.looseObject({}).optional(),
  isError: z.boolean().optional(),
});

/** What a tool answered, as structure; the text says the same. @throws when it is an error. */
export function structureOf(answer: unknown): Readonly<Record<string, unknown>> {
  const { content, structuredContent, isError } = result.parse(answer);
  const [{ text = "" } = {}] = content;
  assert.ok(isError !== true, text);
  assert.deepEqual(JSON.parse(text), structuredContent);
  return structuredContent ?? {};
}

/** What a tool said was wrong. @throws when nothing was. */
export function faultOf(answer: unknown): string {
  const { content, isError } = result.parse(answer);
  const [{ text = "" } = {}] = content;
  assert.equal(isError, true, text);
  return text;
}
