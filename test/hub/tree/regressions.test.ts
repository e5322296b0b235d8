/** What went wrong in plants with other programs, each under its own name. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Datatype, MetricToSend, MetricValue } from "@unshub/sparkplug";
import { dbirth, message, nbirth, ndeath, speed } from "../../support/sparkplug-messages.ts";
import { openTestTree } from "../../support/sparkplug-tree.ts";

function born(name: string, datatype: Datatype, value: MetricValue, alias?: number): MetricToSend {
  return { name, datatype, tellDatatype: true, value, ...(alias !== undefined && { alias }) };
}

describe("the tree, of what the field has seen", () => {
  it("shows Int32 −12 as −12, not as 4294967284", () => {
    const { sessions, now } = openTestTree();
    sessions.apply(nbirth());
    const kinds = ["Int8", "Int16", "Int32", "Int64"] as const;
    const metrics = kinds.map((kind, alias) => born(kind, kind, -12, alias));
    sessions.apply(message("DBIRTH/e/d", metrics, 1));

    const values = kinds.map((kind) => now(`g/e/d/${kind}`).value);
    const data = kinds.map((datatype, alias) => {
      return { alias, datatype, tellDatatype: false, value: -13 };
    });
    sessions.apply(message("DDATA/e/d", data, 2));

    assert.deepEqual(values, [-12, -12, -12, -12]);
    assert.deepEqual(
      kinds.map((kind) => now(`g/e/d/${kind}`).value),
      [-13, -13, -13, -13],
    );
  });

  it("shows metrics that only ever stood in the birth", () => {
    const { sessions, now, counts } = openTestTree();

    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/d", [born("Serial", "String", "A-17")], 1));

    assert.deepEqual([now("g/e/d/Serial").value, now("g/e/d/Serial").quality], ["A-17", "good"]);
    assert.equal(counts("g/e/d").metrics, 1);
  });

  it("lets an NDEATH with an old bdSeq after a new NBIRTH change nothing", () => {
    const { sessions, now, state } = openTestTree();
    sessions.apply(nbirth(7));
    sessions.apply(dbirth());
    sessions.apply(nbirth(8));
    sessions.apply(dbirth());

    sessions.apply(ndeath(7));

    assert.deepEqual([state("g/e"), state("g/e/d")], ["online", "online"]);
    assert.equal(now("g/e/d/Motor/Speed").quality, "good");
  });

  it("lets a node live that is born just after the NDEATH of its own bdSeq", () => {
    const { sessions, now, state, causes } = openTestTree();
    sessions.apply(nbirth(7));
    sessions.apply(dbirth());
    sessions.apply(ndeath(7));

    sessions.apply(nbirth(7));
    sessions.apply(dbirth());
    sessions.apply(speed(9, 2));

    assert.deepEqual([state("g/e"), state("g/e/d")], ["online", "online"]);
    assert.deepEqual(
      [now("g/e/d/Motor/Speed").value, now("g/e/d/Motor/Speed").quality],
      [9, "good"],
    );
    assert.deepEqual(causes, []);
  });

  it("invents nothing for DDATA of a metric that the birth did not name, and takes the others", () => {
    const { tree, sessions, now, causes } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const size = tree.rows.size;

    sessions.apply(
      message("DDATA/e/d", [born("New", "Int32", 1), born("Motor/Speed", "Int32", 5)], 2),
    );

    assert.equal(tree.rows.size, size);
    assert.equal(now("g/e/d/Motor/Speed").value, 5);
    assert.deepEqual(causes, ["unknown metric or alias"]);
  });

  it("takes a message that QoS 1 brings twice for a repetition, and asks for no birth", () => {
    const { sessions, now, causes } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const data = speed(5, 2);

    sessions.apply(data);
    sessions.apply(data);
    sessions.apply(speed(6, 3));

    assert.equal(now("g/e/d/Motor/Speed").value, 6);
    assert.deepEqual(causes, []);
  });

  it("takes truth values for what they are, also where another type or a number above 1 stands on the wire", () => {
    const { sessions, now } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(
      message("DBIRTH/e/d", [born("ok", "Boolean", false, 1), born("n", "Int8", 0, 2)], 1),
    );
    const seen: unknown[] = [];
    const say = (seq: number, alias: number, datatype: Datatype, value: MetricValue): void => {
      const data = message("DDATA/e/d", [{ alias, datatype, tellDatatype: false, value }], seq);
      const bytes = data.payload.map((byte, at) =>
        data.payload[at - 1] === 0x70 && byte === 1 ? 2 : byte,
      );
      sessions.apply({ ...data, payload: bytes });
      const { value: is, quality } = now(alias === 1 ? "g/e/d/ok" : "g/e/d/n");
      seen.push([is, quality]);
    };

    say(2, 1, "Boolean", true); // 2 on the wire
    say(3, 1, "Boolean", false);
    say(4, 1, "Boolean", null);
    say(5, 1, "String", "true");
    say(6, 1, "Boolean", true);
    say(7, 2, "Boolean", true);

    assert.deepEqual(seen, [
      [true, "good"],
      [false, "good"],
      [null, "good"],
      [null, "uncertain"],
      [true, "good"],
      [null, "uncertain"],
    ]);
  });

  it("keeps an empty string as a value", () => {
    const { sessions, now } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/d", [born("Text", "String", "full", 1)], 1));

    sessions.apply(
      message("DDATA/e/d", [{ alias: 1, datatype: "String", tellDatatype: false, value: "" }], 2),
    );

    assert.deepEqual([now("g/e/d/Text").value, now("g/e/d/Text").quality], ["", "good"]);
  });

  it("leaves strings that look like numbers strings", () => {
    const { sessions, now } = openTestTree();
    sessions.apply(nbirth());

    const texts = ["007", "1e3", "0x10", "true"];
    sessions.apply(
      message(
        "DBIRTH/e/d",
        texts.map((text) => born(text, "String", text)),
        1,
      ),
    );

    assert.deepEqual(
      texts.map((text) => now(`g/e/d/${text}`).value),
      texts,
    );
  });

  it("tells names apart that differ only in case", () => {
    const { sessions, now, counts } = openTestTree();
    sessions.apply(nbirth());
    const metrics = [born("temp", "Int8", 1), born("Temp", "Int8", 2), born("TEMP/a", "Int8", 3)];
    sessions.apply(message("DBIRTH/e/d", metrics, 1));
    sessions.apply(message("DBIRTH/e/D", [born("temp", "Int8", 4)], 2));

    const paths = ["g/e/d/temp", "g/e/d/Temp", "g/e/d/TEMP/a", "g/e/D/temp"];
    assert.deepEqual(
      paths.map((path) => now(path).value),
      [1, 2, 3, 4],
    );
    assert.equal(counts("g/e/d").metrics, 3);
  });

  it("understands aliases that each device of a node deals anew", () => {
    const { sessions, now, causes } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/a", [born("x", "Int32", 1, 1)], 1));
    sessions.apply(message("DBIRTH/e/b", [born("y", "Int32", 2, 1)], 2));
    const data = { alias: 1, datatype: "Int32", tellDatatype: false } as const;

    sessions.apply(message("DDATA/e/a", [{ ...data, value: 10 }], 3));
    sessions.apply(message("DDATA/e/b", [{ ...data, value: 20 }], 4));

    assert.deepEqual([now("g/e/a/x").value, now("g/e/b/y").value], [10, 20]);
    assert.deepEqual(causes, []);
  });
});
