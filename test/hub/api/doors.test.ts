/** The HTTP port from outside: TLS, who may knock, what no answer tells. */
import assert from "node:assert/strict";
import { request as secureRequest } from "node:https";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { doorFault } from "../../../hub/src/api/doorman.ts";
import { ApiError } from "../../../hub/src/api/index.ts";
import { firstAdminCode } from "../../../hub/src/identity/index.ts";
import { Visit } from "../../support/http-hub.ts";
import {
  makeCertificate,
  writeCertificate,
  type TestCertificate,
} from "../../support/certificates.ts";
import { startTestHub, tempDir, type Ending } from "../../support/hub.ts";

const ca = makeCertificate("Plant CA", { isCa: true });

function listenersOf(files: { readonly cert: string; readonly key: string }, more = ""): string {
  return `{ http: { port: 0, cert: ${files.cert}, key: ${files.key}${more} } }`;
}

/** `more`: of the listener; `sections`: of the configuration. */
async function secureHub(t: Ending, more = "", sections = "") {
  const folder = tempDir(t);
  const files = writeCertificate(folder, makeCertificate("hub", { signedBy: ca }));
  const hub = await startTestHub(t, "", { listeners: listenersOf(files, more), more: sections });
  return { ...hub, folder };
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function get(
  port: number,
  path: string,
  options: {
    readonly client?: TestCertificate;
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  } = {},
): Promise<Got> {
  const { client, method = "GET", headers = {}, body = "" } = options;
  const asked = secureRequest({
    host: "127.0.0.1",
    port,
    path,
    method,
    headers,
    ca: ca.cert,
    agent: false,
    ...(client && { cert: client.cert, key: client.key }),
  });
  asked.end(body);
  const [answer] = await once(asked, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

/** What the hub shows at a new connection: until when its certificate is valid. */
async function validTo(port: number): Promise<string | undefined> {
  const socket = connectTls({ host: "127.0.0.1", port, ca: ca.cert });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate?.validTo;
}

describe("HTTP over TLS", { timeout: 180_000 }, () => {
  it("serves page and API, with a cookie that never travels readable", async (t) => {
    const { httpPort } = await secureHub(t);

    const children = await get(httpPort, "/api/ns/children");
    const health = await get(httpPort, "/healthz");
    const logout = await get(httpPort, "/api/v1/logout", {
      method: "POST",
      headers: { "x-uns-hub": "page" },
    });

    assert.equal(children.status, 200);
    assert.match(health.body, /"http":\{"certificate":\{"validTo":"/);
    assert.match(
      String(logout.headers["set-cookie"]),
      /^__Host-unshub-\d+=; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=0$/,
    );
  });

  it("answers plain HTTP with where to go, and goes on", async (t) => {
    const { httpPort } = await secureHub(t);
    const socket = connect(httpPort, "127.0.0.1");
    socket.end(`GET /ns/?p=a HTTP/1.1\r\nhost: 127.0.0.1:${httpPort}\r\n\r\n`);

    const answer = await text(socket);
    const nonsense = connect(httpPort, "127.0.0.1");
    nonsense.end(Buffer.from([0x10, 0x20, 0x00]));
    await text(nonsense);

    assert.match(answer, /^HTTP\/1\.1 426 /);
    assert.match(answer, new RegExp(`Use https://127\\.0\\.0\\.1:${httpPort}/ns/\\?p=a`));
    assert.equal((await get(httpPort, "/livez")).status, 200);
  });

  it("takes a new certificate without a restart, and keeps the old one when it is broken", async (t) => {
    const { httpPort, hub, folder, logged } = await secureHub(t);
    const before = await validTo(httpPort);
    writeFileSync(join(folder, "cert.pem"), "nonsense");
    await hub.reload();
    const kept = await validTo(httpPort);
    const until = new Date(Date.now() + 50 * 86_400_000);
    writeCertificate(folder, makeCertificate("hub", { signedBy: ca, validTo: until }));

    await hub.reload();

    assert.equal(kept, before);
    assert.ok(logged.some(({ message }) => /the old one stays/.test(message)));
    assert.notEqual(await validTo(httpPort), before);
  });

  it("with clientCa lets in only who has a certificate of it", async (t) => {
    const folder = tempDir(t);
    writeFileSync(join(folder, "ca.pem"), ca.cert);
    const { httpPort } = await secureHub(t, `, clientCa: ${join(folder, "ca.pem")}`);
    const stranger = makeCertificate("stranger");
    const known = makeCertificate("panel", { signedBy: ca });

    assert.equal((await get(httpPort, "/livez", { client: known })).status, 200);
    await assert.rejects(get(httpPort, "/livez", { client: stranger }));
    await assert.rejects(get(httpPort, "/livez"));
    assert.equal((await get(httpPort, "/livez", { client: known })).status, 200);
  });

  it("knows who somebody is by his certificate, where no session and no login says otherwise", async (t) => {
    const folder = tempDir(t);
    writeFileSync(join(folder, "ca.pem"), ca.cert);
    const asked = `, clientCa: ${join(folder, "ca.pem")}, clientCertificates: optional`;
    const { httpPort, file } = await secureHub(t, asked, "identity: { anonymous: none }");
    const headers = { "content-type": "application/json" };
    const post = { method: "POST", headers };
    const code = firstAdminCode(dirname(file)) ?? "";
    const admin = { name: "root", password: "correct horse" };
    const body = JSON.stringify({ code, ...admin });
    await get(httpPort, "/api/v1/first-admin", { ...post, body });
    const [root, nobody] = [
      makeCertificate("root", { signedBy: ca }),
      makeCertificate("stranger", { signedBy: ca }),
    ];

    const users = await get(httpPort, "/api/v1/users", { client: root });
    const session = await get(httpPort, "/api/v1/session", { client: root });
    const unknown = await get(httpPort, "/api/v1/users", { client: nobody });
    const forged = await get(httpPort, "/api/v1/users", { client: makeCertificate("root") });
    const none = await get(httpPort, "/api/v1/users");

    assert.deepEqual(
      [users.status, unknown.status, forged.status, none.status],
      [200, 401, 401, 401],
    );
    assert.match(session.body, /"user":\{"name":"root","role":"admin"/);
    const wrong = { authorization: `Basic ${Buffer.from("root:guess").toString("base64")}` };
    const shown = await get(httpPort, "/api/v1/users", { client: root, headers: wrong });
    assert.equal(shown.status, 401); // what somebody says is not overlooked for what he shows
  });

  it("does not start with a certificate that cannot be used, and says which", async (t) => {
    const listeners = listenersOf({ cert: "/nowhere/c.pem", key: "/nowhere/k.pem" });

    const error: unknown = await startTestHub(t, "", { listeners }).catch(
      (reason: unknown) => reason,
    );

    assert.ok(error instanceof ApiError);
    assert.match(error.message, /^listeners\.http\.cert: \/nowhere\/c\.pem does not exist/);
  });
});

describe("the door", () => {
  const own = { method: "GET", path: "/api/ns/children" };
  const rule = { host: "10.0.0.5", names: ["hub.plant.example"], origins: [] };

  it("knows the hub by its addresses and by the names that are configured, and by no other", () => {
    const fault = (host: string) => doorFault({ ...own, headers: { host } }, rule);

    for (const host of ["10.0.0.5:8080", "192.168.1.9", "[fe80::1]:8080", "HUB.plant.example:80"]) {
      assert.equal(fault(host), undefined, host);
    }
    assert.match(fault("evil.example") ?? "", /is no name of this hub.*listeners\.http\.names/);
    assert.match(fault("") ?? "", /names no Host/);
    const loopback = doorFault(
      { ...own, headers: { host: "10.0.0.5" } },
      { host: "::1", names: [], origins: [] },
    );
    assert.match(loopback ?? "", /is not this machine/);
  });

  it("lets other sites link to the page and do nothing else", () => {
    const headers = {
      host: "10.0.0.5",
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
    };

    assert.equal(doorFault({ method: "GET", path: "/ns/", headers }, rule), undefined);
    assert.match(doorFault({ ...own, headers }, rule) ?? "", /another site/);
    assert.match(doorFault({ method: "POST", path: "/ns/", headers }, rule) ?? "", /another site/);
    const fetched = { ...headers, "sec-fetch-mode": "no-cors" };
    assert.match(
      doorFault({ method: "GET", path: "/ns/", headers: fetched }, rule) ?? "",
      /another/,
    );
  });
});

describe("every answer", { timeout: 180_000 }, () => {
  it("carries what keeps other pages from framing it, guessing its type or learning its address", async (t) => {
    const { httpPort } = await startTestHub(t);
    const visit = new Visit(`http://127.0.0.1:${httpPort}`);

    for (const path of [
      "/ns/",
      "/nothing",
      "/livez",
      "/api/ns/children",
      "/api/v1/fly",
      "/metrics",
    ]) {
      const { headers } = await visit.ask("GET", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("referrer-policy"), "no-referrer", path);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy.replace("style-src-attr 'unsafe-inline'", ""), /unsafe/, path);
    }
  });

  it("stays within the page's folder", async (t) => {
    const { httpPort } = await startTestHub(t);
    const paths = [
      "/../package.json",
      "/..%2fpackage.json",
      "/%2e%2e/package.json",
      "/ns/..%5c..%5cx",
      "//etc/passwd",
      "/.built.json",
    ];

    for (const path of paths) {
      const socket = connect(httpPort, "127.0.0.1");
      socket.end(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
      assert.match(await text(socket), /^HTTP\/1\.1 (404|400|503)/, path);
    }
  });

  it("is not confused by a request within a request", async (t) => {
    const { httpPort } = await startTestHub(t);
    const socket = connect(httpPort, "127.0.0.1");
    const inner = "GET /api/v1/clients HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    socket.end(
      `POST /api/ns/write HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
        `content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    );

    const answer = await text(socket);

    assert.match(answer, /^HTTP\/1\.1 400/);
    assert.doesNotMatch(answer, /"clients"/);
  });
});
