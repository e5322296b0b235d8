/** A hub that lets nobody in who does not say who he is, with its first administrator, and what he asks of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startTestHub, tempDir, type Ending, type HubTestOptions, type TestHub } from "./hub.ts";

export interface IdentityHub extends TestHub {
  readonly dataDir: string;
  port(kind: string): number;
  /** Asks as the administrator; the answer as it came. */
  ask(method: string, path: string, body?: object): Promise<Response>;
  addUser(name: string, role: string, grants: readonly string[]): Promise<void>;
  /** Answers the key in hex. */
  addPsk(name: string, grants: readonly string[]): Promise<string>;
  /** Answers the secret. */
  addToken(name: string, role: string, grants: readonly string[]): Promise<string>;
  /** The audit trail as it stands in the file. */
  trail(): readonly Record<string, unknown>[];
}

export const PASSWORD = "correct horse battery";
const ADMIN = `Basic ${Buffer.from(`root:${PASSWORD}`).toString("base64")}`;

/** `identity`: more of that section, in YAML. */
export async function identityHub(
  t: Ending,
  identity = "",
  options: HubTestOptions & {
    readonly adapters?: string;
    /** A new data directory, to start again with. */
    readonly seed?: string;
  } = {},
): Promise<IdentityHub> {
  const { dataDir = options.seed ?? tempDir(t), more = "" } = options;
  const section = `identity: { anonymous: none${identity === "" ? "" : `, ${identity}`} }`;
  const isNew = options.dataDir === undefined;
  const hub = await startTestHub(t, options.adapters, {
    ...options,
    dataDir,
    more: `${more}\n${section}`,
  });
  const ask: IdentityHub["ask"] = async (method, path, body) =>
    await fetch(new URL(path, `http://127.0.0.1:${hub.httpPort}`), {
      method,
      headers: {
        authorization: ADMIN,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const done = async (method: string, path: string, body: object): Promise<unknown> => {
    const answer = await ask(method, path, body);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  if (isNew) {
    const code = readFileSync(join(dataDir, "first-admin-code"), "utf8").trim();
    await done("POST", "/api/v1/first-admin", { code, name: "root", password: PASSWORD });
  }
  return {
    ...hub,
    dataDir,
    port: (kind) => hub.hub.addresses.find((address) => address.kind === kind)?.port ?? 0,
    ask,
    addUser: async (name, role, grants) =>
      void (await done("PUT", `/api/v1/users/${name}`, { role, grants, password: PASSWORD })),
    addPsk: async (name, grants) =>
      textIn(await done("PUT", `/api/v1/psks/${name}`, { role: "viewer", grants }), "key"),
    addToken: async (name, role, grants) => {
      const expiresAt = Date.now() + 3_600_000;
      return textIn(
        await done("PUT", `/api/v1/tokens/${name}`, { role, grants, expiresAt }),
        "secret",
      );
    },
    trail: () =>
      readFileSync(join(dataDir, "audit.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map(recordOf),
  };
}

function recordOf(line: string): Record<string, unknown> {
  const record: unknown = JSON.parse(line);
  assert.ok(typeof record === "object" && record !== null);
  return { ...record };
}

function textIn(answer: unknown, key: string): string {
  assert.ok(typeof answer === "object" && answer !== null);
  const value: unknown = Reflect.get(answer, key);
  assert.ok(typeof value === "string");
  return value;
}
