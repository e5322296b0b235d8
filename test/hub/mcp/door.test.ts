/** Who comes in at `/mcp`, and the conformance suite of the protocol. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { z } from "zod";
import { startTestHub } from "../../support/hub.ts";
import { openMcpPlant } from "../../support/mcp-plant.ts";

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
});

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** By Node's own client: fetch writes Host and Origin itself. */
async function ask(
  port: number,
  { method = "POST", path = "/mcp", headers = {}, body = INITIALIZE }: Asked,
): Promise<{ readonly status: number; readonly headers: object; readonly text: string }> {
  const answer = await new Promise<Awaited<ReturnType<typeof ask>>>((resolve, reject) => {
    const usual = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const request = httpRequest(
      { agent: false, host: "127.0.0.1", port, method, path, headers: { ...usual, ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    request.on("error", reject);
    request.end(method === "GET" ? undefined : body);
  });
  return answer;
}

async function openPort(t: TestContext): Promise<number> {
  return (await startTestHub(t)).httpPort;
}

describe("the door of MCP", { timeout: 300_000 }, () => {
  it("tells whoever is not known where tokens come from", async (t) => {
    const plant = await openMcpPlant(t);
    const { httpPort: port } = plant;

    const nobody = await ask(port, {});
    const wrong = await ask(port, { headers: { authorization: "Bearer hub_wrong" } });
    const metadata = await ask(port, {
      method: "GET",
      path: "/.well-known/oauth-protected-resource/mcp",
    });

    for (const { status, headers } of [nobody, wrong]) {
      assert.equal(status, 401);
      assert.partialDeepStrictEqual(headers, {
        "www-authenticate": `Bearer realm="UNS Hub", resource_metadata="http://127.0.0.1:${port}/.well-known/oauth-protected-resource/mcp"`,
      });
    }
    assert.equal(metadata.status, 200);
    assert.partialDeepStrictEqual(JSON.parse(metadata.text), {
      resource: `http://127.0.0.1:${port}/mcp`,
      bearer_methods_supported: ["header"],
    });
  });

  it("names the issuers of tokens in its metadata", async (t) => {
    const issuer = "http://127.0.0.1:9/realm"; // it is asked when a token comes, not before
    const rule = '{ when: { sub: "{name}" }, name: "{name}", role: viewer, grants: ["read *"] }';
    const jwt = `identity: { jwt: [{ issuer: "${issuer}", audience: hub, rules: [${rule}] }] }`;
    const hub = await startTestHub(t, "", { more: jwt });

    const { text } = await ask(hub.httpPort, {
      method: "GET",
      path: "/.well-known/oauth-protected-resource/mcp",
    });

    assert.partialDeepStrictEqual(JSON.parse(text), { authorization_servers: [issuer] });
  });

  it("refuses other hosts and other pages, whatever they ask", async (t) => {
    const port = await openPort(t);

    const answers = [
      await ask(port, { headers: { host: "evil.example:8080" } }),
      await ask(port, { headers: { origin: "https://evil.example" } }),
      await ask(port, { headers: { origin: `http://evil.example:${port}` } }),
    ];
    const own = await ask(port, { headers: { origin: `http://127.0.0.1:${port}` } });

    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 403],
    );
    assert.equal(own.status, 200);
  });

  it("takes nothing but bounded JSON, and serves on", async (t) => {
    const port = await openPort(t);

    const statuses = [
      (await ask(port, { body: "{" })).status,
      (await ask(port, { body: "" })).status,
      (await ask(port, { body: "[]" })).status,
      (await ask(port, { body: "null" })).status,
      (await ask(port, { headers: { "content-type": "text/plain" } })).status,
      (await ask(port, { method: "GET" })).status,
      (await ask(port, { method: "DELETE" })).status,
      (await ask(port, { headers: { "content-length": 2_000_000 } })).status,
    ];
    const after = await ask(port, {});

    assert.ok(
      statuses.every((status) => status >= 400 && status < 500),
      statuses.join(" "),
    );
    assert.equal(statuses.at(-1), 413);
    assert.equal(after.status, 200);
  });

  it("is not there where the configuration closes it", async (t) => {
    const hub = await startTestHub(t, "", { more: "mcp: { enabled: false }" });

    const { status } = await ask(hub.httpPort, {});

    assert.equal(status, 404);
  });

  it("passes the scenarios of the conformance suite that need no fixture", async (t) => {
    const port = await openPort(t);

    for (const scenario of SCENARIOS) {
      const args = ["server", "--url", `http://localhost:${port}/mcp`, "--scenario", scenario];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [
        SUITE,
        ...args,
      ]).catch((error: unknown) => outputOf.parse(error));

      const text = `${stdout}\n${stderr}`;
      assert.match(text, /Passed: (\d+)\/\1, 0 failed/, `${scenario}: ${text}`);
    }
  });
});

const SUITE = join(
  import.meta.dirname,
  "../../../node_modules/@modelcontextprotocol/conformance/dist/index.js",
);
const SCENARIOS = [
  "server-initialize",
  "ping",
  "tools-list",
  "resources-list",
  "prompts-list",
  "dns-rebinding-protection",
];
const outputOf = z.object({ stdout: z.string(), stderr: z.string() });
