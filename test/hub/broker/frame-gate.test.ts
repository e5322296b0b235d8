import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import {
  FrameGate,
  type GateAnswer,
  MAX_CONNECT_BYTES,
} from "../../../hub/src/broker/frame-gate.ts";

const CONNECT = generate({ cmd: "connect", clientId: "c", protocolVersion: 5, clean: true });
const PASS = { kind: "pass" };

describe("the frame gate", () => {
  it("finds the end of CONNECT, however it is cut", () => {
    for (let cut = 1; cut < CONNECT.length; cut += 1) {
      const gate = new FrameGate(1000);

      assert.deepEqual(gate.inspect(CONNECT.subarray(0, cut)), PASS);
      assert.deepEqual(gate.inspect(CONNECT.subarray(cut)), {
        kind: "connect",
        at: CONNECT.length - cut,
      });
    }
  });

  it("says where CONNECT ends when more follows it", () => {
    const gate = new FrameGate(1000);

    const answer = gate.inspect(Buffer.concat([CONNECT, Buffer.from("c000", "hex")]));

    assert.deepEqual(answer, { kind: "connect", at: CONNECT.length });
  });

  it("takes nothing but CONNECT first [MQTT5-3.1.0-1]", () => {
    assert.equal(reasonCode(new FrameGate(1000).inspect(Buffer.from("c000", "hex"))), 0x82);
    assert.equal(reasonCode(new FrameGate(1000).inspect(Buffer.from("GET / HTTP/1.1"))), 0x82);
  });

  it("takes no second CONNECT [MQTT5-3.1.0-2]", () => {
    assert.equal(reasonCode(opened().inspect(CONNECT)), 0x82);
  });

  it("takes a CONNECT of 16 KB and no larger one, known by its header alone", () => {
    assert.deepEqual(new FrameGate(1e6).inspect(connectHeader(MAX_CONNECT_BYTES - 4)), PASS);
    assert.equal(
      reasonCode(new FrameGate(1e6).inspect(connectHeader(MAX_CONNECT_BYTES - 3))),
      0x95,
    );
  });

  it("takes no packet beyond the limit, known by its header alone [MQTT5-3.2.2-15]", () => {
    const fits = Buffer.from("30e207", "hex"); // 3 + 994 bytes

    assert.deepEqual(opened(997).inspect(fits), PASS);
    assert.equal(reasonCode(opened(996).inspect(fits)), 0x95);
    assert.equal(reasonCode(opened().inspect(Buffer.from("30ffffff7f", "hex"))), 0x95);
  });

  it("takes no length of five bytes [MQTT5-1.5.5-1]", () => {
    assert.equal(reasonCode(opened().inspect(Buffer.from("30ffffffff01", "hex"))), 0x81);
  });

  it("takes only packets that a client may send, with the right flags [MQTT5-2.1.3-1]", () => {
    const allowed = [
      "4002",
      "5002",
      "6202",
      "7002",
      "8202",
      "a202",
      "c000",
      "e000",
      "3002",
      "3d02",
    ];
    const forbidden = [
      "0000",
      "2002",
      "9002",
      "b002",
      "d000",
      "f000",
      "3602",
      "8002",
      "6002",
      "c100",
    ];

    for (const hex of allowed)
      assert.deepEqual(opened().inspect(Buffer.from(hex, "hex")), PASS, hex);
    for (const hex of forbidden) {
      assert.equal(opened().inspect(Buffer.from(hex, "hex")).kind, "bad", hex);
    }
  });

  it("steps over many packets in one piece and stops at the first bad one", () => {
    const pings = Buffer.from("c000".repeat(1000), "hex");

    assert.deepEqual(opened().inspect(pings), PASS);
    assert.equal(opened().inspect(Buffer.concat([pings, Buffer.of(0x00)])).kind, "bad");
  });
});

/** The fixed header of a CONNECT of so many bytes more. */
function connectHeader(length: number): Uint8Array {
  return Uint8Array.of(0x10, 0x80 | (length & 0x7f), 0x80 | ((length >> 7) & 0x7f), length >> 14);
}

function opened(maxPacketBytes = 1000): FrameGate {
  const gate = new FrameGate(maxPacketBytes);
  gate.inspect(CONNECT);
  return gate;
}

function reasonCode(answer: GateAnswer): number | undefined {
  return answer.kind === "bad" ? answer.violation.reasonCode : undefined;
}
