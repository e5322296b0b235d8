/** Every route that some document describes, and every tool of MCP, asked by a seed; and the hub serves afterwards. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { z } from "zod";
import type { LogLine } from "../../support/silent-log.ts";
import { pressAdapter, pressMemory } from "../../support/hub.ts";
import { identityHub, type IdentityHub } from "../../support/identity-hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { readDocument, type Described } from "../../support/openapi-operations.ts";
import { SchemaFuzz } from "../../support/schema-fuzz.ts";

const SEED = Number(process.env["UNSHUB_FUZZ_SEED"] ?? 20_261_126);
const ROUNDS = 8;
/** No more requests after it: a slow machine asks less. */
const BUDGET_MS = 12_000;
/** What must never be in an answer. */
const INSIDE = /node_modules|\.ts:\d|\bat \w+[.\w]* \(|file:\/\/|TypeError|Cannot read prop/;
/** Nor in a problem: where the hub lives. */
const PLACES = /\/tmp\/unshub|\/hub\/src/;
/** They bar the way for who asks wrongly too often: asked last. */
const BARRING = new Set(["/api/v1/login", "/api/v1/first-admin"]);
const ROLES = ["viewer", "operator", "engineer", "admin"] as const;
const WORDS = [
  "press",
  "press-01",
  "Plant1",
  "gw-press",
  "Plant1/gw-press/press-01/Hydraulics/Setpoint",
  "Plant1/gw-press/press-01",
  "Running",
  "vera",
  "servers",
  "1",
  "0",
  "2026-01-02T03:04:05Z",
];

interface Plant extends IdentityHub {
  readonly url: string;
  /** By role. */
  readonly tokens: ReadonlyMap<string, string>;
}

async function openPlant(t: TestContext): Promise<Plant> {
  const server = await openModbusServer(pressMemory());
  t.after(() => server.close());
  const hub = await identityHub(t, "", {
    adapters: pressAdapter(server.port),
    more: "mcp: { writes: true, writeAllow: ['#'] }",
  });
  await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
  const tokens = new Map<string, string>();
  for (const role of ROLES) {
    tokens.set(role, await hub.addToken(`fuzz-${role}`, role, ["read *", "command Plant1 *"]));
  }
  return { ...hub, url: `http://127.0.0.1:${hub.httpPort}`, tokens };
}

/** Faults of the hub itself, as it logs them. */
function crashes(logged: readonly LogLine[]): readonly LogLine[] {
  return logged.filter((line) =>
    /a request failed|an MCP \w+ (failed|could not)/.test(line.message),
  );
}

function isLast({ path }: Described): boolean {
  return BARRING.has(path);
}

function filled(fuzz: SchemaFuzz, { path, operation }: Described): string {
  const place = path.replaceAll(/\{\w+\}/g, () => encoded(fuzz.text() || "x"));
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query" && fuzz.isTrue(parameter.required ? 0.95 : 0.4))
    .map(({ name, schema }) => `${name}=${encoded(textOf(fuzz.value(schema)))}`);
  return query.length === 0 ? place : `${place}?${query.join("&")}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Half a letter (a lone surrogate) has no form in an address. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** `status`: of an answer. Copies of files are the caller's own. */
function tellsNothing(what: string, text: string, status = 200): void {
  if (text.startsWith('{"format":"unshub-backup"')) return;
  const found = INSIDE.exec(text) ?? (status >= 400 ? PLACES.exec(text) : null);
  const around = text.slice(Math.max(0, (found?.index ?? 0) - 200), (found?.index ?? 0) + 200);
  assert.equal(found?.[0], undefined, `${what}: ${status} …${around}…`);
}

interface Sent {
  readonly what: string;
  readonly answer: Response;
}

async function send(plant: Plant, fuzz: SchemaFuzz, described: Described): Promise<Sent> {
  const { method, operation } = described;
  const url = filled(fuzz, described);
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const hasBody = method === "POST" || method === "PUT";
  const body = hasBody ? JSON.stringify(schema === undefined ? {} : fuzz.value(schema)) : undefined;
  const token = plant.tokens.get(fuzz.pick(ROLES, "admin")) ?? "";
  const answer = await fetch(plant.url + url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(60_000),
  });
  return { what: `seed ${SEED}: ${method} ${url} ${body?.slice(0, 2000) ?? ""}`, answer };
}

/** The text of an answer; of one that goes on, its begin. */
async function textIn(answer: Response): Promise<string> {
  if (answer.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    return await answer.text();
  }
  await answer.body?.cancel();
  return "";
}

describe("everything that can be asked over HTTP", { timeout: 300_000 }, () => {
  it("answers as it is described, never 5xx and never what is inside, and serves on", async (t) => {
    const plant = await openPlant(t);
    const read = readDocument(await (await fetch(`${plant.url}/api/v1/openapi.json`)).json());
    const fuzz = new SchemaFuzz(SEED, WORDS, read.document);
    const all = read.operations.filter((each) => !isLast(each));
    const end = performance.now() + BUDGET_MS;
    let asked = 0;
    const check = async (described: Described): Promise<void> => {
      const { what, answer } = await send(plant, fuzz, described);
      const text = await answer.clone().text();
      asked += 1;
      assert.ok(answer.status < 500, `${what}: ${answer.status} ${text}`);
      tellsNothing(what, text, answer.status);
      assert.equal(await read.answerFault(described.operation, answer), undefined, what);
    };

    for (let round = 0; round < ROUNDS && performance.now() < end; round += 1) {
      for (const described of all) await check(described);
    }
    for (const described of read.operations.filter(isLast)) await check(described);

    assert.ok(asked >= read.operations.length, `${asked} were asked`);
    assert.deepEqual(crashes(plant.logged), []);
    assert.equal((await fetch(`${plant.url}/livez`)).status, 200);
  });

  it("keeps to it at every route of i3X", async (t) => {
    const plant = await openPlant(t);
    const document = await fetch(`${plant.url}/i3x/v1/openapi.json`);
    assert.equal(document.status, 200);
    const json: unknown = await document.json();
    const read = readDocument(json);
    const fuzz = new SchemaFuzz(SEED, WORDS, read.document);
    const end = performance.now() + BUDGET_MS / 3;

    for (let round = 0; round < ROUNDS && performance.now() < end; round += 1) {
      for (const described of read.operations) {
        const path = described.path.startsWith("/i3x/")
          ? described.path
          : `/i3x/v1${described.path}`;
        const { what, answer } = await send(plant, fuzz, { ...described, path });
        const text = await textIn(answer);
        assert.ok(
          answer.status < 500 || answer.status === 501,
          `${what}: ${answer.status} ${text}`,
        );
        tellsNothing(what, text, answer.status);
      }
    }
    assert.deepEqual(crashes(plant.logged), []);
  });

  it("keeps to it in every tool, prompt and resource of MCP", async (t) => {
    const plant = await openPlant(t);
    const admin = plant.tokens.get("operator") ?? "";
    const rpc = async (method: string, params: unknown): Promise<string> => {
      const answer = await fetch(`${plant.url}/mcp`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${admin}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      const text = await answer.text();
      assert.ok(answer.status < 500, `${method} ${JSON.stringify(params)}: ${answer.status}`);
      tellsNothing(`${method} ${JSON.stringify(params)}`, text);
      return text;
    };
    const listed = /data: (.*)/.exec(await rpc("tools/list", {}))?.[1] ?? "{}";
    const { tools } = toolList.parse(JSON.parse(listed)).result;
    const fuzz = new SchemaFuzz(SEED, [...WORDS, "uns://violations", "diagnose_device"]);
    const end = performance.now() + BUDGET_MS / 3;
    const methods = ["resources/read", "prompts/get", "tools/call", "completion/complete", "x"];

    for (let round = 0; round < ROUNDS && performance.now() < end; round += 1) {
      for (const { name, inputSchema } of tools) {
        const args = fuzz.value(inputSchema);
        const short = name === "uns_watch" && isObject(args) ? { ...args, seconds: 0.1 } : args;
        const text = await rpc("tools/call", { name, arguments: short });
        assert.ok(Buffer.byteLength(text) < 66_000, `${name} answers ${text.length} letters`);
      }
      for (const method of methods) await rpc(method, fuzz.anything());
      await rpc("resources/read", { uri: `uns://object/${encoded(fuzz.text())}` });
    }

    assert.ok(tools.length >= 14);
    assert.deepEqual(crashes(plant.logged), []);
    assert.match(await rpc("ping", {}), /"result":\{\}/);
  });
});

const toolList = z.object({
  result: z.object({
    tools: z.array(z.looseObject({ name: z.string(), inputSchema: z.looseObject({}) })),
  }),
});

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
