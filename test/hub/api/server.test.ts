import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { freePort } from "../../support/free-port.ts";
import { startTestHub } from "../../support/hub.ts";

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
    const starting = startTestHub(t, "", { ports: { http }, plcsReady: plcs.promise });
    const url = `http://127.0.0.1:${http}`;
    const early = await untilAnswer(`${url}/ns/`);
    const notReady = await fetch(`${url}/readyz`);

    plcs.resolve();
    await starting;

    assert.equal(early.status, 503);
    assert.match(await early.text(), /The hub is starting\./);
    assert.equal(notReady.status, 503);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
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
      /^HTTP\/1\.1 403[^]*a page of "http:\/\/evil\.example" may not use this hub/,
    );
    assert.match(rebound, /^HTTP\/1\.1 403[^]*Host "evil\.example" is not this machine/);
  });
});

/** The first answer once somebody listens. */
async function untilAnswer(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return answer;
  }
}
