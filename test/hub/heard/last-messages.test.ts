/** The last messages of each topic: how many, of whom, and never more than there is room for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PublishedMessage } from "../../../hub/src/broker/index.ts";
import { birthsOf, decodedMessage, LastMessages, namedBy } from "../../../hub/src/heard/index.ts";
import { dbirth, message, RECEIVED_AT, speed } from "../../support/sparkplug-messages.ts";

const DATA = "spBv1.0/g/DDATA/e/d";
const DEVICE = { groupId: "g", edgeNodeId: "e", deviceId: "d" };

function hear(last: LastMessages, ...messages: readonly PublishedMessage[]): void {
  for (const one of messages) last.watcher(one.topic)?.(one);
}

describe("the last messages of a topic", () => {
  it("are one of data, byte by byte, whatever becomes of the bytes that came", () => {
    const last = new LastMessages();
    const [first, second] = [speed(1, 1), speed(2, 2)];
    const payload = Uint8Array.from(second.payload);

    hear(last, first, second);
    second.payload.fill(0);

    const kept = last.of(DATA);
    assert.deepEqual(
      kept.map(({ payload: bytes }) => bytes),
      [payload],
    );
    assert.deepEqual(
      kept.map(({ clientId, receivedAt, qos }) => [clientId, receivedAt, qos]),
      [["client", RECEIVED_AT, 0]],
    );
  });

  it("are more of data from when somebody asks, until nobody has asked for a minute", () => {
    const last = new LastMessages();
    hear(last, speed(1, 1));
    last.of(DATA, RECEIVED_AT);

    hear(last, ...Array.from({ length: 30 }, (_, at) => speed(at, at)));
    assert.equal(last.of(DATA).length, 20);
    hear(last, { ...speed(7, 7), receivedAt: RECEIVED_AT + 61_000 });

    assert.deepEqual(
      last.of(DATA).map(({ receivedAt }) => receivedAt),
      [RECEIVED_AT + 61_000],
    );
  });

  it("are nothing of plain topics, and nothing of topics beyond those that there is room for", () => {
    const last = new LastMessages({ maxTopics: 1 });

    assert.equal(last.watcher("plain/topic"), undefined);
    hear(last, speed(1, 1), dbirth());

    assert.deepEqual([last.of(DATA).length, last.of("spBv1.0/g/DBIRTH/e/d").length], [1, 0]);
  });

  it("stay within their bytes: a full room keeps the newest of each topic that has a place", () => {
    const size = dbirth().payload.length;
    const last = new LastMessages({ maxBytes: 2 * size });

    hear(last, dbirth(1), dbirth(2), dbirth(3), speed(5, 5));

    assert.equal(last.of("spBv1.0/g/DBIRTH/e/d").length, 2);
    assert.equal(last.of(DATA).length, 0);
    assert.ok(last.bytes <= 2 * size);
  });

  it("keep the begin of a payload that is too long, and say how long it was", () => {
    const last = new LastMessages({ maxPayloadBytes: 10 });
    const birth = dbirth();

    hear(last, birth);

    const [kept] = last.of(birth.topic);
    assert.equal(kept?.size, birth.payload.length);
    assert.deepEqual(kept.payload, Uint8Array.from(birth.payload.subarray(0, 10)));
  });
});

describe("births of a device", () => {
  const other = message(
    "DBIRTH/e/d",
    [
      { name: "Motor/Speed", alias: 1, datatype: "Int64", tellDatatype: true, value: 7 },
      { name: "Oil", alias: 3, datatype: "Float", tellDatatype: true, value: 1 },
    ],
    9,
  );

  it("tell what each of them changed: names that came and went, datatypes, properties; never values", () => {
    const last = new LastMessages();
    hear(last, dbirth(1), { ...dbirth(2), receivedAt: RECEIVED_AT + 1 });
    hear(last, { ...other, receivedAt: RECEIVED_AT + 2 });

    const [third, second, first] = birthsOf(last, DEVICE);

    assert.equal(first?.changes, undefined);
    assert.deepEqual(second?.changes, { added: [], removed: [], changed: [] });
    assert.deepEqual(third?.changes?.added, ["Oil"]);
    assert.deepEqual(third.changes.removed, ["ok"]);
    const [changed] = third.changes.changed;
    assert.equal(changed?.name, "Motor/Speed");
    assert.equal(changed.what[0], "datatype: Int32 → Int64");
    assert.match(changed.what[1] ?? "", /^properties: .*rpm.* → none$/);
  });

  it("stand with deaths in the order in which they came, and say why one cannot be read", () => {
    const last = new LastMessages();
    hear(last, dbirth(1), { ...message("DDEATH/e/d", [], 2), receivedAt: RECEIVED_AT + 5 });
    hear(last, { ...dbirth(3), payload: Uint8Array.of(0xff, 0xff), receivedAt: RECEIVED_AT + 9 });

    const births = birthsOf(last, DEVICE);

    assert.deepEqual(
      births.map(({ type }) => type),
      ["DBIRTH", "DDEATH", "DBIRTH"],
    );
    assert.match(births[0]?.fault ?? "", /./);
  });
});

describe("a message in words", () => {
  it("has name and datatype of the birth where the message has the alias only", () => {
    const decoded = decodedMessage(speed(-5, 7).payload, namedBy(dbirth().payload));

    assert.ok(!("fault" in decoded));
    assert.equal(decoded.seq, 7);
    const [metric] = decoded.metrics;
    assert.deepEqual(
      [metric?.name, metric?.datatype, metric?.value, metric?.isFromBirth],
      ["Motor/Speed", "Int32", -5, true],
    );
  });

  it("says why it is none", () => {
    assert.match(JSON.stringify(decodedMessage(Uint8Array.of(0xff, 0x01))), /fault/);
  });
});
