/** Clients and the audit trail as the page reads them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesOf, reasonOf } from "../../uns-browser/lib/audit-change.ts";
import {
  auditFile,
  auditReader,
  auditSearch,
  isNameAlone,
  readAuditAddress,
  type AuditReader,
} from "../../uns-browser/lib/audit.ts";
import {
  clientsAsker,
  fittingClients,
  isFoughtOver,
  parseClients,
} from "../../uns-browser/lib/clients.ts";
import { formatDateTime } from "../../uns-browser/lib/format.ts";
import type { SendLike } from "../../uns-browser/lib/hub-request.ts";

const client = (clientId: string, more: object = {}): object => ({
  clientId,
  address: "10.0.0.7:1",
  protocol: "5",
  connected: true,
  since: "2026-11-26T08:00:00.000Z",
  received: 100,
  sent: 0,
  queued: 0,
  dropped: 0,
  subscriptions: 2,
  lastEnd: { at: 7, by: "client", reasonCode: 0, because: "it said DISCONNECT" },
  ...more,
});
const BAN = { clientId: "c", until: 9000, by: "user:ann", reason: null };

describe("clients", () => {
  it("say how much they send once they were looked at twice, and begin anew with a connection", async () => {
    let now = 1000;
    const answers = [
      [client("a"), client("b")],
      [
        client("a", { received: 160, sent: 6, receivedBytes: 3000 }),
        client("b", { since: "2026-11-26T08:00:01.000Z", received: 3 }),
      ],
    ];
    const ask = clientsAsker(() => now);
    const send = async () => ({
      ok: true,
      status: 200,
      json: async () => ({ clients: answers.shift(), bans: [BAN], more: false }),
    });
    await ask(send);
    now = 4000;

    const second = await ask(send);

    const clients = second.kind === "done" ? (second.value?.clients ?? []) : [];
    assert.deepEqual(
      clients.map(({ rates }) => rates),
      [{ received: 20, sent: 2, receivedBytes: 1000, sentBytes: 0 }, null],
    );
    assert.deepEqual(second.kind === "done" ? second.value?.bans : [], [BAN]);
    assert.deepEqual(clients[0]?.lastEnd, {
      at: 7,
      reasonCode: 0,
      because: "it said DISCONNECT",
      takeovers: 0,
    });
  });

  it("are told to fight over an identifier while each throws the other out, and not after one of them came back", () => {
    const lastEnd = { at: 1000, reasonCode: 0x8e, because: "x", takeovers: 3 };

    assert.equal(isFoughtOver({ lastEnd }, 2000), true);
    assert.equal(isFoughtOver({ lastEnd: { ...lastEnd, takeovers: 1 } }, 2000), false);
    assert.equal(isFoughtOver({ lastEnd }, 90_000), false);
    assert.equal(isFoughtOver({ lastEnd: null }, 2000), false);
  });

  it("are found by name, user and address, and by whether they are there", () => {
    const clients =
      parseClients({
        clients: [client("gw-1"), client("x", { username: "GW", connected: false }), client("y")],
      }) ?? [];
    const found = (text: string, state: "all" | "away") =>
      fittingClients(clients, { text, state }).map(({ clientId }) => clientId);

    assert.deepEqual(found("gw", "all"), ["gw-1", "x"]);
    assert.deepEqual(found("", "away"), ["x"]);
    assert.deepEqual(found("10.0.0.7", "all").length, 3);
    assert.equal(parseClients([]), null);
  });
});

const line = (number: number, more: object = {}): object => ({
  number,
  at: "2026-11-26T08:00:00Z",
  actor: "user:ann",
  via: "ui",
  action: "write",
  result: "done",
  ...more,
});

/** What a reader knows after one look more: the numbers of its lines, and whether there are older ones. */
async function lookOf(reader: AuditReader, send: SendLike): Promise<unknown> {
  const answer = await reader.ask(send);
  const { lines = [], hasOlder } = (answer.kind === "done" ? answer.value : null) ?? {};
  return [lines.map(({ number }) => number), hasOlder];
}

