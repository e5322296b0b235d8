/** Modbus/TCP Security: who the peer must be, and who we are. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { describe, it } from "node:test";
import { createServer, type TlsOptions, type TLSSocket } from "node:tls";
import type { TlsConfig } from "../../../../adapters/modbus/src/wire/link-config.ts";
import { makeCertificate } from "../../../support/certificates.ts";
import { frameOf, honestPdu, requestSplitter, trueData } from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { portOf } from "../../../support/modbus-port.ts";
import { LinkRun } from "../../../support/modbus-wire.ts";

const CA = makeCertificate("plant ca", { isCa: true });
const PLC = makeCertificate("plc", { signedBy: CA });
const HUB = makeCertificate("hub", { signedBy: CA });
const OTHER = makeCertificate("other");
const TRUE = hexOf(trueData(1, 0, 2));

/** A link to an honest device that shows the certificate of `PLC`. */
async function openBench(tls: TlsConfig, serverWishes: TlsOptions = {}) {
  const sockets = new Set<TLSSocket>();
  let received = 0;
  const server = createServer({ cert: PLC.cert, key: PLC.key, ...serverWishes }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    const split = requestSplitter("mbap", (request) => {
      received += 1;
      socket.write(frameOf("mbap", request, honestPdu(request)));
    });
    socket.on("data", split);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const run = new LinkRun({ framing: "tls", host: "127.0.0.1", port: portOf(server), tls });
  return {
    run,
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      await run.link.stop();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("a Modbus link over TLS", () => {
  it("reads from a device whose certificate comes from the authority", async () => {
    await using bench = await openBench({ ca: CA.cert, serverName: "localhost" });
    await bench.run.until("up");

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("knows a device by its address in the certificate when no name is given", async () => {
    await using bench = await openBench({ ca: CA.cert });
    await bench.run.until("up");

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("shows its own certificate when the device asks for one", async () => {
    const wishes = {
      ca: CA.cert,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: "TLSv1.2",
    } as const;
    await using bench = await openBench({ ca: CA.cert, cert: HUB.cert, key: HUB.key }, wishes);
    await bench.run.until("up");

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  const refusals: readonly (readonly [string, TlsConfig])[] = [
    ["is not from the authority", { ca: OTHER.cert }],
    ["carries another name", { ca: CA.cert, serverName: "press-2.plant" }],
    ["is not the pinned one", { fingerprint: new X509Certificate(OTHER.cert).fingerprint256 }],
    [
      "is pinned but not from the authority that is asked for as well",
      { ca: OTHER.cert, fingerprint: new X509Certificate(PLC.cert).fingerprint256 },
    ],
  ];
  for (const [why, tls] of refusals) {
    it(`refuses a device whose certificate ${why}, before anything is sent`, async () => {
      await using bench = await openBench(tls);

      await bench.run.until("backoff");

      assert.equal(bench.run.link.lastError?.code, "TLS_REFUSED");
      assert.equal(bench.received(), 0);
    });
  }

  it("is refused by a device that wants a certificate when it has none", async () => {
    const wishes = {
      ca: CA.cert,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: "TLSv1.2",
    } as const;
    await using bench = await openBench({ ca: CA.cert }, wishes);

    await bench.run.until("backoff");

    assert.match(bench.run.link.lastError?.code ?? "", /TLS_REFUSED|CONNECT_FAILED/);
  });

  it("knows a self-signed device by its pinned fingerprint", async () => {
    const { fingerprint256 } = new X509Certificate(OTHER.cert);
    await using bench = await openBench(
      { fingerprint: fingerprint256.toLowerCase().replaceAll(":", "") },
      { cert: OTHER.cert, key: OTHER.key },
    );
    await bench.run.until("up");

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("does not speak to a device that knows nothing newer than TLS 1.1", async () => {
    const wishes = {
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ciphers: "ALL:@SECLEVEL=0",
    } as const;
    await using bench = await openBench({ ca: CA.cert }, wishes);

    await bench.run.until("backoff");

    assert.equal(bench.received(), 0);
  });
});
