/**
 * The whole tree in pieces for a file, and back. A piece holds a few thousand rows and is made in about a millisecond, so
 * that the broker goes on between two of them. The pieces are therefore not of one moment: each metric is as it was when
 * its piece was made, and a session that was born anew meanwhile is marked as one that cannot go on without its birth.
 */
import { deserialize, serialize } from "node:v8";
import { z } from "zod";
import { AliasTable } from "./alias-table.ts";
import { restoreChanged, type ExpectedSeqs } from "./changed-rows.ts";
import { bytesOf, type Column } from "./columns.ts";
import type { OddDefinition } from "./definitions.ts";
import { restoredReason } from "./quality.ts";
import type { Member, NodeSession } from "./session.ts";
import { newMember, newSession } from "./session.ts";
import type { NodeSessions } from "./sessions.ts";
import { PIECES, SnapshotError, type Piece, type ReadPiece } from "./snapshot-file.ts";
import type { TextPool } from "./text-pool.ts";
import type { UnsTree } from "./tree.ts";
import { HEAVY, weightOf } from "./value-weight.ts";
import type { Aside } from "./values.ts";

const ROWS_IN_PIECE = 4096;
const BYTES_IN_PIECE = 1_048_576;
const SESSIONS_IN_PIECE = 500;

/** What a run of rows has beside its columns, by row. */
type RowAside = readonly [
  id: number,
  value: Aside | undefined,
  definition: OddDefinition | undefined,
];

const keptMemberSchema = z.object({
  rowId: z.number(),
  state: z.enum(["online", "offline", "last-known"]),
  isCut: z.boolean(),
});
const keptSessionSchema = keptMemberSchema.extend({
  bdSeq: z.number().optional(),
  /** Left out: it must be born before it is believed. */
  expectedSeq: z.number().optional(),
  devices: z.array(keptMemberSchema),
});
const headerSchema = z.object({
  rows: z.number(),
  /** Names the snapshot, so that changes are not laid over another one; 0: it was made by a hub that kept none. */
  name: z.number().default(0),
});

type KeptMember = z.output<typeof keptMemberSchema>;
type KeptSession = z.output<typeof keptSessionSchema>;

/** Takes the tree apart, a piece each time it is asked. `name`: of this snapshot. */
export function* takeApart(tree: UnsTree, sessions: NodeSessions, name = 0): Generator<Piece> {
  const { size } = tree.rows;
  const { births } = sessions;
  yield { kind: PIECES.header, parts: [serialize({ rows: size, name })] };
  for (let from = 0; from < size; from += ROWS_IN_PIECE) {
    yield* rowPieces(tree, from, Math.min(size, from + ROWS_IN_PIECE));
  }
  yield* poolPieces(tree.rows.names, PIECES.names, PIECES.nameStarts);
  yield* poolPieces(tree.properties.texts, PIECES.properties, PIECES.propertyStarts);
  yield* sessionPieces(sessions, { size, births });
}

/** All columns of a run of rows, one after the other. */
function* rowPieces(tree: UnsTree, from: number, to: number): Generator<Piece> {
  const range = new Uint8Array(Uint32Array.of(from, to).buffer);
  const columns = columnsOf(tree, to).map((column) => bytesOf(column, from, to));
  const aside: RowAside[] = [];
  for (let id = from; id < to; id += 1) {
    const [value, definition] = [tree.values.aside(id), tree.definitions.aside(id)];
    if (value !== undefined || definition !== undefined) aside.push([id, value, definition]);
  }
  yield { kind: PIECES.rows, parts: [range, ...columns] };
  yield* asidePieces(aside);
}

/** `aside` was collected together with the columns; tables can be large, so not all of it goes into one piece. */
function* asidePieces(aside: readonly RowAside[]): Generator<Piece> {
  let piece: RowAside[] = [];
  let weight = 0;
  for (const row of aside) {
    piece.push(row);
    weight += weightOf(row[1]?.value ?? null);
    if (weight < HEAVY) continue;
    yield { kind: PIECES.aside, parts: [serialize(piece)] };
    piece = [];
    weight = 0;
  }
  if (piece.length > 0) yield { kind: PIECES.aside, parts: [serialize(piece)] };
}

