import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Loads } from "../../../hub/src/broker/loads.ts";

describe("loads of $SYS", () => {
  it("come near what is there per minute, the shorter the span the sooner", () => {
    const loads = new Loads(0);

    let averages = loads.look(10, { sent: 100 });
    for (let seconds = 20; seconds <= 60; seconds += 10)
      averages = loads.look(seconds, { sent: 10 * seconds });

    assert.ok(Math.abs((averages.get("sent/1min") ?? 0) - 600 * (1 - Math.exp(-1))) < 1e-6);
    assert.ok(Math.abs((averages.get("sent/5min") ?? 0) - 600 * (1 - Math.exp(-1 / 5))) < 1e-6);
    assert.ok(Math.abs((averages.get("sent/15min") ?? 0) - 600 * (1 - Math.exp(-1 / 15))) < 1e-6);
  });

  it("go back to nothing when nothing happens", () => {
    const loads = new Loads(0);
    loads.look(10, { sent: 1000 });

    const averages = loads.look(10 + 24 * 3600, { sent: 1000 });

    assert.equal(averages.get("sent/15min")?.toFixed(2), "0.00");
  });

  it("stay as they are when no time has passed", () => {
    const loads = new Loads(5);
    const before = loads.look(15, { sent: 7 }).get("sent/1min");

    assert.equal(loads.look(15, { sent: 9 }).get("sent/1min"), before);
  });
});
