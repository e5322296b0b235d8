import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeSessions, RebirthCause } from "../../../hub/src/tree/index.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";
import { openTestTree as openTree } from "../../support/sparkplug-tree.ts";

const SPEED = "g/e/d/Motor/Speed";

function born(value: number, isHistorical: boolean) {
  const type = { datatype: "Int32", tellDatatype: true } as const;
  const metric = { name: "Motor/Speed", alias: 1, ...type, value, isHistorical };
  return message("DBIRTH/e/d", [metric], 1);
}

describe("births", () => {
  it("make group, edge node, device, folders and metrics", () => {
    const { sessions, now, online, counts } = openTree();

    sessions.apply(nbirth());
    sessions.apply(dbirth());

    const metric = now(SPEED);
    assert.equal(metric.value, 1200);
    assert.equal(metric.quality, "good");
    assert.deepEqual([metric.info.unit, metric.info.writable], ["rpm", true]);
    assert.deepEqual([metric.timestamp, metric.receivedAt], [SOURCE_TIME, RECEIVED_AT]);
    assert.deepEqual([online("g/e"), online("g/e/d")], [true, true]);
    assert.deepEqual(counts("g/e"), { metrics: 4, bad: 0, stale: 0 });
  });

  it("keep the ids of metrics that were known, for life", () => {
    const { tree, sessions } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const id = tree.find(SPEED);

    sessions.apply(nbirth(1));
    sessions.apply(dbirth());

    assert.equal(tree.find(SPEED), id);
  });

  it("mark as stale what they no longer name", () => {
    const { sessions, now } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(
      message(
        "DBIRTH/e/d",
        [{ name: "ok", datatype: "Boolean", tellDatatype: true, value: true }],
        2,
      ),
    );

    assert.equal(now(SPEED).quality, "stale");
    assert.equal(now("g/e/d/ok").quality, "good");
  });

  it("take the aliases of what they no longer name, so that nothing revives it", () => {
    const { sessions, now, causes } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(
      message(
        "DBIRTH/e/d",
        [{ name: "ok", datatype: "Boolean", tellDatatype: true, value: true }],
        2,
      ),
    );

    sessions.apply(speed(99, 3));

    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [1200, "stale"]);
    assert.deepEqual(causes, ["unknown metric or alias"]);
  });

  it("of the node forget aliases and put devices offline until their own", () => {
    const { sessions, causes, now, online } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(nbirth(1));
    sessions.apply(speed(5, 1));

    assert.equal(online("g/e/d"), false);
    assert.equal(now(SPEED).quality, "stale");
    assert.deepEqual(causes, ["data before birth"]);
  });

  it("keep names that are traps in objects", () => {
    const { sessions, now } = openTree();
    sessions.apply(nbirth());

    sessions.apply(
      message(
        "DBIRTH/e/__proto__",
        [{ name: "constructor", datatype: "Int8", tellDatatype: true, value: 1 }],
        1,
      ),
    );

    assert.equal(now("g/e/__proto__/constructor").value, 1);
  });
});

describe("data", () => {
  it("moves a metric by its alias, in the type of its birth", () => {
    const { sessions, now, causes } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(speed(-7, 2));

    assert.equal(now(SPEED).value, -7);
    assert.equal(now(SPEED).timestamp, SOURCE_TIME + 100);
    assert.deepEqual(causes, []);
  });

  it("carries quality and reason, and counts them up to the root", () => {
    const { sessions, now, counts } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(
      speed(null, 2, {
        properties: [
          { key: "Quality", datatype: "Int32", value: 0 },
          { key: "Reason", datatype: "String", value: "timeout" },
        ],
      }),
    );

    assert.deepEqual(
      [now(SPEED).value, now(SPEED).quality, now(SPEED).reason],
      [null, "bad", "timeout"],
    );
    assert.deepEqual(counts("g"), { metrics: 4, bad: 1, stale: 0 });

    sessions.apply(speed(1, 3));
    assert.deepEqual(counts("g"), { metrics: 4, bad: 0, stale: 0 });
  });

  it("by the alias of another device does not reach that device", () => {
    const { sessions, now, causes } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(message("DBIRTH/e/other", [], 2));

    sessions.apply({ ...speed(5, 3), topic: "spBv1.0/g/DDATA/e/other" });

    assert.equal(now(SPEED).value, 1200);
    assert.deepEqual(causes, ["unknown metric or alias"]);
  });

  it("that is historical never overwrites the live value", () => {
    const { sessions, now } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(speed(1, 2, { isHistorical: true }));

    assert.equal(now(SPEED).value, 1200);
  });

  it("that is historical in a birth never becomes the live value: what was known stays, as old", () => {
    const { sessions, now } = openTree();
    sessions.apply(nbirth());
    sessions.apply(born(7, true));
    const first = now(SPEED);
    sessions.apply(born(1200, false));
    sessions.apply(born(8, true));

    assert.deepEqual([first.value, first.quality], [null, "none"]);
    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [1200, "stale"]);
  });

  it("that does not fit its birth is uncertain, not zero", () => {
    const { sessions, now } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(
      message(
        "DDATA/e/d",
        [{ alias: 1, datatype: "String", tellDatatype: false, value: "fast" }],
        2,
      ),
    );

    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [null, "uncertain"]);
    assert.match(now(SPEED).reason ?? "", /Int32 came as string_value/);
  });
});

