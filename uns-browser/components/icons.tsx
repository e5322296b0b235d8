/** Icons as inline SVG: never characters, because a panel PC may lack the font. Shapes after lucide (ISC licence). */
import type { NodeKind } from "@unshub/hub/feed";
import type { PillState } from "../lib/pill.ts";
import type { Quality } from "../lib/quality.ts";

const PATHS = {
  chevron: ["m9 18 6-6-6-6"],
  search: ["M11 3a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "m21 21-4.3-4.3"],
  pause: ["M9 4v16", "M15 4v16"],
  play: ["M7 4v16l13-8Z"],
  sun: [
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
    "M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M6.3 17.7l-1.4 1.4M19.1 4.9l-1.4 1.4",
  ],
  moon: ["M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9Z"],
  monitor: [
    "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Z",
    "M8 21h8M12 17v4",
  ],
  help: [
    "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z",
    "M9.1 9a3 3 0 0 1 5.8 1c0 2-3 3-3 3M12 17h.01",
  ],
  copy: [
    "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2V10a2 2 0 0 1 2-2Z",
    "M4 16a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2",
  ],
  check: ["M20 6 9 17l-5-5"],
  cross: ["M18 6 6 18M6 6l12 12"],
  clock: ["M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z", "M12 6v6l4 2"],
  hourglass: [
    "M5 22h14M5 2h14",
    "M17 22v-4.2a2 2 0 0 0-.6-1.4L12 12l-4.4 4.4a2 2 0 0 0-.6 1.4V22",
    "M7 2v4.2a2 2 0 0 0 .6 1.4L12 12l4.4-4.4a2 2 0 0 0 .6-1.4V2",
  ],
  power: ["M12 2v10", "M18.4 6.6a9 9 0 1 1-12.8 0"],
  unlink: [
    "m18.8 12.3 1.8-1.8a5 5 0 0 0-7-7l-1.8 1.7",
    "m5.2 11.8-1.7 1.7a5 5 0 0 0 7 7l1.7-1.7",
    "M8 2v3M2 8h3M16 19v3M19 16h3",
  ],
  group: [
    "M2 20a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8l-7 5V8l-7 5V4a2 2 0 0 0-2-2H4a2 2 0 0 0-2 2Z",
    "M17 18h1M12 18h1M7 18h1",
  ],
  edgeNode: [
    "M4 2h16a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2Z",
    "M4 14h16a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-4a2 2 0 0 1 2-2Z",
    "M6 6h.01M6 18h.01",
  ],
  device: [
    "M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z",
    "M9 9h6v6H9Z",
    "M15 2v2M15 20v2M2 15h2M2 9h2M20 15h2M20 9h2M9 2v2M9 20v2",
  ],
  folder: [
    "M20 20a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-7.9a2 2 0 0 1-1.7-.9l-.8-1.2A2 2 0 0 0 7.9 3H4a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2Z",
  ],
  sliders: [
    "M4 6h9M19 6h1M4 12h1M11 12h9M4 18h9M19 18h1",
    "M16 3.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM8 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM16 15.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  ],
  globe: [
    "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z",
    "M2 12h20M12 2a15 15 0 0 1 0 20 15 15 0 0 1 0-20Z",
  ],
  user: ["M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z", "M4 21v-1a5 5 0 0 1 5-5h6a5 5 0 0 1 5 5v1"],
  people: [
    "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2",
    "M9 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
    "M22 21v-2a4 4 0 0 0-3-3.9M16 3.1a4 4 0 0 1 0 7.8",
  ],
  unlock: [
    "M5 11h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2Z",
    "M7 11V7a5 5 0 0 1 9.9-1",
  ],
  shield: ["M12 22s8-4 8-10V5l-8-3-8 3v7c0 6 8 10 8 10Z"],
  pulse: ["M22 12h-4l-3 9L9 3l-3 9H2"],
  send: ["m22 2-7 20-4-9-9-4Z", "M22 2 11 13"],
  left: ["m15 18-6-6 6-6"],
  right: ["m9 18 6-6-6-6"],
  wider: ["M11 3a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "m21 21-4.3-4.3M7.5 11h7"],
  pin: ["M12 17v5", "M9 3h6l-1 7 3 3v2H7v-2l3-3Z"],
  plug: ["M12 22v-5", "M9 8V2M15 8V2", "M18 8v5a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4V8Z"],
  list: ["M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01"],
  download: ["M12 3v12", "m7 10 5 5 5-5", "M4 21h16"],
  bin: ["M3 6h18", "M8 6V4h8v2", "M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6", "M10 11v6M14 11v6"],
  dots: ["M5 12h.01M12 12h.01M19 12h.01"],
  dashes: ["M5 12h3M10.5 12h3M16 12h3"],
} satisfies Record<string, readonly string[]>;

const FILLED = {
  disc: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z",
  half: "M12 4a8 8 0 1 0 0 16Z",
  triangle: "M12 4 22 20H2Z",
  square: "M5 5h14v14H5Z",
  bars: "M6 4h4v16H6ZM14 4h4v16h-4Z",
  bar: "M8 3h8v18H8Z",
} satisfies Record<string, string>;

export type IconName = keyof typeof PATHS | keyof typeof FILLED;

export function Icon({
  name,
  className = "size-4",
}: {
  readonly name: IconName;
  readonly className?: string;
}) {
  const isFilled = Object.hasOwn(FILLED, name);
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill={isFilled ? "currentColor" : "none"}
      stroke={isFilled ? "none" : "currentColor"}
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {pathsOf(name).map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}

const ALL: Readonly<Record<IconName, readonly string[]>> = {
  ...PATHS,
  disc: [FILLED.disc],
  half: [FILLED.half, "M12 4a8 8 0 0 1 0 16v-2a6 6 0 0 0 0-12Z"],
  triangle: [FILLED.triangle],
  square: [FILLED.square],
  bars: [FILLED.bars],
  bar: [FILLED.bar],
};

function pathsOf(name: IconName): readonly string[] {
  return ALL[name];
}

export const QUALITY_ICONS = {
  good: "disc",
  stale: "clock",
  bad: "cross",
  offline: "power",
  uncertain: "help",
  none: "dashes",
  "last-known": "unlink",
  silent: "hourglass",
} as const satisfies Record<Quality, IconName>;

export const PILL_ICONS = {
  live: "disc",
  reconnecting: "triangle",
  paused: "bars",
  lagging: "half",
  restarted: "square",
  past: "clock",
} as const satisfies Record<PillState, IconName>;

export const KIND_ICONS = {
  group: "group",
  edgeNode: "edgeNode",
  device: "device",
  folder: "folder",
  metric: null,
  place: "group",
  topic: "list",
} as const satisfies Record<NodeKind, IconName | null>;
