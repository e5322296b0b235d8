/** How often one address may connect over HTTP: real connections to a real hub that counts those of this machine too. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { makeCertificate, writeCertificate } from "../../support/certificates.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";

const FEW = "mqtt: { limits: { exemptLoopback: false, connectsPerSecondPerAddress: 2 } }";
const MANY = 40;

/** What a connection that asks for something is answered; "" when it is closed without a word. */
function answerOf(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk) => (said += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`);
  });
}

describe("an address that connects over HTTP again and again", { timeout: 180_000 }, () => {
  it("is told to wait, shows in log and metrics, and may come again", async (t) => {
    const { httpPort, logged } = await startTestHub(t, "", { more: FEW });

    const answers = await Promise.all(
      Array.from({ length: MANY }, () => answerOf(httpPort, "/livez")),
    );

    const inNow = answers.filter((answer) => answer.startsWith("HTTP/1.1 200 "));
    const turnedAway = answers.filter((answer) => !inNow.includes(answer));
    assert.ok(inNow.length >= 2 && inNow.length < MANY, `${inNow.length} came in`);
    for (const answer of turnedAway.filter((text) => text !== "")) {
      assert.match(answer, /^HTTP\/1\.1 429 [^]*retry-after: 1\r\n[^]*connects too often/);
    }
    const lines = logged.filter(({ message }) => message === "an HTTP connection was turned away");
    assert.equal(lines.length, 1); // one a minute
    let metrics = "";
    while (!metrics.startsWith("HTTP/1.1 200 ")) metrics = await answerOf(httpPort, "/metrics");
    const [, count = "0"] = /unshub_http_turned_away_total (\d+)/.exec(metrics) ?? [];
    assert.ok(Number(count) >= turnedAway.length);
  });

  it("does not get as far as a TLS handshake", async (t) => {
    const folder = tempDir(t);
    const ca = makeCertificate("Plant CA", { isCa: true });
    const { cert, key } = writeCertificate(folder, makeCertificate("hub", { signedBy: ca }));
    writeFileSync(join(folder, "ca.pem"), ca.cert);
    const listeners = `{ http: { port: 0, cert: ${cert}, key: ${key} } }`;
    const { httpPort } = await startTestHub(t, "", { listeners, more: FEW });
    const shakesHands = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connectTls({ host: "127.0.0.1", port: httpPort, ca: ca.cert });
        socket.once("secureConnect", () => {
          resolve(true);
          socket.destroy();
        });
        socket.once("error", () => resolve(false));
        socket.once("close", () => resolve(false));
      });

    const shaken = await Promise.all(Array.from({ length: MANY }, shakesHands));

    const count = shaken.filter(Boolean).length;
    assert.ok(count >= 2 && count < MANY, `${count} came in`);
  });
});
