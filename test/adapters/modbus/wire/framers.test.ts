/** Framers and the judge of replies under everything that may come: pieces of any size, noise, lies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { hasGoodCrc, putRtuFrame } from "../../../../adapters/modbus/src/wire/crc.ts";
import { MbapFramer, putMbapFrame } from "../../../../adapters/modbus/src/wire/mbap-framer.ts";
import { judgeReply } from "../../../../adapters/modbus/src/wire/pdu.ts";
import { RtuFramer, type RtuSink } from "../../../../adapters/modbus/src/wire/rtu-framer.ts";
import { bytes, hexOf } from "../../../support/modbus-hex.ts";

const RUNS = { numRuns: 300 };

/** Cuts `all` into pieces at `cuts`. */
function pieces(all: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => all.subarray(at[index], end));
}

/** Everything that an MBAP framer makes of the pieces. */
function mbapFrames(chunks: readonly Uint8Array[]): { frames: string[]; violation?: string } {
  const framer = new MbapFramer();
  const frames: string[] = [];
  const sink = {
    frame: (held: Uint8Array, start: number, end: number) =>
      void frames.push(hexOf(held.subarray(start, end))),
  };
  // The read buffer is longer than what has come and is used again.
  const buffer = new Uint8Array(4096).fill(0xee);
  for (const chunk of chunks) {
    buffer.set(chunk);
    const violation = framer.push(buffer, chunk.length, sink);
    if (violation !== undefined) return { frames, violation };
  }
  return { frames };
}

const pdu = fc.uint8Array({ minLength: 2, maxLength: 253 });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe("the MBAP framer", () => {
  it("finds the same frames however they are cut", () => {
    const frame = fc.record({ id: fc.nat(0xffff), unit: fc.nat(255), pdu });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), cuts, (sent, where) => {
        const encoded = sent.map((one) => {
          const target = new Uint8Array(260);
          return target.slice(0, putMbapFrame(target, 0, one, one.pdu));
        });

        const { frames, violation } = mbapFrames(pieces(Buffer.concat(encoded), where));

        assert.equal(violation, undefined);
        assert.deepEqual(frames, encoded.map(hexOf));
      }),
      RUNS,
    );
  });

  it("never throws, never hands over a frame that is none, and says the same however bytes are cut", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      // Mostly right headers, so that the noise gets far.
      fc
        .array(fc.tuple(fc.nat(300), fc.uint8Array({ maxLength: 300 })), { maxLength: 4 })
        .map((parts) =>
          Buffer.concat(
            parts.map(([length, rest]) =>
              Buffer.from([0, 1, 0, 0, length >> 8, length & 255, ...rest]),
            ),
          ),
        ),
    );
    fc.assert(
      fc.property(noise, cuts, (all, where) => {
        const whole = mbapFrames([all]);
        const cut = mbapFrames(pieces(all, where));

        assert.deepEqual(cut.frames, whole.frames);
        assert.equal(cut.violation === undefined, whole.violation === undefined);
        for (const hex of whole.frames) {
          const frame = bytes(hex);
          assert.equal(((frame[4] ?? 0) << 8) + (frame[5] ?? 0) + 6, frame.length);
          assert.ok(frame.length >= 9 && frame.length <= 260);
        }
      }),
      RUNS,
    );
  });

  it("sees a banner as soon as its third byte is here", () => {
    assert.equal(mbapFrames([bytes("48 54")]).violation, undefined);
    assert.equal(mbapFrames([bytes("48 54"), bytes("54")]).violation, "got 48 54 54");
  });

  it("hands over what came before a violation", () => {
    const good = "000700000004 01 83 02 00".replaceAll(" ", "");

    const { frames, violation } = mbapFrames([bytes(`${good} 0008 0000 ffff 0103`)]);

    assert.deepEqual(frames, [good]);
    assert.equal(violation, "length 65535 is not 3 to 254; got 00 08 00 00 ff ff 01 03");
  });
});

class RtuListener implements RtuSink {
  readonly frames: string[] = [];
  noiseBytes = 0;
  damagedFrames = 0;
  readonly #expected: readonly number[];

  /** Unit, function and perhaps the byte count of the answer that is waited for. */
  constructor(...expected: readonly number[]) {
    this.#expected = expected;
  }

  expects(unit: number, functionCode: number | undefined, byteCount: number | undefined): boolean {
    const [ownUnit, ownFunction, ownCount] = this.#expected;
    if (unit !== ownUnit) return false;
    if (functionCode === undefined) return true;
    return (
      (functionCode & 0x7f) === ownFunction && (byteCount === undefined || byteCount === ownCount)
    );
  }

  frame(frame: Uint8Array): void {
    this.frames.push(hexOf(frame));
  }

