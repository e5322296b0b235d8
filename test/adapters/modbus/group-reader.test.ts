/** A device that is a function: what a reader makes of refusals, silence and gateways. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricReading } from "@unshub/sparkplug";
import type { Answer } from "../../../adapters/modbus/src/client.ts";
import { ModbusError } from "../../../adapters/modbus/src/errors.ts";
import { GroupReader } from "../../../adapters/modbus/src/group-reader.ts";
import type { ModbusRequest } from "../../../adapters/modbus/src/pdu.ts";
import type { Tag } from "../../../adapters/modbus/src/tag.ts";
import { StillClock } from "../../support/modbus-clock.ts";
import { makeTag } from "../../support/modbus-tag.ts";

type Reaction = "timeout" | { readonly exception: number };

/** `wrong` says how the device reacts to a request that touches an address; all others hold their own number. */
function makeBench(tags: readonly Tag[], wrong: Map<number, Reaction>, retries = 0) {
  const clock = new StillClock();
  const requests: string[] = [];
  const last = new Map<string, MetricReading>();
  let answers = 0;
  const ask = (request: ModbusRequest): Promise<Answer> => {
    assert.ok("count" in request);
    const { start, count } = request;
    requests.push(`${start}+${count}`);
    for (let address = start; address < start + count; address += 1) {
      const reaction = wrong.get(address);
      if (reaction === "timeout") return Promise.reject(new ModbusError("TIMEOUT", "no answer"));
      if (reaction === undefined) continue;
      answers += 1;
      return Promise.resolve({ kind: "exception", code: reaction.exception, at: 1 });
    }
    answers += 1;
    const bytes = Uint8Array.from({ length: 2 * count }, (_, index) => {
      const address = start + (index >> 1);
      return index % 2 === 0 ? address >> 8 : address & 0xff;
    });
    return Promise.resolve({ kind: "data", bytes, at: 1 });
  };
  const reader = new GroupReader(tags, {
    limits: { maxBlock: 120, maxGap: 24 },
    retries: () => retries,
    ask,
    tell: (readings) => {
      for (const reading of readings) last.set(reading.name, reading);
    },
    answersSoFar: () => answers,
    clock,
    now: () => 1,
  });
  /** One pass; the requests that it sent. */
  const pass = async (): Promise<readonly string[]> => {
    requests.length = 0;
    await reader.pass();
    return [...requests];
  };
  const shown = (name: number): unknown => {
    const reading = last.get(String(name));
    return reading?.reason ?? reading?.value;
  };
  return { clock, reader, pass, shown, wrong };
}

const at = (...starts: readonly number[]): readonly Tag[] =>
  starts.map((start) => makeTag({ name: String(start), start }));
const run = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe("a group with a wrong address", () => {
  it("reads all other tags in the same pass, whatever the block bridged", async () => {
    const { pass, shown } = makeBench(at(0, 1, 3, 4), new Map([[2, { exception: 2 }]]));

    assert.deepEqual(await pass(), ["0+5", "0+2", "3+2"]);
    assert.deepEqual([0, 1, 3, 4].map(shown), [0, 1, 3, 4]);
    assert.deepEqual(await pass(), ["0+2", "3+2"]);
  });

  for (const exception of [2, 3]) {
    it(`makes only the wrong tag bad after exception ${exception}`, async () => {
      const { pass, shown } = makeBench(at(...run(0, 8)), new Map([[5, { exception }]]));

      await pass();

      assert.equal(shown(5), `modbus_exception_${exception}`);
      assert.deepEqual([0, 1, 2, 3, 4, 6, 7].map(shown), [0, 1, 2, 3, 4, 6, 7]);
    });
  }

  it("needs no more than 2 log2 N + 2 requests to find it", async () => {
    for (let wrongOne = 0; wrongOne < 64; wrongOne += 1) {
      const { pass } = makeBench(at(...run(0, 64)), new Map([[wrongOne, { exception: 2 }]]));

      assert.ok((await pass()).length <= 2 * 6 + 2);
    }
  });

  it("asks for it again once a minute, and takes it back when it is there", async () => {
    const { pass, shown, clock, wrong } = makeBench(at(0, 1), new Map([[1, { exception: 2 }]]));
    await pass();

    assert.deepEqual(await pass(), ["0+1"]);
    await clock.pass(59_999);
    assert.deepEqual(await pass(), ["0+1"]);
    await clock.pass(1);
    assert.deepEqual(await pass(), ["0+1", "1+1"]);
    wrong.clear();
    await clock.pass(60_000);
    await pass();

    assert.equal(shown(1), 1);
    assert.deepEqual(await pass(), ["0+1", "1+1"]);
  });

  it("asks for a table that the device does not know once a minute only", async () => {
    const { pass, shown } = makeBench(at(0, 1), new Map([[1, { exception: 1 }]]));
    await pass();

    assert.deepEqual([0, 1].map(shown), ["modbus_exception_1", "modbus_exception_1"]);
    assert.deepEqual(await pass(), []);
  });
});

describe("a group with trouble that passes", () => {
  it("keeps the last value for two passes and is bad at the third", async () => {
    const { pass, shown, wrong } = makeBench(at(0), new Map());
    await pass();
    wrong.set(0, { exception: 6 });

    const seen: unknown[] = [];
    for (let passes = 0; passes < 3; passes += 1) {
      await pass();
      seen.push(shown(0));
    }

    assert.deepEqual(seen, [0, 0, "modbus_exception_6"]);
  });

  it("is bad at once when there is no last value", async () => {
    const { pass, shown } = makeBench(at(0), new Map([[0, { exception: 4 }]]));

    await pass();

    assert.equal(shown(0), "modbus_exception_4");
  });
});

describe("a group that is not answered", () => {
  it("asks as often as retries say, then ends the pass", async () => {
    const { reader, pass } = makeBench(at(0, 500), new Map([[0, "timeout"]]), 2);

    assert.deepEqual(await pass(), ["0+1", "0+1", "0+1"]);
    const { answered, cause } = await reader.pass();
    assert.equal(answered, 1);
    assert.equal(cause?.code, "TIMEOUT");
  });

  it("does not let an address that is never answered hide the others, and gives it up for a minute", async () => {
    const { pass, shown, clock } = makeBench(at(0, 500), new Map([[0, "timeout"]]));

    assert.deepEqual(await pass(), ["0+1"]);
    assert.deepEqual(await pass(), ["500+1", "0+1"]);
    assert.deepEqual(await pass(), ["500+1", "0+1"]);
    assert.deepEqual([0, 500].map(shown), ["timeout", 500]);
    assert.deepEqual(await pass(), ["500+1"]);
    await clock.pass(60_000);
    assert.deepEqual(await pass(), ["500+1", "0+1"]);
    assert.deepEqual(await pass(), ["500+1"]);
  });

  it("says nothing of its tags while nothing at all is answered: that is for the device to judge", async () => {
    const { pass, shown } = makeBench(at(0), new Map([[0, "timeout"]]));

    for (let passes = 0; passes < 5; passes += 1) await pass();

    assert.equal(shown(0), undefined);
  });

  it("takes a gateway that cannot reach the unit for silence", async () => {
    for (const exception of [10, 11]) {
      const { reader } = makeBench(at(0), new Map([[0, { exception }]]));
      const { answered, cause } = await reader.pass();

      assert.equal(answered, 0);
      assert.match(cause?.message ?? "", /gateway/);
    }
  });
});