function columnsOf({ rows, values, definitions }: UnsTree, size: number): readonly Column[] {
  rows.expect(size);
  values.reserve(size);
  definitions.reserve(size);
  return [...values.columns(), ...rows.columns(), ...definitions.columns()];
}

function* poolPieces(pool: TextPool, bytesKind: number, startsKind: number): Generator<Piece> {
  const { bytes, starts } = pool.parts();
  for (const [kind, all] of [
    [bytesKind, bytes],
    [startsKind, starts],
  ] as const) {
    for (let from = 0; from < all.length; from += BYTES_IN_PIECE) {
      yield { kind, parts: [all.subarray(from, from + BYTES_IN_PIECE)] };
    }
  }
}

interface Begin {
  readonly size: number;
  readonly births: number;
}

function* sessionPieces(sessions: NodeSessions, begin: Begin): Generator<Piece> {
  let kept: KeptSession[] = [];
  for (const session of sessions.all()) {
    if (session.own.rowId >= begin.size) continue; // the next snapshot has it
    kept.push(keptSession(session, begin));
    if (kept.length < SESSIONS_IN_PIECE) continue;
    yield { kind: PIECES.sessions, parts: [serialize(kept)] };
    kept = [];
  }
  yield { kind: PIECES.sessions, parts: [serialize(kept)] };
}

/** By which `seq` the session goes on after a restart. Templates in data need the types of the birth, which are not kept. */
export function resumableSeq(session: NodeSession, births: number): number | undefined {
  const { own, templates, lastBirth, mayResume, expectedSeq } = session;
  const lived = own.state === "online" || mayResume;
  return lived && lastBirth <= births && templates === undefined ? expectedSeq : undefined;
}

function keptSession(session: NodeSession, { size, births }: Begin): KeptSession {
  const { own, devices, bdSeq } = session;
  return {
    ...keptMember(own),
    bdSeq,
    expectedSeq: resumableSeq(session, births),
    devices: [...devices.values()].filter(({ rowId }) => rowId < size).map(keptMember),
  };
}

function keptMember({ rowId, state, isCut }: Member): KeptMember {
  return { rowId, state, isCut };
}

/**
 * Puts pieces together in a tree that is empty yet. `changes`: what came after the snapshot of a name.
 * @throws when they do not fit together: throw the tree away then.
 */
export function putTogether(
  pieces: readonly ReadPiece[],
  { tree, sessions }: { readonly tree: UnsTree; readonly sessions: NodeSessions },
  changes: (name: number) => readonly ReadPiece[] = () => [],
): void {
  const of = (kind: number): Buffer[] =>
    pieces.filter((piece) => piece.kind === kind).map(({ bytes }) => bytes);
  const { rows: size, name } = headerOf(of(PIECES.header));
  restorePool(tree.rows.names, of(PIECES.names), of(PIECES.nameStarts));
  restorePool(tree.properties.texts, of(PIECES.properties), of(PIECES.propertyStarts));
  const columns = columnsOf(tree, size);
  for (const bytes of of(PIECES.rows)) restoreRows(columns, bytes, size);
  for (const bytes of of(PIECES.aside)) restoreAside(tree, bytes);
  const seqs = new Map<number, number | undefined>();
  for (const piece of changes(name)) {
    for (const [row, seq] of restoreChanged(tree, piece, size)) seqs.set(row, seq);
  }
  tree.rows.restored(size);
  const born = restoreMetrics(tree);
  for (const bytes of of(PIECES.sessions)) restoreSessions(tree, sessions, { bytes, born, seqs });
}

