/**
 * A week of simulated time: the hub is stopped, its clock and that of an edge node jump, messages are lost, values come
 * hours late and twice, old rows are deleted. Whatever is asked, the log answers what a few maps say.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HistoryReader, PastValue } from "../../../hub/src/history/index.ts";
import { DAY, HOUR, MINUTE, MONDAY, NAMES, Week, type Said } from "../../support/history-week.ts";
import { seeded } from "../../support/seeded.ts";

const SEED = Number(process.env["UNSHUB_WEEK_SEED"] ?? Math.floor(Math.random() * 1e9));
const KEEP = 3 * DAY;
const KEEP_ON = DAY;
/** A part is deleted when its last row is old enough: so much longer may its first one live. */
const PART = 2 * DAY;
const STOPPED = "not recorded: the hub was stopped";
const LOST = "messages were lost before they reached the hub";

/** In minutes of the week. */
function minuteOf(day: number, hours: number): number {
  return Math.round((day * DAY + hours * HOUR) / MINUTE);
}

/** What happens when. */
function events(week: Week): ReadonlyMap<number, () => void> {
  const [, drifting, buffering, lossy] = week.nodes;
  return new Map([
    [minuteOf(0, 5), () => lossy?.loseMessages(3)],
    [minuteOf(1, 3), () => buffering?.die()],
    [minuteOf(1, 4), () => week.stop()],
    [minuteOf(1, 6), () => week.start()],
    [minuteOf(1, 9), () => buffering?.comeBack()],
    [minuteOf(1, 9) + 2, () => buffering?.sendMissed()],
    [minuteOf(2, 1), () => (week.hubOffset = 3 * HOUR)],
    [minuteOf(2, 7), () => (week.hubOffset = 0)],
    [minuteOf(3, 1), () => (week.hubOffset = -2 * HOUR)],
    [minuteOf(3, 6), () => (week.hubOffset = 0)],
    [minuteOf(4, 2), () => week.stop()],
    [minuteOf(4, 2) + 30, () => restartIn1970(week)],
    [minuteOf(4, 2) + 50, () => (week.hubOffset = 0)],
    [minuteOf(5, 1), () => drifting && (drifting.offset = -HOUR)],
    [minuteOf(5, 4), () => drifting && (drifting.offset = 26 * HOUR)],
    [minuteOf(5, 5), () => drifting && (drifting.offset = 0)],
    [minuteOf(6, 1), () => buffering?.die()],
    [minuteOf(6, 5), () => buffering?.comeBack()],
    [minuteOf(6, 5) + 1, () => buffering?.sendMissed()],
    [minuteOf(6, 8), () => lossy?.loseMessages(1)],
  ]);
}

/** A gateway without a clock of its own. */
function restartIn1970(week: Week): void {
  week.hubOffset = -MONDAY - week.at + MINUTE;
  week.start();
}

/** Everything at a path, in pages of an odd size. */
async function allOf(
  reader: HistoryReader,
  path: string,
  since = 0,
  until = MONDAY * 2,
): Promise<readonly PastValue[]> {
  const found: PastValue[] = [];
  for (let more = true; more;) {
    const after = found.at(-1)?.time;
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const page = await reader.values(path, { since, until, limit: 997, after });
    found.push(...(page?.values ?? []));
    more = page?.more === true;
  }
  return found;
}

/** A row as both sides tell it. */
type Line = readonly [time: number, value: unknown];

function inOrder(rows: ReadonlyMap<number, Said>): readonly (readonly [number, Said])[] {
  return [...rows].toSorted(([a], [b]) => a - b);
}

async function checkMetric(week: Week, path: string): Promise<void> {
  const rows = week.said.get(path) ?? new Map<number, Said>();
  const found = await allOf(week.reader, path);
  const good: readonly Line[] = found
    .filter(({ quality }) => quality === "good")
    .map(({ time, value }) => [time, value]);
  const keep = path.endsWith("/On") ? KEEP_ON : KEEP;
  const must = inOrder(rows).filter(([, { came }]) => week.at - came < keep);
  const there = new Map(good);

  const times = found.map(({ time }) => time);
  assert.deepEqual(
    times,
    [...new Set(times)].toSorted((a, b) => a - b),
    `${path}: out of order`,
  );
  for (const [time, { value }] of must) assert.equal(there.get(time), value, `${path} at ${time}`);
  for (const [time, value] of good) {
    const said = rows.get(time);
    assert.equal(said?.value, value, `${path}: nobody said ${String(value)} at ${time}`);
    const age = week.running - (said?.cameRunning ?? 0);
    assert.ok(age < keep + PART, `${path}: ${age / HOUR} hours old`);
  }
}

