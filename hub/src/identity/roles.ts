/** What people and programs may do with the hub itself. What they may do with the plant is in their grants. */

/** Least first; each may what the one before may, except that `admin` does not command the plant by that alone. */
export const ROLES = ["viewer", "operator", "engineer", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Kinds of things that are done over HTTP, the page and MCP. */
export type Action =
  | "read values"
  | "read diagnostics"
  | "request rebirth"
  /** Says that somebody knows of them, or wants to hear no more of them for a time. */
  | "answer findings"
  | "write metrics"
  /** Needs a grant `command` for the metric, too. */
  | "correct history"
  | "edit configuration"
  | "end clients"
  | "manage identities"
  | "read audit"
  | "backup";

/** A write needs a grant `command` for the metric besides; reading sees only what `read` grants. */
const ALLOWED: Readonly<Record<Role, ReadonlySet<Action>>> = {
  viewer: new Set<Action>(["read values"]),
  operator: new Set<Action>([
    "read values",
    "read diagnostics",
    "request rebirth",
    "answer findings",
    "write metrics",
  ]),
  engineer: new Set<Action>([
    "read values",
    "read diagnostics",
    "request rebirth",
    "answer findings",
    "write metrics",
    "correct history",
    "edit configuration",
    "end clients",
  ]),
  admin: new Set<Action>([
    "read values",
    "read diagnostics",
    "request rebirth",
    "answer findings",
    "edit configuration",
    "end clients",
    "manage identities",
    "read audit",
    "backup",
  ]),
};

/** Whether whoever has this role may do such things at all. */
export function roleAllows(role: Role, action: Action): boolean {
  return ALLOWED[role].has(action);
}

/** Everything that a role may do. */
export function actionsOf(role: Role): readonly Action[] {
  return [...ALLOWED[role]];
}