function headerOf([bytes]: readonly Buffer[]): z.output<typeof headerSchema> {
  if (bytes === undefined) throw new SnapshotError("the snapshot has no header");
  return headerSchema.parse(deserialize(bytes));
}

function restorePool(pool: TextPool, bytes: readonly Buffer[], starts: readonly Buffer[]): void {
  const text = Buffer.from(Uint8Array.from(Buffer.concat(bytes)).buffer);
  const places = Uint8Array.from(Buffer.concat(starts));
  pool.restore(text, new Uint32Array(places.buffer));
}

function restoreRows(columns: readonly Column[], bytes: Buffer, size: number): void {
  const [from, to] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  if (to > size) throw new SnapshotError(`row ${to} of ${size}`);
  let pos = 8;
  for (const column of columns) {
    const target = bytesOf(column, from, to);
    if (pos + target.length > bytes.length) throw new SnapshotError("rows end too early");
    target.set(bytes.subarray(pos, pos + target.length));
    pos += target.length;
  }
}

function restoreAside(tree: UnsTree, bytes: Uint8Array): void {
  const asides: readonly RowAside[] = deserialize(bytes); // its checksum says that `takeApart` wrote it
  for (const [id, value, definition] of asides) {
    if (value !== undefined) tree.values.setAside(id, value);
    if (definition !== undefined) tree.definitions.setAside(id, definition);
  }
}

/** Makes every metric last known; gives those of each member's last birth. */
function restoreMetrics(tree: UnsTree): ReadonlyMap<number, number[]> {
  const { rows, values, definitions } = tree;
  const born = new Map<number, number[]>();
  for (let id = 1; id < rows.size; id += 1) {
    const quality = values.quality(id);
    if (quality !== "none" && quality !== "last-known") {
      values.setQuality(id, "last-known", restoredReason(quality));
    }
    tree.restoreRow(id);
    if (!definitions.isBorn(id)) continue;
    const ids = born.get(definitions.memberRow(id)) ?? [];
    if (ids.push(id) === 1) born.set(definitions.memberRow(id), ids);
  }
  return born;
}

interface KeptSessions {
  readonly bytes: Buffer;
  readonly born: ReadonlyMap<number, readonly number[]>;
  /** Where there was a message after the snapshot. */
  readonly seqs: ExpectedSeqs;
}

function restoreSessions(tree: UnsTree, sessions: NodeSessions, kept: KeptSessions): void {
  const { rows } = tree;
  const all = z.array(keptSessionSchema).parse(deserialize(kept.bytes));
  for (const { rowId, devices, ...facts } of all) {
    const id = { groupId: rows.name(rows.parent(rowId)), edgeNodeId: rows.name(rowId) };
    const session = newSession(id, rowId);
    session.bdSeq = facts.bdSeq;
    session.expectedSeq = kept.seqs.has(rowId) ? kept.seqs.get(rowId) : facts.expectedSeq;
    session.mayResume = session.expectedSeq !== undefined;
    restoreMember(tree, session.own, { ...facts, rowId }, kept.born);
    for (const device of devices) {
      const member = newMember(device.rowId);
      restoreMember(tree, member, device, kept.born);
      session.devices.set(rows.name(device.rowId), member);
    }
    sessions.restore(session);
  }
}

/** Who was online is last known now; who was offline is offline still. */
function restoreMember(
  tree: UnsTree,
  member: Member,
  { state, isCut }: KeptMember,
  born: KeptSessions["born"],
): void {
  const ids = born.get(member.rowId) ?? [];
  const known = ids.flatMap((id) => {
    const alias = tree.definitions.alias(id);
    return alias === undefined ? [] : [{ alias, id }];
  });
  member.state = state === "offline" ? "offline" : "last-known";
  member.isCut = isCut;
  member.ids = Int32Array.from(ids);
  member.aliases = new AliasTable(
    known.map(({ alias }) => alias),
    known.map(({ id }) => id),
  );
  tree.setState(member.rowId, member.state);
}
