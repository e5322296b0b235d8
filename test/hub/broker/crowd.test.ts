/** When the space for young objects may grow: not while many clients come or leave, nor just afterwards. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Crowd } from "../../../hub/src/broker/crowd.ts";

function watched(): { readonly crowd: Crowd; readonly told: boolean[] } {
  const told: boolean[] = [];
  return { crowd: new Crowd((mayGrow) => told.push(mayGrow)), told };
}

function move(crowd: Crowd, clients: number): void {
  for (let client = 0; client < clients; client += 1) crowd.moved();
}

describe("a crowd of clients that come or leave", () => {
  it("holds the space small until two seconds after the last of it", () => {
    const { crowd, told } = watched();

    move(crowd, 250);
    for (let look = 0; look < 4; look += 1) crowd.look();
    assert.deepEqual(told, [false]);

    crowd.look();
    assert.deepEqual(told, [false, true]);
  });

  it("is told once, however many come and however long it takes", () => {
    const { crowd, told } = watched();

    for (let look = 0; look < 10; look += 1) {
      move(crowd, 1000);
      crowd.look();
    }

    assert.deepEqual(told, [false]);
  });

  it("is none when clients come and leave one by one", () => {
    const { crowd, told } = watched();

    for (let look = 0; look < 20; look += 1) {
      move(crowd, 199);
      crowd.look();
    }

    assert.deepEqual(told, []);
  });

  it("leaves nothing behind when the broker stops", () => {
    const { crowd, told } = watched();

    move(crowd, 200);
    crowd.end();
    crowd.end();

    assert.deepEqual(told, [false, true]);
  });
});