  damaged(): void {
    this.damagedFrames += 1;
  }

  noise(count: number): void {
    this.noiseBytes += count;
  }
}

function rtu(unit: number, body: Uint8Array): Uint8Array {
  const target = new Uint8Array(260);
  return target.slice(0, putRtuFrame(target, 0, unit, body));
}

describe("the RTU framer", () => {
  it("knows the checksum of the standard's example", () => {
    assert.equal(hexOf(rtu(2, bytes("07"))), "02074112");
    assert.ok(hasGoodCrc(bytes("02074112"), 0, 4));
    assert.ok(!hasGoodCrc(bytes("02074113"), 0, 4));
  });

  it("finds the answer behind any noise that holds no frame of its own, however it is cut", () => {
    // Noise without the unit that is waited for cannot be taken for the beginning of the answer.
    const noise = fc.array(
      fc.nat(255).filter((byte) => byte !== 17),
      { maxLength: 60 },
    );
    const data = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(noise, data, cuts, (before, values, where) => {
        const answer = rtu(17, Uint8Array.of(3, 20, ...values));
        const framer = new RtuFramer();
        const listener = new RtuListener(17, 3, 20);

        for (const piece of pieces(Uint8Array.from([...before, ...answer]), where))
          framer.push(piece, 0, piece.length, listener);

        assert.equal(listener.frames.at(-1), hexOf(answer.subarray(0, -2)));
        assert.equal(framer.held, 0);
      }),
      RUNS,
    );
  });

  it("never throws, never holds more than its buffer, accounts for every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (all, where) => {
        const framer = new RtuFramer();
        const listener = new RtuListener(1, 3, 250);

        for (const piece of pieces(all, where)) framer.push(piece, 0, piece.length, listener);
        framer.settle(listener);
        framer.discard(listener);

        const framed = listener.frames.reduce((sum, hex) => sum + hex.length / 2 + 2, 0);
        assert.equal(framed + listener.noiseBytes, all.length);
      }),
      RUNS,
    );
  });

  it("does not take the picture of an answer inside another frame for an answer", () => {
    const picture = rtu(1, bytes("03 02 0bad"));
    const outer = rtu(9, Uint8Array.of(3, picture.length + 1, ...picture, 0));
    const framer = new RtuFramer();
    const listener = new RtuListener(1, 3, 2);

    framer.push(outer, 0, outer.length, listener);

    assert.deepEqual(listener.frames, [hexOf(outer.subarray(0, -2))]);
  });

  it("waits for the rest of a frame that is expected, and looks behind it when the line is quiet", () => {
    const answer = rtu(1, bytes("03 04 0001 0002"));
    const framer = new RtuFramer();
    const listener = new RtuListener(1, 3, 4);
    const torn = Uint8Array.from([...answer.subarray(0, 3), ...answer]);

    framer.push(torn.subarray(0, 8), 0, 8, listener);
    assert.deepEqual(listener.frames, []);
    framer.push(torn, 8, torn.length, listener);
    framer.settle(listener);

    assert.deepEqual(listener.frames, [hexOf(answer.subarray(0, -2))]);
  });
});

describe("the judge of replies", () => {
  it("accepts a random reply only if function, byte count and length are those of the request", () => {
    const reply = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.uint8Array({ maxLength: 30 }).map((data) => Uint8Array.of(3, data.length, ...data)),
      fc.nat(255).map((code) => Uint8Array.of(0x83, code)),
    );
    const asked = { pdu: bytes("03 0000 0005"), reply: { kind: "data", bytes: 10 } } as const;
    fc.assert(
      fc.property(reply, fc.uint8Array({ maxLength: 9 }), (body, before) => {
        const all = Uint8Array.from([...before, ...body]);

        const verdict = judgeReply(asked, all, before.length, all.length);

        const isData = body[0] === 3 && body[1] === 10 && body.length === 12;
        const isException = body[0] === 0x83 && body.length === 2 && body[1] !== 0;
        assert.equal(verdict, isData ? "data" : isException ? "exception" : "mismatch");
      }),
      { numRuns: 500 },
    );
  });

  it("takes nothing but the whole echo of a write", () => {
    const write = bytes("06 0002 0007");
    const asked = { pdu: write, reply: { kind: "echo", bytes: write } } as const;

    assert.equal(judgeReply(asked, write, 0, 5), "written");
    assert.equal(judgeReply(asked, write, 0, 4), "mismatch");
    for (let at = 0; at < 5; at += 1) {
      const other = Uint8Array.from(write);
      other[at] = (other[at] ?? 0) ^ 1;
      assert.equal(judgeReply(asked, other, 0, 5), "mismatch");
    }
  });
});
