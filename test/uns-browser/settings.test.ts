/** What the settings make of the hub's answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatBytes,
  grantsOf,
  parseBans,
  parseGenerations,
  parseHealth,
  parseSessions,
  parseTokens,
  parseUsers,
  parseVersion,
} from "../../uns-browser/lib/settings.ts";

const vera = {
  name: "vera",
  role: "viewer",
  grants: ["read #"],
  isDisabled: false,
  hasPassword: true,
};

describe("the settings", () => {
  it("leave out an entry that they cannot read, and nothing else with it", () => {
    const users = parseUsers({ users: [vera, { name: "x", role: "king" }, 7, { role: "admin" }] });
    assert.deepEqual(users, [vera]);
    const token = { name: "grafana", role: "viewer", grants: ["read #"], createdBy: "root" };
    assert.deepEqual(parseTokens({ tokens: [{ ...token, expiresAt: 7 }, {}] }), [
      { ...token, expiresAt: 7, lastUsedAt: null },
    ]);
    assert.deepEqual(parseSessions({ sessions: [{}] }), []);
    assert.deepEqual(parseBans({ bans: [{ address: "10.0.0.9", failures: 5, until: 8 }] }), [
      { address: "10.0.0.9", name: null, failures: 5, until: 8 },
    ]);
  });

  it("are not made up when the hub says something else", () => {
    for (const parse of [parseUsers, parseTokens, parseSessions, parseBans, parseGenerations]) {
      for (const value of [null, 7, "x", {}, { users: 1, tokens: {}, sessions: null, bans: "" }])
        assert.equal(parse(value), null);
    }
    assert.equal(parseHealth({ components: {} }), null);
    assert.equal(parseVersion({ info: { version: 1 } }), null);
  });

  it("show the newest configuration first, and which one runs", () => {
    const generations = [1, 2].map((number) => ({ number, at: 9, by: "root" }));
    assert.deepEqual(
      parseGenerations({ running: 1, generations })?.map(({ number, isRunning }) => [
        number,
        isRunning,
      ]),
      [
        [2, false],
        [1, true],
      ],
    );
  });

  it("tell of each certificate that the hub shows", () => {
    const store = { durability: "power", freeDiskBytes: 5 };
    const history = { recording: false, because: "the disk is full", bytes: 9 };
    const mqtt = { certificates: [{ listener: "mqtts", validTo: "2027-01-01T00:00:00Z" }] };
    const http = { certificate: { validTo: "2028-01-01T00:00:00Z" } };
    const facts = parseHealth({ uptimeSeconds: 3, components: { mqtt, http, store, history } });
    assert.deepEqual(facts?.certificates, [
      { listener: "mqtts", validTo: Date.UTC(2027, 0) },
      { listener: "https", validTo: Date.UTC(2028, 0) },
    ]);
    assert.equal(facts.notRecordingBecause, "the disk is full");
    assert.equal(facts.historySince, null);
  });

  it("take grants a line each, without blank ones", () => {
    assert.deepEqual(grantsOf("read #\n\n  command a/#  \r\n"), ["read #", "command a/#"]);
  });

  it("say sizes in one unit", () => {
    const sizes = [0, 1023, 1024, 1536, 150 * 1024 ** 2, 3.25 * 1024 ** 4, 9000 * 1024 ** 4];
    assert.deepEqual(sizes.map(formatBytes), [
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "150 MiB",
      "3.3 TiB",
      "9000 TiB",
    ]);
  });
});
