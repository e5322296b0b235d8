/** Clients and the audit trail as the page reads them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { auditCsv, fittingLines, parseAudit } from "../../uns-browser/lib/audit.ts";
import { clientsAsker, fittingClients, parseClients } from "../../uns-browser/lib/clients.ts";

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
        client("a", { received: 160, sent: 6 }),
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
      clients.map(({ inRate, outRate }) => [inRate, outRate]),
      [
        [20, 2],
        [null, null],
      ],
    );
    assert.deepEqual(second.kind === "done" ? second.value?.bans : [], [BAN]);
    assert.deepEqual(clients[0]?.lastEnd, { at: 7, because: "it said DISCONNECT" });
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

function numbersOf(lines: ReturnType<typeof fittingLines>): readonly number[] {
  return lines.map(({ number }) => number);
}

describe("the audit trail", () => {
  const lines =
    parseAudit({
      lines: [
        {
          number: 1,
          at: "2026-11-26T08:00:00Z",
          actor: "user:ann",
          via: "ui",
          action: "write",
          object: "a/b",
          before: 1,
          after: 2,
          result: "asked",
        },
        {
          number: 2,
          at: "2026-11-26T08:00:01Z",
          actor: "=cmd()",
          via: "api",
          action: 'say "no"',
          result: "refused",
          reason: "a, b",
        },
        { number: 3, at: "x", action: "odd", result: "whatever" },
      ],
    }) ?? [];

  it("is shown the newest first, and a result that is not known says so", () => {
    assert.deepEqual(
      lines.map(({ number, result }) => [number, result]),
      [
        [3, "unknown"],
        [2, "refused"],
        [1, "asked"],
      ],
    );
  });

  it("is found by words anywhere and by result", () => {
    assert.deepEqual(numbersOf(fittingLines(lines, { text: "ANN write", result: "all" })), [1]);
    assert.deepEqual(numbersOf(fittingLines(lines, { text: "", result: "refused" })), [2]);
  });

  it("becomes a file in which no cell is a formula", () => {
    assert.equal(
      auditCsv(lines.slice(1)),
      [
        "number,time_utc,actor,via,address,action,object,before,after,result,reason",
        `2,2026-11-26T08:00:01Z,'=cmd(),api,,"say ""no""",,,,refused,"a, b"`,
        "1,2026-11-26T08:00:00Z,user:ann,ui,,write,a/b,1,2,asked,",
        "",
      ].join("\r\n"),
    );
  });
});
