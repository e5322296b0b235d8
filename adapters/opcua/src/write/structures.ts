/**
 * Commands to structures and their members. A server takes a structure only as a whole, so it is read, changed and written.
 * No server can do that in one step: what it changes itself between our reading and our writing is written over. That is
 * one round trip, and a structure that changes by itself within two of them is not written at all.
 */
import { rejected, type WriteCommand, type WriteResult } from "@unshub/adapter";
import type { DataValue, Variant } from "node-opcua-client";
import { firstLine } from "../errors.ts";
import { jsonText } from "../values/json-text.ts";
import { leafValue } from "../values/leaf.ts";
import { isOpaque } from "../values/structure.ts";
import { signatureOf } from "../values/tag-node.ts";
import type { MemberValue } from "./command-value.ts";
import { withMember } from "./structure-value.ts";
import { readValue, type NodeWrite, type WriteLink, type WritePlace } from "./write-nodes.ts";

/** A command to a structure, before that was read. */
export interface StructureWrite extends WritePlace {
  readonly member: MemberValue;
}

/** So often a structure is looked at, to have it the same twice. */
const MOST_LOOKS = 4;

/** Why a structure is not written. */
interface Refusal {
  /** Of several commands to it: whose fault it is; left out: nobody's. */
  readonly by?: StructureWrite;
  readonly rejection: "bad_value" | "by_device" | "failed";
  readonly because: string;
}

/** All of `writes` with what goes out; or, if one does not fit, what is said to each: nothing goes out then. */
export async function fillStructures(
  link: WriteLink,
  writes: readonly StructureWrite[],
): Promise<readonly NodeWrite[] | ReadonlyMap<WriteCommand, WriteResult>> {
  const filled: NodeWrite[] = [];
  for (const members of Map.groupBy(writes, placeOf).values()) {
    const made = await fill(link, members);
    if ("rejection" in made) return refusals(writes, made, link.now());
    for (const write of members) {
      const { member: _member, ...place } = write;
      const root: unknown = made.variant.value;
      filled.push({ ...place, variant: made.variant, ...shownBy(write, root) });
    }
  }
  return filled;
}

/** Several tags may stand for one node. */
function placeOf({ nodeId, item }: StructureWrite): string {
  return JSON.stringify([nodeId.toString(), item.node.tag.indexRange]);
}

function refusals(
  writes: readonly StructureWrite[],
  { by, rejection, because }: Refusal,
  at: number,
): ReadonlyMap<WriteCommand, WriteResult> {
  return new Map(
    writes.map((write) => {
      const { command } = write;
      const isCulprit = by === undefined || by === write;
      const why = `it is written together with ${by?.command.metric}, which was rejected`;
      return [
        command,
        isCulprit
          ? rejected(command, rejection, { because, at })
          : rejected(command, "group_incomplete", { because: why, at }),
      ];
    }),
  );
}

/** As it goes out, when what is not written stands still: filled in twice, it comes to the same. */
async function fill(
  link: WriteLink,
  members: readonly StructureWrite[],
): Promise<{ readonly variant: Variant } | Refusal> {
  let before: string | undefined;
  for (let look = 1; look <= MOST_LOOKS; look += 1) {
    const filled = await fillOnce(link, members);
    if ("rejection" in filled || members.some(isWhole)) return filled;
    const now = jsonText(filled.variant.value);
    if (now === before) return filled;
    before = now;
  }
  const because =
    "other members of its structure change all the time, and writing it would set them back; write it by a method, or have the server offer the member as a node of its own";
  return { rejection: "by_device", because };
}

/** All members have to be named then. */
function isWhole({ member: { leaf } }: StructureWrite): boolean {
  return leaf.path.length === 0 && leaf.shape.kind === "json";
}

async function fillOnce(
  link: WriteLink,
  members: readonly StructureWrite[],
): Promise<{ readonly variant: Variant } | Refusal> {
  const [first] = members;
  if (first === undefined) return { rejection: "failed", because: "nothing was asked" };
  const found = await lookAt(link, first);
  if ("rejection" in found) return found;
  const { variant } = found;
  for (const by of members) {
    const made = withMember(variant.value, by.member, link.library);
    if ("fault" in made) return { by, rejection: "bad_value", because: made.fault };
    const misfit = misfitOf(made.raw, variant);
    if (misfit !== undefined) return { by, rejection: "bad_value", because: misfit };
    variant.value = made.raw;
  }
  return found;
}

/** The library sends a matrix that lacks elements as it is, and the server would give the connection up. */
function misfitOf(raw: unknown, { dimensions }: Variant): string | undefined {
  const [first, ...rest] = dimensions ?? [];
  if (first === undefined || !Array.isArray(raw)) return undefined;
  const wanted = rest.reduce((product, length) => product * length, first);
  return raw.length === wanted ? undefined : `expected ${wanted} elements, not ${raw.length}`;
}

async function lookAt(
  { connection }: WriteLink,
  place: StructureWrite,
): Promise<{ readonly variant: Variant } | Refusal> {
  let data: DataValue;
  try {
    data = await readValue(connection, place);
  } catch (cause) {
    const because = `its structure was not read, so nothing was written: ${firstLine(cause)}`;
    return { rejection: "failed", because };
  }
  const { statusCode, value: variant } = data;
  const isGood = statusCode.value >>> 30 === 0;
  const isBorn = signatureOf(variant) === place.item.node.signature && !isOpaque(variant.value);
  if (isGood && isBorn) return { variant };
  const because = isGood
    ? "the server shows another type there than at birth"
    : `the server has no good value to put it into: ${statusCode.name}`;
  return { rejection: "by_device", because };
}

/** What is not one value is compared as what it is shown as. */
function shownBy(
  { member: { leaf }, item }: StructureWrite,
  root: unknown,
): { readonly shows?: string } {
  if (leaf.shape.kind === "scalar" || leaf.shape.kind === "array") return {};
  const shown = leafValue(root, leaf, item.node.tag.values);
  return "value" in shown ? { shows: jsonText(shown.value) } : {};
}
