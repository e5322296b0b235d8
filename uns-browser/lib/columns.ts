/** Which columns the tree shows, how wide they are, and how dense it is; kept in this browser. */
import { isRecord } from "./hub-request.ts";

/** In their order; name and value are always there. */
export const COLUMNS = ["unit", "type", "trend", "quality", "age", "rate", "retained"] as const;

export type ColumnKey = (typeof COLUMNS)[number];

/** A column that can be made wider. */
export type WideKey = ColumnKey | "name" | "value";

type Widths = Readonly<Partial<Record<WideKey, number>>>;

export interface TreeLook {
  readonly columns: readonly ColumnKey[];
  readonly isCompact: boolean;
  /** In pixels, of columns that somebody made wider or narrower. */
  readonly widths: Widths;
}

export const LOOK_KEY = "unshub.look";

export const USUAL_LOOK: TreeLook = {
  columns: ["unit", "trend", "quality", "age", "rate", "retained"],
  isCompact: false,
  widths: {},
};

const USUAL_WIDTHS: Readonly<Record<WideKey, string>> = {
  name: "minmax(200px, 400px)",
  value: "minmax(112px, 200px)",
  unit: "68px",
  type: "84px",
  trend: "106px",
  quality: "112px",
  age: "76px",
  rate: "72px",
  retained: "72px",
};

/** Two values stand in a row. */
const COMPARED_WIDTH = "minmax(168px, 300px)";

const LEAST_PX = 40;
const MOST_PX = 1000;

/**
 * The columns of the grid; what is left over stands at the end, so that a value stays beside its name.
 * @param isComparing two values stand in a row
 */
export function gridColumns({ columns, widths }: TreeLook, isComparing = false): string {
  const shown: readonly WideKey[] = [
    "name",
    "value",
    ...COLUMNS.filter((key) => columns.includes(key)),
  ];
  const all = shown.map((key) => {
    const own = widths[key];
    if (own !== undefined) return `${own}px`;
    return key === "value" && isComparing ? COMPARED_WIDTH : USUAL_WIDTHS[key];
  });
  return [...all, "minmax(0, 1fr)"].join(" ");
}

export function withColumn({ columns, ...look }: TreeLook, key: ColumnKey): TreeLook {
  const wanted = columns.includes(key) ? columns.filter((one) => one !== key) : [...columns, key];
  return { ...look, columns: COLUMNS.filter((one) => wanted.includes(one)) };
}

/** @param px `null`: as wide as usual */
export function withWidth(look: TreeLook, key: WideKey, px: number | null): TreeLook {
  const { [key]: _before, ...others } = look.widths;
  return { ...look, widths: px === null ? others : { ...others, [key]: allowed(px) } };
}

function allowed(px: number): number {
  return Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, px)));
}

export function parseLook(stored: string | null): TreeLook {
  try {
    const value: unknown = JSON.parse(stored ?? "null");
    if (!isRecord(value) || !Array.isArray(value["columns"])) return USUAL_LOOK;
    const chosen: readonly unknown[] = value["columns"];
    return {
      columns: COLUMNS.filter((key) => chosen.includes(key)),
      isCompact: value["isCompact"] === true,
      widths: parseWidths(value["widths"]),
    };
  } catch {
    return USUAL_LOOK; // somebody else wrote there
  }
}

function parseWidths(value: unknown): Widths {
  if (!isRecord(value)) return {};
  const widths: Partial<Record<WideKey, number>> = {};
  for (const key of ["name", "value", ...COLUMNS] as const) {
    const px = value[key];
    if (typeof px === "number" && Number.isFinite(px)) widths[key] = allowed(px);
  }
  return widths;
}
