/** `/api/v1/pins`: what everybody has in view who may read it, and who may change that. */
import { z } from "zod";
import { MOST_SHARED_PINS, pinnedPath, type SharedPins } from "../feed/index.ts";
import type { Access } from "../identity/index.ts";
import { joinPath, splitPath, type UnsTree } from "../tree/index.ts";
import { problem, type Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface PinRoutes {
  readonly pins: SharedPins;
  readonly tree: Pick<UnsTree, "find">;
  readonly access: Pick<Access, "carryOut">;
}

const changed = z.array(pinnedPath).max(MOST_SHARED_PINS).default([]);
const shown = z.object({
  paths: z
    .array(z.string())
    .describe("Those that whoever asks may read, also of rows that are not there now"),
});
const shared = { path: "/api/v1/pins", tag: "Namespace", answers: { 200: shown } } as const;

export function addPinRoutes(routes: Routes, rooms: PinRoutes): void {
  routes.add({
    ...shared,
    method: "GET",
    summary: "Metrics and branches that are pinned for everybody who may read them",
    needs: "read values",
    handle: ({ caller }) => ({ paths: shownTo(caller, rooms) }),
  });
  routes.add({
    ...shared,
    method: "POST",
    summary: "Pins metrics and branches for everybody, or no longer",
    needs: "edit configuration",
    body: z.strictObject({ add: changed, remove: changed }),
    problems: [404, 409],
    handle: ({ body: { add, remove }, caller }) => {
      const wish = { add: add.map(plainly), remove: remove.map(plainly) };
      return faultOf(wish, caller, rooms) ?? change(wish, caller, rooms);
    },
  });
}

interface Wish {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

function change(
  { add, remove }: Wish,
  caller: Caller,
  rooms: PinRoutes,
): { paths: readonly string[] } {
  const { pins, access } = rooms;
  const own = remove.filter((path) => sees(caller, path, rooms)); // what he may not read does not exist for him
  const after = pins.after({ add, remove: own });
  if (after.length !== pins.paths.length || after.some((path, at) => path !== pins.paths[at])) {
    const deed = {
      action: "shared pins changed",
      object: "shared pins",
      after: { add, remove: own },
    };
    access.carryOut(caller.changer, deed, () => pins.put(after));
  }
  return { paths: shownTo(caller, rooms) };
}

function faultOf(wish: Wish, caller: Caller, { pins }: PinRoutes): Problem | undefined {
  if (pins.fault !== undefined) return problem(409, pins.fault);
  const missing = wish.add.find((path) => caller.sight.find(path) === undefined);
  if (missing !== undefined) return problem(404, `there is no "${missing}" in the namespace`);
  return pins.after(wish).length > MOST_SHARED_PINS
    ? problem(409, `at most ${MOST_SHARED_PINS} pins are shared; take one away first`)
    : undefined;
}

function shownTo(caller: Caller, rooms: PinRoutes): string[] {
  return rooms.pins.paths.filter((path) => sees(caller, path, rooms));
}

/** Whether somebody may know of a path: rights reach down to devices, so one that is not there now is judged by its names. */
function sees({ sight, reach }: Caller, path: string, { tree }: PinRoutes): boolean {
  if (sight.find(path) !== undefined) return true;
  if (tree.find(path) !== undefined) return false;
  const [group = "", edgeNode, device] = splitPath(path) ?? [];
  const place = {
    group,
    ...(edgeNode !== undefined && { edgeNode }),
    ...(device !== undefined && { device }),
  };
  return reach.of(place) === "all";
}

/** One spelling for each path. */
function plainly(path: string): string {
  const segments = splitPath(path);
  return segments === undefined ? path : joinPath(segments);
}