describe("what only a birth can explain", () => {
  const cases: readonly (readonly [RebirthCause, (sessions: NodeSessions) => void])[] = [
    ["data before birth", (sessions) => sessions.apply(speed(1, 2))],
    [
      "data before birth",
      (sessions) => {
        sessions.apply(nbirth());
        sessions.apply(dbirth());
        sessions.apply(message("DDEATH/e/d", [], 2));
        sessions.apply(speed(1, 3));
      },
    ],
    [
      "sequence gap",
      (sessions) => {
        sessions.apply(nbirth());
        sessions.apply(dbirth());
        sessions.apply(speed(1, 5));
      },
    ],
    [
      "unknown metric or alias",
      (sessions) => {
        sessions.apply(nbirth());
        sessions.apply(dbirth());
        sessions.apply(speed(1, 2, { alias: 77 }));
      },
    ],
    [
      "undecodable payload",
      (sessions) =>
        sessions.apply({ topic: "spBv1.0/g/NDATA/e", payload: Uint8Array.of(0xff), receivedAt: 1 }),
    ],
  ];
  for (const [cause, act] of cases) {
    it(`asks for a rebirth: ${cause}`, () => {
      const { sessions, causes } = openTree();

      act(sessions);

      assert.deepEqual(causes, [cause]);
    });
  }
});

describe("deaths", () => {
  it("of a device put its metrics offline and keep their values", () => {
    const { sessions, now, online, counts } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.apply(message("DDEATH/e/d", [], 2));

    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [1200, "offline"]);
    assert.deepEqual([online("g/e"), online("g/e/d")], [true, false]);
    assert.equal(counts("g").stale, 2);
  });

  it("of the node take its devices along", () => {
    const { sessions, now, online } = openTree();
    sessions.apply(nbirth(4));
    sessions.apply(dbirth());

    sessions.apply(ndeath(4));

    assert.deepEqual([online("g/e"), online("g/e/d")], [false, false]);
    assert.equal(now(SPEED).quality, "offline");
  });

  it("with another bdSeq are an old Will and change nothing [tck-id-payloads-ndeath-bdseq]", () => {
    const { sessions, online } = openTree();
    sessions.apply(nbirth(4));

    sessions.apply(ndeath(3));

    assert.equal(online("g/e"), true);
  });
});

describe("forgetting a birth", () => {
  it("of a device makes its metrics stale, and its data ask for the birth", () => {
    const { sessions, now, online, causes } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    const wasBorn = sessions.forgetBirth({ groupId: "g", edgeNodeId: "e" }, "d", RECEIVED_AT);
    sessions.apply(speed(77, 2));

    const { value, quality, reason } = now(SPEED);
    assert.deepEqual([wasBorn, online("g/e"), online("g/e/d")], [true, true, false]);
    assert.deepEqual([value, quality, reason], [1200, "stale", "its birth was deleted"]);
    assert.deepEqual(causes, ["data before birth"]);
  });

  it("of an edge node forgets those of its devices; born again, they are as before", () => {
    const { sessions, now, online } = openTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.forgetBirth({ groupId: "g", edgeNodeId: "e" }, undefined, RECEIVED_AT);
    const after = [online("g/e"), online("g/e/d"), now(SPEED).quality];
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(77, 2));

    assert.deepEqual(after, [false, false, "stale"]);
    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [77, "good"]);
  });

  it("that there is not says so", () => {
    const { sessions } = openTree();
    sessions.apply(nbirth());
    const forget = (edgeNodeId: string, deviceId?: string): boolean =>
      sessions.forgetBirth({ groupId: "g", edgeNodeId }, deviceId, RECEIVED_AT);

    assert.deepEqual(
      [forget("x"), forget("e", "d"), forget("e"), forget("e")],
      [false, false, true, false],
    );
  });
});

describe("reading the tree", () => {
  it("finds rows whose names need encoding", () => {
    const { tree, sessions } = openTree();
    sessions.apply(nbirth());
    sessions.apply(
      message(
        "DBIRTH/e/ü 100%",
        [{ name: "a//b", datatype: "Int8", tellDatatype: true, value: 1 }],
        1,
      ),
    );

    const id = tree.find("g/e/%C3%BC%20100%25/a//b");

    assert.deepEqual(tree.segments(id ?? 0), ["g", "e", "ü 100%", "a", "", "b"]);
    assert.equal(tree.find("g/e/%"), undefined);
    assert.equal(tree.find("g/none"), undefined);
  });

  it("tells observers of rows and changes, by id", () => {
    const { tree, sessions } = openTree();
    const added: number[] = [];
    const changed: number[] = [];
    const stop = tree.observe({ rowAdded: (id) => added.push(id) });
    const watch = tree.watch((id) => changed.push(id));
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    watch.add(tree.find(SPEED) ?? 0);

    sessions.apply(speed(3, 2));
    stop();
    watch.stop();
    sessions.apply(speed(4, 3));

    assert.deepEqual(changed, [tree.find(SPEED)]);
    assert.equal(added.length, tree.rows.size - 1);
  });
});