/** Some ranges in parts. */
async function checkBuckets(week: Week, path: string): Promise<void> {
  const length = Math.ceil(week.random() * 20) * HOUR;
  const since = MONDAY + week.at - length;
  const [parts, until] = [7, since + length];
  const found = await week.reader.buckets(path, { since, until, buckets: parts });
  const rows = inOrder(week.said.get(path) ?? new Map<number, Said>());
  for (const [at, bucket] of (found?.buckets ?? []).entries()) {
    const [from, to] = [since + (at * length) / parts, since + ((at + 1) * length) / parts];
    const isLast = at === parts - 1;
    const own = rows.flatMap(([time, { value }]) =>
      time >= from && (isLast ? time <= until : time < to) ? [Number(value)] : [],
    );
    const { count, first, last, min, max } = bucket;
    const average = own.reduce((sum, value) => sum + value, 0) / own.length;
    assert.deepEqual(
      [count, first, last, min, max],
      own.length === 0
        ? [0, undefined, undefined, undefined, undefined]
        : [own.length, own[0], own.at(-1), Math.min(...own), Math.max(...own)],
      `${path} from ${from} to ${to}`,
    );
    if (own.length > 0) assert.ok(Math.abs((bucket.average ?? 0) - average) < 1e-6);
  }
  assert.equal(found?.buckets.length, parts);
}

/** All metrics of an edge node whose clock is right, at an instant of the last hours. */
async function checkInstant(week: Week, node: string): Promise<void> {
  const at = MONDAY + week.at - Math.floor(week.random() * 3 * HOUR);
  const { metrics } = await week.reader.at(`g/${node}`, [at], { limit: 100 });
  for (const { name, values } of metrics) {
    const rows = inOrder(week.said.get(`g/${node}/d/${name}`) ?? new Map<number, Said>());
    if (name === "bdSeq") continue;
    const held = rows.findLast(([time]) => time <= at);
    assert.deepEqual([values[0]?.time, values[0]?.value], [held?.[0], held?.[1].value], name);
  }
  assert.ok(metrics.length >= NAMES.length);
}

/** Where the gaps of a metric begin, and where the next value ends them. */
async function gapsOf(week: Week, path: string, reason: string): Promise<readonly Line[]> {
  const found = await allOf(week.reader, path);
  return found.flatMap((row, at) =>
    row.isGap && row.reason === reason ? [[row.time, found[at + 1]?.time] as const] : [],
  );
}

interface Gaps {
  readonly stopped: readonly Line[];
  readonly lost: readonly Line[];
}

/** After a day and a half, and at the end; in minutes. */
const LOOK_AT_GAPS: ReadonlySet<number> = new Set([(1.5 * DAY) / MINUTE, (7 * DAY) / MINUTE]);

async function gapsIn(week: Week): Promise<Gaps> {
  return {
    stopped: await gapsOf(week, "g/steady/d/Speed", STOPPED),
    lost: await gapsOf(week, "g/lossy/d/Speed", LOST),
  };
}

/** `atMidnight`: then nothing is going on. */
async function checkAll(week: Week, atMidnight: boolean): Promise<void> {
  for (const node of week.nodes) {
    // oxlint-disable no-await-in-loop -- one metric after the other
    for (const name of NAMES) await checkMetric(week, node.pathOf(name));
    await checkBuckets(week, node.pathOf("Speed"));
    // oxlint-enable no-await-in-loop
  }
  if (atMidnight && week.hubOffset === 0) await checkInstant(week, "steady");
}

describe(`a week (seed ${SEED})`, () => {
  it("is answered as it was said, whatever happened in it", async (t) => {
    const random = seeded(SEED);
    const names = ["steady", "drifting", "buffering", "lossy"];
    const week = new Week(t, names, { random, keepMs: KEEP, keepOnMs: KEEP_ON });
    const plan = events(week);
    const gaps: Gaps[] = [];
    week.start();

    for (let minute = 1; minute <= (7 * DAY) / MINUTE; minute += 1) {
      week.minute();
      plan.get(minute)?.();
      // oxlint-disable no-await-in-loop -- one minute after the other
      if (LOOK_AT_GAPS.has(minute)) gaps.push(await gapsIn(week));
      if (minute % 720 === 0 && week.isRunning) await checkAll(week, minute % 1440 === 0);
      // oxlint-enable no-await-in-loop
    }

    const [early, late] = gaps;
    assert.equal(early?.stopped.length, 1);
    const [begin, end] = early?.stopped[0] ?? [0, 0];
    assert.ok(Math.abs(begin - (MONDAY + DAY + 4 * HOUR)) < 2 * MINUTE, String(begin));
    assert.equal(end, MONDAY + DAY + 6 * HOUR);
    assert.equal(early?.lost.length, 1);
    assert.equal(late?.lost.length, 1);
  });
});
