import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFrame, Framer, hexHead, type Frame } from "../../../adapters/modbus/src/frame.ts";
import { bytes, hexOf } from "../../support/modbus-hex.ts";

/** Read of register 108 to 110, transaction 0x1501, unit 17, and its reply. */
const REQUEST = "1501 0000 0006 11 03 006b 0003";
const REPLY = "1501 0000 0009 11 03 06 022b 0000 0064";

const plain = (frames: readonly Frame[]): readonly object[] =>
  frames.map(({ transactionId, unit, pdu }) => ({ transactionId, unit, pdu: hexOf(pdu) }));
const REPLY_FRAME = { transactionId: 0x1501, unit: 17, pdu: "0306022b00000064" };

describe("the MBAP framer", () => {
  it("frames a request byte for byte", () => {
    const frame = encodeFrame(0x1501, 17, bytes("03 006b 0003"));

    assert.equal(hexOf(frame), hexOf(bytes(REQUEST)));
  });

  it("finds a whole frame", () => {
    assert.deepEqual(plain(new Framer().push(bytes(REPLY)).frames), [REPLY_FRAME]);
  });

  it("puts frames together that arrive one byte at a time", () => {
    const framer = new Framer();
    const frames = [...bytes(REPLY + REPLY)].flatMap(
      (byte) => framer.push(Uint8Array.of(byte)).frames,
    );

    assert.deepEqual(plain(frames), [REPLY_FRAME, REPLY_FRAME]);
  });

  it("finds every frame wherever the stream is cut", () => {
    const stream = bytes(REPLY + REPLY + REPLY);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const framer = new Framer();
      const first = framer.push(stream.subarray(0, cut)).frames;
      const second = framer.push(stream.subarray(cut)).frames;

      assert.deepEqual(plain([...first, ...second]), [REPLY_FRAME, REPLY_FRAME, REPLY_FRAME]);
    }
  });

  it("takes the shortest and the longest frame", () => {
    const shortest = bytes("0001 0000 0003 01 83 02");
    const longest = encodeFrame(2, 1, new Uint8Array(253).fill(3));
    const { frames, violation } = new Framer().push(Uint8Array.of(...shortest, ...longest));

    assert.equal(violation, undefined);
    assert.deepEqual(
      frames.map(({ pdu }) => pdu.length),
      [2, 253],
    );
  });

  for (const length of [0, 1, 2, 255, 300, 65_535]) {
    it(`says that the stream is lost at a length of ${length}, without waiting for it`, () => {
      const head = Uint8Array.of(0, 1, 0, 0, length >> 8, length & 0xff);

      assert.match(
        new Framer().push(head).violation ?? "",
        new RegExp(`length ${length} is not 3 to 254`),
      );
    });
  }

  it("says that the stream is lost at a protocol id other than 0", () => {
    assert.match(
      new Framer().push(bytes("0001 0001 0003 01 03 00")).violation ?? "",
      /got 00 01 00 01/,
    );
  });

  it("shows how a banner of another protocol begins", () => {
    const banner = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");

    assert.equal(new Framer().push(banner).violation, "got 48 54 54 50 2f 31 2e 31 …");
    assert.equal(hexHead(bytes("4854")), "48 54");
  });

  it("still gives the frames before a violation", () => {
    const { frames, violation } = new Framer().push(bytes(`${REPLY} 0002 0000 ffff 01`));

    assert.deepEqual(plain(frames), [REPLY_FRAME]);
    assert.match(violation ?? "", /65535/);
  });
});
