/** The pages of the hub that stand in the navigation, in its order; a new page is a line here. */
import { texts } from "./texts.ts";

export type PageKey =
  | "ns"
  | "nodes"
  | "diag"
  | "clients"
  | "adapters"
  | "commands"
  | "audit"
  | "trust"
  | "settings";

interface PageEntry {
  readonly key: PageKey;
  readonly href: string;
  readonly name: string;
  readonly icon:
    | "folder"
    | "edgeNode"
    | "pulse"
    | "plug"
    | "device"
    | "send"
    | "list"
    | "shield"
    | "sliders";
  /** What one must be allowed to do, in the hub's words. */
  readonly needs: string;
  /** Pressed after `g`. */
  readonly letter: string;
}

const { pages } = texts;

export const PAGES: readonly PageEntry[] = [
  { key: "ns", href: "/ns/", name: pages.ns, icon: "folder", needs: "read values", letter: "n" },
  {
    key: "nodes",
    href: "/nodes/",
    name: pages.nodes,
    icon: "edgeNode",
    needs: "read diagnostics",
    letter: "s",
  },
  {
    key: "diag",
    href: "/diag/",
    name: pages.diag,
    icon: "pulse",
    needs: "read diagnostics",
    letter: "d",
  },
  {
    key: "clients",
    href: "/clients/",
    name: pages.clients,
    icon: "plug",
    needs: "read diagnostics",
    letter: "l",
  },
  {
    key: "adapters",
    href: "/adapters/",
    name: pages.adapters,
    icon: "device",
    needs: "read diagnostics",
    letter: "a",
  },
  {
    key: "commands",
    href: "/commands/",
    name: pages.commands,
    icon: "send",
    needs: "read diagnostics",
    letter: "c",
  },
  {
    key: "audit",
    href: "/audit/",
    name: pages.audit,
    icon: "list",
    needs: "read audit",
    letter: "u",
  },
  {
    key: "trust",
    href: "/trust/",
    name: pages.trust,
    icon: "shield",
    needs: "read diagnostics",
    letter: "t",
  },
  {
    key: "settings",
    href: "/settings/",
    name: pages.settings,
    icon: "sliders",
    needs: "read values",
    letter: "e",
  },
];

/** Where `g` and then a letter lead. */
export function pageAt(letter: string): string | null {
  return PAGES.find((page) => page.letter === letter)?.href ?? null;
}
