/** The table of clients: its columns, its order, its address; and what one client publishes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CLIENT_COLUMNS,
  inOrder,
  keptOrder,
  orderOf,
  parseClientColumns,
  parseSort,
  sortedBy,
  usualColumns,
  withClientColumn,
} from "../../uns-browser/lib/client-columns.ts";
import { codeText, detailsAsker } from "../../uns-browser/lib/client-details.ts";
import { clientsSearch, readClientsAddress } from "../../uns-browser/lib/clients-address.ts";
import { parseClients } from "../../uns-browser/lib/clients.ts";

const LIST =
  parseClients({
    clients: [
      { clientId: "gw-2", queued: 5, maxQueued: 100, queuedBytes: 900, maxQueuedBytes: 1000 },
      { clientId: "gw-10", queued: 50, maxQueued: 100, queuedBytes: 1, maxQueuedBytes: null },
      { clientId: "laptop", queued: 0, maxQueued: null, maxQueuedBytes: null },
    ],
  }) ?? [];

const sorted = (search: string) => readClientsAddress(search).sort;

describe("the table of clients", () => {
  it("shows what its screen has room for until somebody chooses, and always who it is", () => {
    const narrow = usualColumns(1366);
    const stored = JSON.stringify({ columns: ["queue", "nonsense"] });

    assert.deepEqual(usualColumns(1920), CLIENT_COLUMNS);
    assert.equal(narrow.includes("queue") && narrow.includes("lastEnd"), true);
    assert.equal(narrow.includes("keepAlive"), false);
    assert.deepEqual(usualColumns(390), ["state", "client", "messages", "queue"]);
    assert.deepEqual(parseClientColumns(stored), ["state", "client", "queue"]);
    assert.deepEqual(parseClientColumns("{"), null);
    assert.deepEqual(withClientColumn(["state", "client", "queue"], "user"), [
      "state",
      "client",
      "user",
      "queue",
    ]);
  });

  it("says how near a queue is to the limit that it is nearest to", () => {
    assert.deepEqual(
      LIST.map(({ queue }) => queue.fill),
      [0.9, 0.5, 0],
    );
  });

  it("is sorted by a column, figures from the top, names as people count; and keeps an order while figures move", () => {
    const byQueue = sortedBy(parseSort(undefined), "queue");

    assert.deepEqual(orderOf(LIST, parseSort(undefined)), ["gw-2", "gw-10", "laptop"]);
    assert.deepEqual(byQueue, { column: "queue", isDown: true });
    assert.deepEqual(orderOf(LIST, byQueue), ["gw-2", "gw-10", "laptop"]);
    assert.deepEqual(orderOf(LIST, sortedBy(byQueue, "queue")), ["laptop", "gw-10", "gw-2"]);
    assert.deepEqual(
      inOrder(LIST, ["laptop", "gone", "gw-2"]).map(({ clientId }) => clientId),
      ["laptop", "gw-2", "gw-10"],
    );
  });

  it("keeps its order when a client is opened or filtered for, whatever its figures are by then; not for another column", () => {
    const before = keptOrder(null, LIST, sorted("?sort=-queue"));
    const later = LIST.map((one) => ({
      ...one,
      queue: { ...one.queue, fill: 1 - one.queue.fill },
    }));

    const opened = keptOrder(before, later, sorted("?sort=-queue&id=gw-2&f=g"));

    assert.deepEqual(opened.order, ["gw-2", "gw-10", "laptop"]);
    assert.deepEqual(keptOrder(before, later, sorted("?sort=queue")).order, [
      "gw-2",
      "gw-10",
      "laptop",
    ]);
    assert.deepEqual(keptOrder(before, later.slice(1), sorted("?sort=-queue")).order, [
      "laptop",
      "gw-10",
    ]);
  });

  it("has its filter, its order and the open client in the address, and leaves what is not its own", () => {
    const address = {
      text: "gw 1&2",
      state: "away",
      sort: { column: "queue", isDown: true },
      id: "a/ü",
    } as const;

    const search = clientsSearch(address, "?lang=zh&f=old");

    assert.deepEqual(readClientsAddress(search), address);
    assert.match(search, /lang=zh/);
    assert.equal(clientsSearch(readClientsAddress("?sort=odd&state=x"), ""), "");
  });
});

/** One client that has published so often on one topic, and on others. */
function heard(often: number, ...more: readonly object[]): object {
  return {
    subscriptions: [],
    events: [{ kind: "ended", at: 1, address: "a", reasonCode: 142, because: "x" }],
    published: {
      since: 100,
      topics: 9,
      hidden: 0,
      most: [{ topic: "often", messages: often, refused: false }, ...more],
    },
  };
}

describe("what one client publishes", () => {
  it("is told a second from two looks, and of a topic that was not among the busiest before, not", async () => {
    let now = 0;
    const answers = [heard(10), heard(40, { topic: "new", messages: 2, refused: true })];
    const ask = detailsAsker("gw", () => now);
    const send = async () => ({ ok: true, status: 200, json: async () => answers.shift() });

    const first = await ask(send);
    now = 3000;
    const second = await ask(send);

    const ratesOf = (answer: typeof first) =>
      answer.kind === "done" ? answer.value?.published?.most.map(({ rate }) => rate) : [];
    assert.deepEqual([ratesOf(first), ratesOf(second)], [[null], [10, null]]);
    const [event] = second.kind === "done" ? (second.value?.events ?? []) : [];
    assert.equal(event?.kind === "ended" ? codeText(event.reasonCode) : "", "0x8E");
  });
});
