/** What a hub says of itself: versions, listeners, certificates, licences, and the disk that its history will need. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { z } from "zod";
import { historyNeed } from "../../../hub/src/api/history-need.ts";
import { licences as packagesNow } from "../../../hub/src/api/licences.ts";
import { makeCertificate, writeCertificate } from "../../support/certificates.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";

const about = z.object({
  version: z.string(),
  sqlite: z.string(),
  listeners: z.array(
    z.object({ kind: z.string(), port: z.number(), certificate: z.looseObject({}).nullable() }),
  ),
  history: z.looseObject({ keepMs: z.number().nullable() }).nullable(),
});
const licences = z.object({
  packages: z.array(z.object({ name: z.string(), licence: z.string() })),
});
const DAY = 86_400_000;

describe("a hub about itself", () => {
  it("tells where it listens, with the fingerprint of each certificate, and how long it keeps values", async (t) => {
    const certificate = makeCertificate("hub.plant");
    const { cert, key } = writeCertificate(tempDir(t), certificate);
    const hub = await startTestHub(t, "", {
      listeners: `{ http: { port: 0 }, metrics: { port: 0 }, mqtts: { port: 0, cert: ${cert}, key: ${key} } }`,
      more: "history: { keep: 7d }",
    });
    const ask = async (path: string): Promise<unknown> =>
      await (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).json();

    const said = about.parse(await ask("/api/v1/about"));
    const { packages } = licences.parse(await ask("/api/v1/about/licences"));

    const { fingerprint256 } = new X509Certificate(certificate.cert);
    const sha256 = fingerprint256.replaceAll(":", "").toLowerCase();
    assert.partialDeepStrictEqual(said.listeners, [
      { kind: "mqtts", certificate: { subject: "CN=hub.plant", sha256 } },
      { kind: "http", port: hub.httpPort, certificate: null },
      { kind: "metrics", certificate: null },
    ]);
    assert.match(said.sqlite, /^3\./);
    assert.partialDeepStrictEqual(said.history, { keepMs: 7 * DAY, bytesPerDay: null });
    assert.ok(packages.some(({ name, licence }) => name === "fastify" && licence === "MIT"));
    const unnamed = packages.filter(({ licence }) => licence === "");
    assert.ok(packages.length > 50 && unnamed.length < 5, "few manifests name none");
    assert.equal(packagesNow(), packagesNow(), "hundreds of files are read once");
  });

  it("works out what the history will take from what it took so far, within its limit", () => {
    const state = { bytes: 1000, oldest: 9 * DAY, freeDiskBytes: 5 };
    const config = { keep: 30 * DAY, maxSize: undefined, rules: [] };
    const limited = { ...config, maxSize: 7000 };

    const open = historyNeed({ state, config, now: 10 * DAY });
    const bounded = historyNeed({ state, config: limited, now: 10 * DAY });
    const early = historyNeed({ state, config, now: 9 * DAY + 1000 });
    const forEver = historyNeed({ state, config: { ...config, keep: Infinity }, now: 10 * DAY });

    assert.partialDeepStrictEqual(open, { bytesPerDay: 1000, neededBytes: 30_000, freeBytes: 5 });
    assert.partialDeepStrictEqual(bounded, { neededBytes: 7000, maxBytes: 7000 });
    assert.partialDeepStrictEqual(early, { bytesPerDay: null, neededBytes: null });
    assert.partialDeepStrictEqual(forEver, { keepMs: null, neededBytes: null });
  });
});
