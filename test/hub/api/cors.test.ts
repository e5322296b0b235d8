/** Pages of other origins: those that `cors.origins` lists may use the API, and no other page may use anything. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { startTestHub } from "../../support/hub.ts";

const EXPLORER = "https://explorer.example";
const CORS = `cors: { origins: ["${EXPLORER}"] }`;
const ROWS = "/api/ns/children?id=0";

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

/** As a browser asks, which sends what `fetch` of Node does not let through. */
async function ask(port: number, { method = "GET", path = ROWS, headers = {} }: Asked) {
  const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }).end();
  const [answer] = await once(asked, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

function of(origin: string): Record<string, string> {
  return { origin, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };
}

const PREFLIGHT = {
  ...of(EXPLORER),
  "access-control-request-method": "PUT",
  "access-control-request-headers": "authorization,content-type",
};

describe("a page of another origin", { timeout: 180_000 }, () => {
  it("that is listed gets what its browser asks for before anybody has logged in", async (t) => {
    const { httpPort } = await startTestHub(t, "", {
      more: `${CORS}\nidentity: { anonymous: none }`,
    });

    const preflight = await ask(httpPort, { method: "OPTIONS", headers: PREFLIGHT });
    const answer = await ask(httpPort, { headers: of(EXPLORER) });

    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], EXPLORER);
    assert.equal(preflight.headers["access-control-allow-methods"], "GET, POST, PUT");
    assert.equal(
      preflight.headers["access-control-allow-headers"],
      "authorization, content-type, accept",
    );
    assert.equal(preflight.headers["vary"], "origin");
    assert.equal(answer.status, 401); // the page learns so, and asks for a token
    assert.equal(answer.headers["access-control-allow-origin"], EXPLORER);
    assert.equal(answer.headers["access-control-allow-credentials"], undefined); // no cookies
  });

  it("that is listed reads with what anybody may read, and gets neither page nor feed", async (t) => {
    const { httpPort } = await startTestHub(t, "", { more: CORS });

    assert.equal((await ask(httpPort, { headers: of(EXPLORER) })).status, 200);
    for (const path of ["/ns/", "/live", "/mcp", "/metrics"]) {
      const { status, headers } = await ask(httpPort, { path, headers: of(EXPLORER) });
      assert.equal(status, 403, path);
      assert.equal(headers["access-control-allow-origin"], undefined);
    }
  });

  it("that is not listed gets nothing, and nobody is listed by default", async (t) => {
    const { httpPort } = await startTestHub(t, "", { more: CORS });
    const closed = await startTestHub(t);

    for (const [port, origin] of [
      [httpPort, "https://evil.example"],
      [httpPort, `${EXPLORER}.evil.example`],
      [httpPort, "null"],
      [closed.httpPort, EXPLORER],
    ] as const) {
      const headers = { ...PREFLIGHT, origin };
      for (const method of ["GET", "OPTIONS", "PUT"]) {
        const answer = await ask(port, { method, headers });
        assert.equal(answer.status, 403, origin);
        assert.match(answer.body, /cors\.origins/);
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      }
    }
  });
});

describe("listeners.metrics", { timeout: 180_000 }, () => {
  it("answers to names of its own, also where there is no other HTTP listener", async (t) => {
    const metrics = '{ port: 0, names: ["metrics.plant.example"] }';
    const { hub } = await startTestHub(t, "", {
      listeners: `{ mqtt: { port: 0 }, metrics: ${metrics} }`,
    });
    const port = hub.addresses.find(({ kind }) => kind === "metrics")?.port ?? 0;
    const statusFor = async (host: string) =>
      (await ask(port, { path: "/metrics", headers: { host } })).status;

    assert.equal(await statusFor("metrics.plant.example:9464"), 200);
    assert.equal(await statusFor("evil.example"), 403);
  });
});
