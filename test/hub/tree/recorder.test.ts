import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeSessions, UnsTree, type ValueRecorder } from "../../../hub/src/tree/index.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";

/** A born device whose values are written down, one line each, in the words `number`, `past`, `lost` and so on. */
function recording() {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  const lines: string[] = [];
  const recorder: ValueRecorder = {
    number: (id, value, at) => lines.push(`number ${tree.rows.name(id)} ${value} ${since(at)}`),
    truth: (id, value, at) => lines.push(`truth ${tree.rows.name(id)} ${value} ${since(at)}`),
    reading: (id, { value, quality, timestamp, bornAt }) =>
      lines.push(
        `reading ${tree.rows.name(id)} ${JSON.stringify(value)} ${quality} ${since(timestamp)} ${bornAt === undefined ? "" : "born"}`,
      ),
    past: (id, { value, timestamp }) =>
      lines.push(`past ${tree.rows.name(id)} ${JSON.stringify(value)} ${since(timestamp)}`),
    downgraded: (id, quality, reason, at) =>
      lines.push(`downgraded ${tree.rows.name(id)} ${quality} ${reason} ${since(at)}`),
    lost: (row, { messages, from, to }) =>
      lines.push(`lost ${tree.rows.name(row)} ${messages} ${since(from)} ${since(to)}`),
  };
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  tree.recordTo(recorder);
  return { tree, sessions, lines };
}

describe("the recorder of a tree", () => {
  it("is told every value of data, of births and of the past", () => {
    const { sessions, lines } = recording();

    sessions.apply(speed(1300, 2));
    sessions.apply(speed(900, 3, { isHistorical: true, timestamp: SOURCE_TIME - 5000 }));
    sessions.apply(message("DDATA/e/d", [truth()], 4));
    sessions.apply(dbirth(5));

    assert.deepEqual(lines, [
      "number Speed 1300 100",
      "past Speed 900 -5000",
      "truth ok 0 0",
      "reading Speed 1200 good 0 born",
      "reading ok true good 0 born",
    ]);
  });

  it("is told nothing of a message that is broken at its end", () => {
    const { sessions, lines } = recording();
    const whole = speed(1300, 2, { isHistorical: true });

    sessions.apply({ ...whole, payload: whole.payload.subarray(0, whole.payload.length - 1) });

    assert.deepEqual(lines, []);
  });

  it("is told when values lose their worth, by the clock of the edge node", () => {
    const { tree, sessions, lines } = recording();
    const hourLater = RECEIVED_AT + 3_600_000;

    sessions.apply({ ...ndeath(), receivedAt: hourLater });

    assert.equal(tree.state(tree.find("g/e") ?? 0), "offline");
    assert.ok(lines.includes("downgraded Speed offline edge node died 3600500"), lines.join("\n"));
  });

  it("is told of lost messages, with the time in which they were lost, and of all that may have changed", () => {
    const { sessions, lines } = recording();

    sessions.apply({ ...speed(1300, 5), receivedAt: RECEIVED_AT + 1000 });

    assert.deepEqual(lines, [
      "lost e 3 500 1500",
      "number Speed 1300 100",
      "downgraded bdSeq stale messages were lost 1500",
      "downgraded Rebirth stale messages were lost 1500",
      "downgraded ok stale messages were lost 1500",
    ]);
  });

  it("is not told of a loss when a late message comes after all, nor when the order goes on", () => {
    const { sessions, lines } = recording();

    for (const seq of [2, 4, 3, 5, 6]) sessions.apply(speed(seq, seq, { timestamp: seq }));

    const [session] = sessions.all();
    assert.equal(session?.chronicle.lost, 0);
    assert.equal(lines.filter((line) => line.startsWith("lost")).length, 1);
  });
});

function since(time: number): string {
  return `${time - SOURCE_TIME}`;
}

function truth() {
  return {
    alias: 2,
    datatype: "Boolean" as const,
    tellDatatype: false,
    value: false,
    timestamp: SOURCE_TIME,
  };
}