describe("the audit trail", () => {
  const everything = readAuditAddress("");

  it("is read from the newest on, and a page more when older lines are wanted; nothing is lost when more comes", async () => {
    const asked: string[] = [];
    const answers = [
      { lines: [line(8), line(9, { result: "odd" })], next: 8 },
      { lines: [line(9), line(10)], next: 9 },
      { lines: [line(6), line(7)] },
      { lines: Array.from({ length: 200 }, (_, at) => line(at + 40)), next: 40 },
    ];
    const reader = auditReader({ ...everything, user: "ann" });
    const send = async (url: string) => {
      asked.push(url);
      return { ok: true, status: 200, json: async () => answers.shift() };
    };
    const look = async (): Promise<unknown> => await lookOf(reader, send);

    assert.deepEqual(await look(), [[9, 8], true]);
    reader.wantOlder();
    assert.deepEqual(await look(), [[10, 9, 8, 7, 6], false]);
    const anew = Array.from({ length: 200 }, (_, at) => 239 - at);
    assert.deepEqual(await look(), [anew, true]); // too much between: it begins anew
    assert.deepEqual(asked, [
      "/api/v1/audit?last=200&user=ann",
      "/api/v1/audit?last=200&user=ann",
      "/api/v1/audit?last=200&user=ann&before=8",
      "/api/v1/audit?last=200&user=ann",
    ]);
  });

  it("is read further and further back where nothing fits, and keeps what was found while the newest part has nothing", async () => {
    const pages = new Map<string | null, object>([
      [null, { lines: [], next: 900 }],
      ["900", { lines: [], next: 500 }],
      ["500", { lines: [line(7)] }],
    ]);
    const reader = auditReader({ ...everything, text: "rare" });
    const send = async (url: string) => {
      const before = new URL(url, "http://hub").searchParams.get("before");
      return { ok: true, status: 200, json: async () => pages.get(before) };
    };

    assert.deepEqual(await lookOf(reader, send), [[], true]);
    reader.wantOlder();
    assert.deepEqual(await lookOf(reader, send), [[], true]);
    reader.wantOlder();
    assert.deepEqual(await lookOf(reader, send), [[7], false]);
    assert.deepEqual(await lookOf(reader, send), [[7], false]);
  });

  it("has its whole filter in the address, and asks for the file of the same lines", () => {
    const filter = {
      text: "a&b",
      user: "ann",
      action: "user deleted",
      result: "refused",
      from: 1_700_000_000_000,
      to: null,
    } as const;

    assert.deepEqual(readAuditAddress(auditSearch(filter, "?x=1")), filter);
    assert.deepEqual(readAuditAddress("?from=nonsense&result=odd"), everything);
    assert.equal(auditSearch(everything, "?x=1"), "?x=1");
    assert.equal(
      auditFile(filter),
      "/api/v1/audit/export?words=a%26b&user=ann&action=user%20deleted&result=refused&from=1700000000000",
    );
  });

  it("knows what is a name alone, which nobody translates", () => {
    const named = ["reader", "spBv1.0/g/NDATA/e", "device 7", "client-9", "g/e"];
    const ofAKind = ["client reader", "user ann", "session of ann at 10.0.0.7"];

    assert.deepEqual(named.map(isNameAlone), [true, true, true, true, true]);
    assert.deepEqual(ofAKind.map(isNameAlone), [false, false, false]);
  });
});

describe("what a line of the audit trail says", () => {
  it("is what differs, by its name, with times and lists as one reads them", () => {
    const before = { name: "vera", role: "viewer", grants: ["read Plant1"], isDisabled: false };
    const after = { ...before, role: "operator", grants: ["read Plant1", "command Plant1"] };

    assert.deepEqual(changesOf(before, after), [
      { name: "role", before: "viewer", after: "operator" },
      { name: "grants", before: "read Plant1", after: "read Plant1 · command Plant1" },
    ]);
    assert.deepEqual(changesOf(before, before), []);
    assert.deepEqual(changesOf(undefined, { expiresAt: 1_803_504_529_231, grants: [], n: 7 }), [
      { name: "expiresAt", before: null, after: formatDateTime(1_803_504_529_231) },
      { name: "grants", before: null, after: "[]" },
      { name: "n", before: null, after: "7" },
    ]);
    assert.deepEqual(changesOf(180, "a\u202eb"), [
      { name: null, before: "180", after: "a⟨U+202E⟩b" },
    ]);
    assert.deepEqual(changesOf(null, undefined), []);
  });

  it("is apart what a person said and what came of it", () => {
    const result = "failed";
    const failed = (reason: string | null) => reasonOf({ reason, result });
    assert.deepEqual(failed("trial; A-117; refused: 9999 is outside 0 to 350 bar"), {
      why: "trial; A-117",
      because: "9999 is outside 0 to 350 bar",
    });
    assert.deepEqual(failed("timeout: no answer"), { why: null, because: "no answer" });
    assert.deepEqual(failed("trial"), { why: "trial", because: null });
    assert.deepEqual(failed(null), { why: null, because: null });
  });

  it("has all words of a person, also where they begin as the hub's own do", () => {
    const reason = "mismatch: pump 2 was exchanged";
    assert.deepEqual(reasonOf({ reason, result: "done" }), { why: reason, because: null });
  });
});
