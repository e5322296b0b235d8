/** What can be named: by its path in the plant, or by that in the tree. What the caller may not see is not there. */
import { joinPath, timeText, valueJson } from "../tree/index.ts";
import { browse, worthOf } from "../uns/index.ts";
import { ToolFault, type McpCaller, type McpRooms } from "./rooms.ts";
import { cut, cutValue, quoted } from "./texts.ts";

/** A value with what it is worth. */
export interface Vqt {
  readonly elementId: string;
  readonly value: unknown;
  readonly quality: "Good" | "Uncertain" | "Bad" | "GoodNoData";
  /** RFC 3339, UTC, by the clock of its source. */
  readonly timestamp: string | null;
  readonly unit?: string | undefined;
  /** Why it is not good. */
  readonly reason?: string | undefined;
}

export class Elements {
  readonly #rooms: Pick<McpRooms, "tree" | "paths">;
  readonly #caller: Pick<McpCaller, "sight">;

  constructor(rooms: Pick<McpRooms, "tree" | "paths">, caller: Pick<McpCaller, "sight">) {
    this.#rooms = rooms;
    this.#caller = caller;
  }

  /** The row of an element; `undefined`: there is none, or not for the caller. */
  find(elementId: string): number | undefined {
    const { tree, paths } = this.#rooms;
    const placed = paths.find(elementId);
    if (placed !== undefined && this.#caller.sight.sees(placed)) return placed;
    const id = tree.find(elementId);
    return id !== undefined && tree.rows.has(id) && this.#caller.sight.sees(id) ? id : undefined;
  }

  /** @throws {ToolFault} when there is none. */
  row(elementId: string): number {
    const found = this.find(elementId);
    if (found !== undefined) return found;
    throw new ToolFault(`there is nothing at ${quoted(elementId)}: try uns_search or uns_browse`);
  }

  /** Whether a level of the plant stands at a path with something on it that the caller sees. */
  isPlace(path: string): boolean {
    const { tree, paths } = this.#rooms;
    const sees = (id: number): boolean => this.#caller.sight.sees(id);
    return path !== "" && browse({ tree, paths, sees }, path) !== undefined;
  }

  idOf(row: number): string {
    return this.#rooms.paths.pathOf(row) ?? this.treePath(row);
  }

  treePath(row: number): string {
    return joinPath(this.#rooms.tree.segments(row));
  }

  /** `row`: of a metric. */
  vqt(row: number): Vqt {
    const now = this.#rooms.tree.metric(row);
    const elementId = this.idOf(row);
    if (now === undefined) {
      return { elementId, value: null, quality: "GoodNoData", timestamp: null };
    }
    const { value, quality } = worthOf(now.value, now.quality);
    const { info, reason, timestamp } = now;
    return {
      elementId,
      value: cutValue(valueJson(value, info.datatype)),
      quality,
      timestamp: timestamp === undefined ? null : (timeText(timestamp) ?? null),
      ...(info.unit !== undefined && { unit: cut(info.unit) }),
      ...(reason !== undefined && { reason: cut(reason) }),
    };
  }

  /** Metrics below a row that the caller sees, at most `most`, down to `depth` levels; 0: all. Devices are for themselves. */
  metricsBelow(row: number, depth: number, most: number): readonly number[] {
    const { rows } = this.#rooms.tree;
    const found: number[] = [];
    const walk = (parent: number, level: number): void => {
      for (const child of rows.children(parent)) {
        if (found.length >= most) return;
        if (!this.#caller.sight.sees(child)) continue;
        if (rows.isMetric(child)) found.push(child);
        else if (rows.kind(child) !== "device" && (depth === 0 || level < depth)) {
          walk(child, level + 1);
        }
      }
    };
    walk(row, 1);
    return found;
  }
}

/** The letters of a time as people write it, or an epoch in milliseconds. @throws {ToolFault} */
export function timeIn(text: string, what: string): number {
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw new ToolFault(`${what}: write it as 2026-11-23T05:40:00Z`);
}
