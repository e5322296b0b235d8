import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ApiError } from "../../../hub/src/api/index.ts";
import { parseConfig } from "../../../hub/src/config/index.ts";
import { startHub } from "../../../hub/src/hub.ts";
import { checkAdapterConfig } from "../../../hub/src/supervisor/index.ts";
import { freePort } from "../../support/free-port.ts";
import { PAGE_FOLDER, startTestHub, tempDir } from "../../support/hub.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

/** Asks with a raw socket: `fetch` does not let a Host or Origin pass that is not its own. */
async function rawGet(port: number, path: string, headers: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`GET ${path} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`);
  let answer = "";
  for await (const data of socket) answer += String(data);
  return answer;
}

describe("the HTTP side", () => {
  it("says that the hub is starting while its adapters wait, and is ready afterwards", async (t) => {
    const http = await freePort();
    const plcs = Promise.withResolvers<void>();
    await startTestHub(t, "", { ports: { http }, plcsReady: plcs.promise });
    const url = `http://127.0.0.1:${http}`;
    const early = await fetch(`${url}/ns/`);
    const notReady = await fetch(`${url}/readyz`);

    plcs.resolve();
    await untilReady(`${url}/readyz`);

    assert.equal(early.status, 503);
    assert.match(await early.text(), /The hub is starting\./);
    assert.equal(notReady.status, 503);
    assert.doesNotMatch(await (await fetch(`${url}/ns/`)).text(), /The hub is starting/);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("answers bad questions with what is wrong, and goes on", async (t) => {
    const { httpPort } = await startTestHub(t);
    const api = `http://127.0.0.1:${httpPort}/api/ns`;
    const json = { "content-type": "application/json" };
    const cases: readonly (readonly [status: number, path: string, init?: RequestInit])[] = [
      [400, "/children?id=x"],
      [400, "/children?limit=0"],
      [404, "/children?id=99"],
      [400, "/path"],
      [404, "/path?p=no/such"],
      [404, "/path?p=%25"],
      [400, "/value?id=-1"],
      [404, "/value?id=1"],
      [400, `/find?f=${"x".repeat(501)}`],
      [400, "/write", { method: "POST", headers: json, body: "{" }],
      [400, "/write", { method: "POST", headers: json, body: '{"path":1}' }],
      [415, "/write", { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" }],
      [413, "/write", { method: "POST", headers: json, body: `"${"x".repeat(2_000_000)}"` }],
      [404, "/fly"],
    ];
    for (const [status, path, init] of cases) {
      const answer = await fetch(api + path, init);
      assert.equal(answer.status, status, path);
      assert.notEqual(await answer.text(), "");
    }
    assert.equal((await fetch(`${api}/children`)).status, 200);
  });

  it("is not ended by a refused upgrade whose socket is reset", async (t) => {
    const { httpPort } = await startTestHub(t);
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(httpPort, "127.0.0.1");
      const headers = `host: 127.0.0.1:${httpPort}\r\nconnection: upgrade\r\nupgrade: websocket\r\n`;
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => {
        socket.write(`GET /elsewhere HTTP/1.1\r\n${headers}\r\n`, () => resolve());
      });
      socket.resetAndDestroy();
    }

    assert.equal((await fetch(`http://127.0.0.1:${httpPort}/healthz`)).status, 200);
  });

  it("shows itself to its own pages only", async (t) => {
    const { httpPort } = await startTestHub(t);
    const own = `host: 127.0.0.1:${httpPort}\r\n`;

    const allowed = await rawGet(httpPort, "/api/ns/children", own);
    const foreign = await rawGet(
      httpPort,
      "/api/ns/children",
      `${own}origin: http://evil.example\r\n`,
    );
    const rebound = await rawGet(httpPort, "/api/ns/children", "host: evil.example\r\n");

    assert.match(allowed, /^HTTP\/1\.1 200/);
    assert.match(
      foreign,
      /^HTTP\/1\.1 403[^]*a page of \\"http:\/\/evil\.example\\" may not use this hub/,
    );
    assert.match(rebound, /^HTTP\/1\.1 403[^]*Host \\"evil\.example\\" is not this machine/);
  });
});

describe("an HTTP port that cannot be opened", () => {
  it("says when the address is not one of this machine, and what to do", async (t) => {
    const error = await startError(t, "192.0.2.1", 0); // TEST-NET-1

    assert.equal(error.code, "ADDRESS_NOT_HERE");
    assert.match(
      error.message,
      /^HTTP port 0 at 192\.0\.2\.1 cannot be opened: this machine does not have that address\. .* set listeners\.http\.host in unshub\.yaml\.$/,
    );
    assert.ok(error.cause instanceof Error);
  });

  it("says when another program has it, in the words of the MQTT port", async (t) => {
    const taken = createServer().listen(0, "127.0.0.1");
    t.after(() => taken.close());
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;

    const error = await startError(t, "127.0.0.1", port);

    assert.equal(error.code, "PORT_IN_USE");
    assert.equal(
      error.message,
      `HTTP port ${port} at 127.0.0.1 is in use by another program. See which with: ss -ltnp 'sport = :${port}' — then stop it, or set listeners.http.port in unshub.yaml.`,
    );
  });
});

async function untilReady(url: string): Promise<void> {
  while ((await fetch(url)).status !== 200);
}

/** What a hub says whose HTTP listener cannot be opened. */
async function startError(t: TestContext, host: string, port: number): Promise<ApiError> {
  const dataDir = tempDir(t);
  const yaml = `
hub: { id: test, dataDir: ${JSON.stringify(dataDir)} }
identity: { insecure: true }
listeners: { mqtt: { port: 0 }, ws: { port: 0 }, http: { host: ${host}, port: ${port} } }
`;
  const file = join(dataDir, "unshub.yaml");
  const config = await parseConfig(yaml, { file, checkAdapter: checkAdapterConfig });
  const error: unknown = await startHub({ config, log: SILENT_LOG, pageFolder: PAGE_FOLDER }).then(
    (hub) => hub.stop(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, "the hub should not start");
  return error;
}
