/** Certificates of OPC UA on the page: what is read, and what is decided. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  commonName,
  fingerprint,
  parseTrust,
  validity,
} from "../../uns-browser/lib/certificates.ts";
import type { SendLike } from "../../uns-browser/lib/hub-request.ts";
import { texts } from "../../uns-browser/lib/texts.ts";
import { createTrustPage, type TrustPage } from "../../uns-browser/lib/trust.ts";
import { answering, silent, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;
const PRESS = {
  subject: "CN=press, O=Plant",
  issuer: "CN=Plant CA",
  isSelfSigned: false,
  applicationUri: "urn:press",
  hosts: ["10.0.0.5"],
  validFrom: 0,
  validTo: 2 * NOW,
  sha256: "ab".repeat(32),
  sha1: "CD".repeat(20),
};
const STORED = { ...PRESS, folder: "waiting", chain: [PRESS] };
const TRUST = {
  now: NOW,
  own: null,
  places: [{ id: "adapter:cell2", kind: "servers", adapter: "cell2", certificates: [STORED] }],
};
const told = { status: 200, body: TRUST };

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

function open(send: SendLike): { readonly page: TrustPage; readonly time: FakeTime } {
  const time = new FakeTime();
  return { page: createTrustPage({ send, timer: time.timer }), time };
}

describe("a certificate", () => {
  it("is called by its common name, and by everything it says when it has none", () => {
    assert.equal(commonName("CN=press, O=Plant"), "press");
    assert.equal(commonName("O=Plant, CN=press"), "press");
    assert.equal(commonName("O=Plant"), "O=Plant");
    assert.equal(commonName("O=ACN=x"), "O=ACN=x");
  });

  it("has a fingerprint that can be compared digit by digit", () => {
    assert.equal(fingerprint("ab12cd34ef"), "AB12 CD34 EF");
    assert.equal(fingerprint("ab12cd34"), "AB12 CD34");
  });

  it("is told to be early, ending soon, or over", () => {
    assert.equal(validity(PRESS, NOW), "valid");
    assert.equal(validity(PRESS, -1), "early");
    assert.equal(validity(PRESS, 2 * NOW - DAY_MS), "soon");
    assert.equal(validity(PRESS, 2 * NOW + 1), "expired");
  });

  it("is left out when the hub says something else, and nothing else with it", () => {
    const broken = { ...STORED, sha256: 7 };
    const places = [{ ...TRUST.places[0], certificates: [STORED, broken, null] }];

    assert.equal(parseTrust({ ...TRUST, places })?.places[0]?.certificates.length, 1);
    assert.equal(parseTrust("nonsense"), null);
  });

  it("may be on a list of its issuer, and lists that are none are left out", () => {
    const list = { issuer: "CN=Plant CA", revoked: 2, madeAt: 0, nextAt: NOW, isSigned: true };
    const places = [{ ...TRUST.places[0], lists: [list, { ...list, madeAt: "never" }] }];

    assert.deepEqual(parseTrust({ ...TRUST, places })?.places[0]?.lists, [list]);
    assert.equal(texts.trust.list("Plant CA", 1), "Plant CA took back 1 certificate");
  });
});

describe("the page of trust", () => {
  it("decides about one certificate and shows what the hub then says", async () => {
    const said: Said[] = [];
    const trusted = { ...TRUST, places: [] };
    const { page } = open(answering(said, [told, 204, { status: 200, body: trusted }]));
    await settled();

    await page.decide("adapter:cell2", PRESS.sha256, "trust");

    assert.partialDeepStrictEqual(said[1], {
      method: "PUT",
      url: `/api/v1/opcua/trust/adapter%3Acell2/${PRESS.sha256}`,
      body: { decision: "trust" },
    });
    assert.partialDeepStrictEqual(page.state.get(), { kind: "ready", trust: { places: [] } });
    assert.equal(page.busy.get(), null);
  });

  it("says why nothing was decided", async () => {
    const refused = { status: 403, body: { detail: "a viewer may not edit configuration" } };
    const { page } = open(answering([], [told, refused, told]));
    await settled();

    await page.decide("clients", PRESS.sha256, "trust");

    assert.equal(page.problem.get(), "A viewer may not edit configuration.");
  });

  it("looks again by itself, and keeps what it knows while the hub is away", async () => {
    let isThere = true;
    const there = answering([], [told]);
    const send: SendLike = (url, how) => (isThere ? there(url, how) : silent(url, how));
    const { page, time } = open(send);
    await settled();
    isThere = false;

    time.pass(5000);
    await settled();

    assert.partialDeepStrictEqual(page.state.get(), { kind: "ready", isOld: true });
    isThere = true;
    time.pass(5000);
    await settled();
    assert.partialDeepStrictEqual(page.state.get(), { kind: "ready", isOld: false });
  });

  it("says that the hub does not answer when it never has", async () => {
    const { page } = open(silent);
    await settled();

    assert.deepEqual(page.state.get(), { kind: "failed", because: texts.entry.unreachable });
  });
});
