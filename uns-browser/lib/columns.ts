/** Which columns the tree shows, and how dense it is; kept in this browser. */
import { isRecord } from "./hub-request.ts";

/** In their order; name and value are always there. */
export const COLUMNS = ["unit", "type", "trend", "quality", "age", "rate"] as const;

export type ColumnKey = (typeof COLUMNS)[number];

export interface TreeLook {
  readonly columns: readonly ColumnKey[];
  readonly isCompact: boolean;
}

export const LOOK_KEY = "unshub.look";

export const USUAL_LOOK: TreeLook = {
  columns: ["unit", "trend", "quality", "age", "rate"],
  isCompact: false,
};

const WIDTHS: Readonly<Record<ColumnKey, string>> = {
  unit: "68px",
  type: "84px",
  trend: "106px",
  quality: "112px",
  age: "76px",
  rate: "72px",
};

/** The columns of the grid; what is left over stands at the end, so that a value stays beside its name. */
export function gridColumns({ columns }: TreeLook): string {
  const widths = COLUMNS.filter((key) => columns.includes(key)).map((key) => WIDTHS[key]);
  return ["minmax(200px, 400px)", "minmax(112px, 200px)", ...widths, "minmax(0, 1fr)"].join(" ");
}

export function withColumn({ columns, ...look }: TreeLook, key: ColumnKey): TreeLook {
  const wanted = columns.includes(key) ? columns.filter((one) => one !== key) : [...columns, key];
  return { ...look, columns: COLUMNS.filter((one) => wanted.includes(one)) };
}

export function parseLook(stored: string | null): TreeLook {
  try {
    const value: unknown = JSON.parse(stored ?? "null");
    if (!isRecord(value) || !Array.isArray(value["columns"])) return USUAL_LOOK;
    const chosen: readonly unknown[] = value["columns"];
    return {
      columns: COLUMNS.filter((key) => chosen.includes(key)),
      isCompact: value["isCompact"] === true,
    };
  } catch {
    return USUAL_LOOK; // somebody else wrote there
  }
}
