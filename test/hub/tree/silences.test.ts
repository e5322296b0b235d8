/** How many metrics have fallen silent below each row. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Silences } from "../../../hub/src/tree/silences.ts";

/** Root 0 › 1 › 2 … `size - 1`, of which those in `silent` are. */
function plant(size: number, silent: ReadonlySet<number>) {
  const rows = { size, parent: (id: number) => (id <= 1 ? 0 : 1) };
  const turned: number[] = [];
  const silences = new Silences({ rows, isSilent: (id) => silent.has(id) });
  silences.observe((id) => turned.push(id));
  const look = (): void => silences.look(0);
  return { rows, silences, turned, look };
}

describe("silent metrics below a row", () => {
  it("are counted as they fall silent and speak again, and told once each time", () => {
    const silent = new Set([2, 4]);
    const { silences, turned, look } = plant(6, silent);
    assert.equal(silences.wereSome, false);

    look();
    look();
    assert.deepEqual([silences.below(0), silences.below(1), silences.below(2)], [2, 2, 0]);
    assert.deepEqual([turned, silences.wereSome], [[2, 4], true]);
    silent.delete(2);
    look();

    assert.equal(silences.below(1), 1);
    assert.deepEqual(turned, [2, 4, 2]);
    silent.clear();
    look();
    assert.deepEqual([silences.below(0), silences.below(1)], [0, 0]);
  });

  it("are looked for a stretch at a time in a large plant, and also among rows that came later", () => {
    const size = 100_000;
    const silent = new Set(Array.from({ length: size }, (_, id) => id).slice(2));
    const { rows, silences, turned, look } = plant(size, silent);

    look();
    assert.ok(turned.length > 0 && turned.length <= size / 20, `${turned.length}`);
    for (let stretch = 1; stretch < 20; stretch += 1) look();
    assert.equal(silences.below(1), size - 2);
    rows.size += 1;
    silent.add(size);
    for (let stretch = 0; stretch < 20; stretch += 1) look();

    assert.equal(silences.below(1), size - 1);
  });

  it("are all looked at for who asks after a time in which nobody did, in turns; and not again while somebody looks", async () => {
    const size = 50_000;
    const silent = new Set([2, size - 1]);
    const { silences, turned } = plant(size, silent);

    await silences.catchUp(() => 10_000);
    assert.deepEqual([silences.below(1), turned], [2, [2, size - 1]]);
    silent.delete(2);
    await silences.catchUp(() => 10_900);
    assert.equal(silences.below(1), 2); // it was looked less than a second ago
    await Promise.all([silences.catchUp(() => 12_000), silences.catchUp(() => 12_000)]);
    assert.equal(silences.below(1), 1);

    silent.add(3);
    silences.look(12_500); // somebody goes on: the first stretch
    silences.look(13_300);
    silent.delete(size - 1);
    await silences.catchUp(() => 13_400);
    assert.deepEqual(turned, [2, size - 1, 2, 3]);
    silences.look(30_000); // nobody looked between
    await silences.catchUp(() => 30_050);
    assert.deepEqual(turned, [2, size - 1, 2, 3, size - 1]);
  });

  it("are not all looked at again because somebody went on looking while they were", async () => {
    const size = 50_000;
    const silent = new Set([2]);
    const { silences, turned } = plant(size, silent);

    const all = silences.catchUp(() => 10_000);
    silences.look(10_900);
    await all;
    silent.add(size - 1);
    silences.look(11_500);
    await silences.catchUp(() => 11_600);

    assert.deepEqual(turned, [2]);
  });
});
