import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PACKETS, Ring } from "../../../hub/src/blackbox/ring.ts";

const MIB = 1024 * 1024;

function fill(ring: Ring, count: number, bytes: number, at = 0): void {
  const packet = Buffer.alloc(bytes, 1);
  for (let number = 1; number <= count; number += 1) {
    packet.writeUInt32LE(number, 0);
    ring.append({ kind: PACKETS, connection: number, at: at + number }, packet, 0, packet.length);
  }
}

describe("the ring of a black box", () => {
  it("takes no memory before something comes, then little, then no more than it may", () => {
    const ring = new Ring({ maxBytes: 2 * MIB, keepMs: 1e9, forgot: () => undefined });

    const sizes = [ring.allocatedBytes];
    fill(ring, 10, 100);
    sizes.push(ring.allocatedBytes);
    fill(ring, 100_000, 500);
    sizes.push(ring.allocatedBytes);

    assert.equal(sizes[0], 0);
    assert.ok(sizes[1] === 16 * 1024, String(sizes[1]));
    assert.ok((sizes[2] ?? 0) > MIB && (sizes[2] ?? 0) <= 2 * MIB, String(sizes[2]));
  });

  it("has the last of what came, whole and in order", () => {
    const ring = new Ring({ maxBytes: MIB, keepMs: 1e9, forgot: () => undefined });
    fill(ring, 20_000, 200);

    const numbers = [...ring.snapshot(20_000)].map(({ bytes, connection, at }) => {
      assert.equal(bytes.length, 200);
      assert.equal(connection, at);
      return bytes.readUInt32LE(0);
    });

    const [first = 0] = numbers;
    assert.deepEqual(
      numbers,
      Array.from({ length: 20_000 - first + 1 }, (_, at) => first + at),
    );
    assert.ok(numbers.length > 3000);
  });

  it("is not changed under who reads it", () => {
    const ring = new Ring({ maxBytes: MIB, keepMs: 1e9, forgot: () => undefined });
    fill(ring, 20_000, 200);
    const entries = ring.snapshot(20_000);
    const before = [...entries].map(({ bytes }) => bytes.readUInt32LE(0));

    fill(ring, 50_000, 200, 20_000);

    assert.deepEqual(
      [...entries].map(({ bytes }) => bytes.readUInt32LE(0)),
      before,
    );
  });

  it("forgets what is too old, and says until when", () => {
    const forgotten: number[] = [];
    const ring = new Ring({ maxBytes: MIB, keepMs: 1000, forgot: (at) => forgotten.push(at) });
    fill(ring, 1000, 400);

    const left = [...ring.snapshot(10_000)];

    assert.deepEqual(left, []);
    assert.equal(forgotten.at(-1), 1000);
    assert.equal(ring.allocatedBytes, 0);
  });
});
