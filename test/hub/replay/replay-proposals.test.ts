/** Proposals of replays over runs of the hub: what waits, what is over, and that nothing begins twice. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  ReplayProposals,
  RepublishError,
  type Proposer,
  type Replayer,
  type RepublishState,
} from "../../../hub/src/replay/index.ts";
import { tempDir } from "../../support/hub.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

const ASKED = { path: "g/e/d", since: 1, until: 2, speed: 1, as: { kind: "historical" } } as const;
const WISH = { ...ASKED, reason: "why" };
const ANN: Replayer = { actor: "user:ann", mayRead: () => true };
const BOT: Proposer = { actor: "token:bot", mayRead: () => true, readerNow: () => () => true };
const WITHIN_MS = 600_000;
const STARTED: RepublishState = {
  ...ASKED,
  id: 7,
  state: "running",
  because: undefined,
  metrics: 1,
  published: 0,
  reached: 1,
  startedAt: 1,
};

const isBusy = (): Promise<RepublishState> =>
  Promise.reject(new RepublishError("refused", "4 replays run already"));
const cannotNote = (): never => {
  throw new Error("the audit trail cannot be written");
};

interface RunOptions {
  readonly restoredAt?: number;
  /** Whether the hub knows by itself what the proposer may read. */
  readonly knows?: boolean;
  /** What becomes of a replay that begins. */
  readonly begin?: () => Promise<RepublishState>;
}

/** Where a hub keeps proposals, and runs of it one after the other. */
function openPlace(t: TestContext) {
  const folder = join(tempDir(t), "data");
  const file = join(folder, "replay-proposals.json");
  mkdirSync(folder);
  let now = 1_000_000;
  const begun: string[] = [];
  const run = ({ restoredAt, knows = true, begin }: RunOptions = {}): ReplayProposals =>
    new ReplayProposals({
      republisher: {
        checked: async () => await Promise.resolve(),
        start: async ({ path }, mayRead, note) => {
          if (!mayRead(1)) throw new RepublishError("not found", "no metric with a history");
          note?.(STARTED.id);
          begun.push(path);
          return await (begin?.() ?? Promise.resolve(STARTED));
        },
      },
      file,
      restoredAt,
      readerOf: () => (knows ? () => true : undefined),
      withinMs: WITHIN_MS,
      log: SILENT_LOG,
      now: () => now,
    });
  const later = (ms: number): void => {
    now += ms;
  };
  return { folder, file, begun, run, later };
}

const propose = async (proposals: ReplayProposals): Promise<number> =>
  (await proposals.propose(WISH, BOT, () => undefined)).id;
const approve = async (proposals: ReplayProposals, id: number): Promise<unknown> =>
  await proposals.approve(id, ANN, () => undefined);

describe("proposals of replays", () => {
  it("wait on when the hub is started again, and begin once, whatever is started again", async (t) => {
    const { run, begun } = openPlace(t);
    const first = await propose(run());

    const second = run();
    const waiting = second.waiting().map(({ id, by, reason }) => [id, by, reason]);
    await approve(second, first);
    const third = run();
    const other = await propose(third);

    assert.deepEqual(waiting, [[first, "token:bot", "why"]]);
    await assert.rejects(approve(second, first), /no replay waits under the number 1/);
    await assert.rejects(approve(third, first), /no replay waits under the number 1/);
    assert.equal(begun.length, 1);
    assert.deepEqual(second.stateOf(first, "token:bot")?.fate, {
      kind: "started",
      by: "user:ann",
      replay: STARTED.id,
    });
    assert.deepEqual(third.stateOf(first, "token:bot")?.fate, { kind: "started", by: "user:ann" });
    assert.equal(third.stateOf(first, "user:eve"), undefined);
    assert.notEqual(other, first);
  });

  it("are over when their time is, also while the hub was away", async (t) => {
    const { run, later } = openPlace(t);
    const id = await propose(run());

    later(WITHIN_MS);
    const next = run();

    assert.deepEqual(next.waiting(), []);
    assert.deepEqual(next.stateOf(id, "token:bot")?.fate, { kind: "expired" });
  });

  it("do not begin again when the hub ended while one was about to", async (t) => {
    const { run, begun } = openPlace(t);
    const crashing = run({ begin: () => new Promise(() => undefined) });
    const id = await propose(crashing);
    void approve(crashing, id);

    const next = run();

    await assert.rejects(approve(next, id), /no replay waits/);
    assert.partialDeepStrictEqual(next.stateOf(id, "token:bot")?.fate, { kind: "ended" });
    assert.equal(begun.length, 1);
  });

  it("can be answered again after a yes that could not be carried out", async (t) => {
    const { run } = openPlace(t);
    const full = run({ begin: isBusy });
    const id = await propose(full);

    await assert.rejects(approve(full, id), /4 replays run already/);

    const next = run();
    assert.equal(next.waiting().length, 1);
    assert.equal(await approve(next, id), STARTED);
  });

  it("end when a backup is restored: somebody may have said yes since it was made", async (t) => {
    const { run } = openPlace(t);
    const id = await propose(run());

    const restored = run({ restoredAt: 5 });
    const other = await propose(restored);
    const again = run({ restoredAt: 5 });

    for (const each of [restored, again])
      assert.deepEqual(each.stateOf(id, "token:bot")?.fate, {
        kind: "ended",
        because: "a backup was restored since, and it may have been answered meanwhile",
      });
    assert.deepEqual(
      again.waiting().map((each) => each.id),
      [other],
    );
  });

  it("end with the hub when only their proposer could prove who he is", async (t) => {
    const { run } = openPlace(t);
    const id = await propose(run());

    const next = run({ knows: false });

    assert.deepEqual(next.waiting(), []);
    assert.partialDeepStrictEqual(next.stateOf(id, "token:bot")?.fate, { kind: "ended" });
  });

  it("begin only while their proposer may propose them, also when that ends as they begin", async (t) => {
    const { run, begun } = openPlace(t);
    const proposals = run();
    let left = 0;
    const readerNow = (): (() => boolean) | undefined => {
      left -= 1;
      return left < 0 ? undefined : () => true;
    };
    const { id } = await proposals.propose(WISH, { ...BOT, readerNow }, () => undefined);

    const refusal = /token:bot may no longer propose this/;
    await assert.rejects(approve(proposals, id), refusal);
    left = 1;
    await assert.rejects(approve(proposals, id), refusal);
    assert.deepEqual(begun, []);
    left = 2;
    await approve(proposals, id);
    assert.equal(begun.length, 1);
  });

  it("are refused, and nothing begins, while they cannot be kept", async (t) => {
    const { run, folder, file, begun } = openPlace(t);
    const proposals = run();
    const id = await propose(proposals);
    rmSync(folder, { recursive: true });

    await assert.rejects(propose(proposals), /it cannot be kept: ENOENT/);
    await assert.rejects(approve(proposals, id), /it cannot be kept: ENOENT/);
    mkdirSync(folder);
    writeFileSync(file, "{}");
    await assert.rejects(propose(run()), /replay-proposals\.json cannot be read: .*delete it/s);

    assert.deepEqual(begun, []);
    assert.equal(readFileSync(file, "utf8"), "{}");
    assert.equal(proposals.waiting().length, 1);
  });

  it("do not begin when it cannot be written on the audit trail who said yes", async (t) => {
    const { run, begun } = openPlace(t);
    const proposals = run();
    const id = await propose(proposals);

    await assert.rejects(proposals.approve(id, ANN, cannotNote), /audit trail/);

    assert.deepEqual(begun, []);
    assert.equal(proposals.waiting().length, 1);
  });
});
