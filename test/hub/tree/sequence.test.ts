/** What becomes of the metrics of an edge node when messages of it were lost. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricToSend } from "@unshub/sparkplug";
import {
  dbirth,
  message,
  nbirth,
  RECEIVED_AT,
  sentAt,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";
import { openTestTree } from "../../support/sparkplug-tree.ts";

const SPEED = "g/e/d/Motor/Speed";
const OK = "g/e/d/ok";
const REBIRTH = "g/e/Node Control/Rebirth";
const LOST = ["stale", "messages were lost"];

/** `g/e` with its device `d`, born; and how to look at what is said of it. */
function openPlant() {
  const opened = openTestTree();
  const { tree, sessions, now } = opened;
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const worth = (path: string) => [now(path).quality, now(path).reason];
  const marked = () =>
    [...sessions.all()].flatMap(({ chronicle }) =>
      chronicle.events.flatMap(({ kind, what }) => (kind === "marked" ? [what] : [])),
    );
  const changes = tree.collect();
  const changed = () => Array.from(changes.take(), (id) => tree.rows.name(id));
  changed();
  return { ...opened, worth, marked, changed };
}

function ok(seq: number, more: Partial<MetricToSend> = {}) {
  const metric = { alias: 2, datatype: "Boolean", tellDatatype: false, value: false } as const;
  return message("DDATA/e/d", [{ ...metric, ...more }], seq);
}

/** Data of `Motor/Speed` and of a metric whose name is no text: nothing of it is taken, but its `seq` is known. */
function broken(seq: number) {
  const name = "zzzz";
  const type = { datatype: "Int32", tellDatatype: true, value: 1 } as const;
  const sent = message(
    "DDATA/e/d",
    [
      { alias: 1, ...type },
      { name, ...type },
    ],
    seq,
  );
  const payload = Buffer.from(sent.payload);
  const at = payload.indexOf(name);
  return { ...sent, payload: payload.fill(0xff, at, at + name.length) };
}

describe("metrics of an edge node whose messages were lost", () => {
  it("are stale, its own and those of its devices, but not what the message behind them says", () => {
    const { sessions, worth, marked, counts, now, state, causes } = openPlant();

    sessions.apply(speed(1300, 5));

    assert.deepEqual(worth(OK), LOST);
    assert.deepEqual(worth(REBIRTH), LOST);
    assert.deepEqual([now(SPEED).value, ...worth(SPEED)], [1300, "good", undefined]);
    assert.equal(now(OK).value, true);
    assert.equal(now(OK).receivedAt, RECEIVED_AT);
    assert.deepEqual(counts("g/e"), { metrics: 4, bad: 0, stale: 3 });
    assert.deepEqual(marked(), ["3 metrics marked stale"]);
    assert.deepEqual([state("g/e"), state("g/e/d")], ["online", "online"]);
    assert.deepEqual(causes, ["sequence gap"]);
  });

  it("are good again when they speak, and all of them when they are born again", () => {
    const { sessions, worth, counts } = openPlant();
    sessions.apply(speed(1300, 5));

    sessions.apply(ok(6));

    assert.deepEqual([worth(OK), worth(REBIRTH)], [["good", undefined], LOST]);
    sessions.apply(nbirth(1));
    sessions.apply(dbirth());
    assert.equal(counts("g/e").stale, 0);
  });

  it("stay stale when they bring values of the past", () => {
    const { sessions, worth } = openPlant();

    sessions.apply(ok(5, { isHistorical: true }));
    const behind = worth(OK);
    sessions.apply(ok(6, { isHistorical: true }));

    assert.deepEqual([behind, worth(OK)], [LOST, LOST]);
  });

  it("are told once; what is lost again touches those that spoke since, and no others", () => {
    const { sessions, worth, marked, changed } = openPlant();
    sessions.apply(speed(1300, 5));
    sessions.apply(ok(6));
    changed();

    sessions.apply(message("DDATA/e/d", [], 9));
    const second = changed();
    sessions.apply(message("DDATA/e/d", [], 12));

    assert.deepEqual(second.toSorted(), ["Speed", "ok"]);
    assert.deepEqual([worth(SPEED), worth(OK)], [LOST, LOST]);
    assert.deepEqual(changed(), []);
    assert.deepEqual(marked(), ["3 metrics marked stale", "2 metrics marked stale"]);
  });

  it("are found again by a loss after more was said than is remembered", () => {
    const { sessions, worth } = openPlant();
    sessions.apply(speed(1300, 5));
    sessions.apply(ok(6));
    for (let at = 7; at < 2007; at += 1) sessions.apply(speed(at, at % 256));

    sessions.apply(message("DDATA/e/d", [], 0));

    assert.deepEqual([worth(SPEED), worth(OK), worth(REBIRTH)], [LOST, LOST, LOST]);
  });

  it("are found again by a loss after a birth", () => {
    const { sessions, worth } = openPlant();
    sessions.apply(speed(1300, 5));
    sessions.apply(nbirth(1));
    sessions.apply(dbirth());

    sessions.apply(speed(1400, 4));

    assert.deepEqual([worth(OK), worth(REBIRTH), worth(SPEED)[0]], [LOST, LOST, "good"]);
  });

  it("keep what their source says of them when that is no good", () => {
    const { sessions, worth } = openPlant();
    sessions.apply(ok(2, { properties: [{ key: "Quality", datatype: "Int32", value: 0 }] }));
    const before = worth(OK);

    sessions.apply(speed(1300, 5));

    assert.equal(before[0], "bad");
    assert.deepEqual(worth(OK), before);
  });

  it("are stale behind messages of any kind: broken ones, births and deaths of devices, data without birth", () => {
    for (const [what, expected] of [
      [broken(5), LOST],
      [message("DDATA/e/unborn", [], 5), LOST],
      [message("DDEATH/e/d", [], 5), ["offline", "device died"]],
      [dbirth(5), ["good", undefined]],
    ] as const) {
      const { sessions, worth, causes } = openPlant();

      sessions.apply(what);

      assert.ok(causes.includes("sequence gap"));
      assert.deepEqual([worth(REBIRTH), worth(SPEED)], [LOST, expected], what.topic);
    }
  });

  it("stay good when a message comes twice, and when one comes late", () => {
    const { sessions, marked } = openPlant();

    sessions.apply(dbirth());
    sessions.apply(sentAt(speed(1300, 0), SOURCE_TIME - 5000));

    assert.deepEqual(marked(), []);
  });
});
