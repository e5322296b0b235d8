/** Everything that is measured, in the order of the table. What to reach is in the README. */
import type { Load, Payload, Routing, Scenario, Target } from "./scenario.ts";

const PLAIN: Payload = { kind: "plain", bytes: 200 };
/** What the Open MQTT Benchmark Suite sends; of its rates and connections we take what two cores can carry. */
const SMALL: Payload = { kind: "plain", bytes: 16 };
const DDATA: Payload = { kind: "sparkplug", metrics: 10 };
/** Less than 1 MB of 200-byte messages for each subscriber: no server has a reason to drop. */
const FLOW: Load = { kind: "flow", windowMessages: 4000 };

const SHAPES: readonly (readonly [
  name: string,
  publishers: number,
  subscribers: number,
  routing: Routing,
])[] = [
  ["50-1", 50, 1, "all"],
  ["1-50", 1, 50, "all"],
  ["50-50", 50, 50, "pairs"],
  ["1-1", 1, 1, "all"],
];

const BASE = {
  routing: "all",
  qos: 0,
  payload: PLAIN,
  load: FLOW,
  persistent: false,
  target: undefined,
} as const;

/** 1→1 is measured, but nothing was promised for it. */
function times(atLeast: number, name: string): Target | undefined {
  return name === "1-1" ? undefined : { kind: "messages per CPU second", atLeast };
}

function saturating(): readonly Scenario[] {
  return SHAPES.flatMap(([name, publishers, subscribers, routing]) => {
    const shape = { ...BASE, publishers, subscribers, routing };
    const arrow = `${publishers} → ${subscribers}`;
    const qos1Target = name === "1-50" ? undefined : times(4, name);
    return [
      { ...shape, name, says: `${arrow}, QoS 0, 200 B`, target: times(10, name) },
      { ...shape, name: `${name}-q1`, says: `${arrow}, QoS 1, 200 B`, qos: 1, target: qos1Target },
      {
        ...shape,
        name: `${name}-ddata`,
        says: `${arrow}, DDATA of 10 metrics`,
        payload: DDATA,
        target: times(3, name),
      },
    ] as const;
  });
}

const ON_DISK: Target = { kind: "messages per CPU second", atLeast: 1 };

export const SCENARIOS: readonly Scenario[] = [
  ...saturating(),
  {
    ...BASE,
    name: "persistent",
    says: "50 → 1, QoS 1, session on disk, online",
    publishers: 50,
    subscribers: 1,
    qos: 1,
    persistent: true,
    target: ON_DISK,
  },
  {
    ...BASE,
    name: "offline",
    says: "50 → 1, QoS 1, session on disk, away",
    publishers: 50,
    subscribers: 1,
    qos: 1,
    persistent: true,
    load: { kind: "offline", messages: 48_000 },
    target: ON_DISK,
  },
  {
    ...BASE,
    name: "plant",
    says: "500 → 500, 10 msg/s each, QoS 0, 200 B",
    publishers: 500,
    subscribers: 500,
    routing: "pairs",
    load: { kind: "paced", perSecondEach: 10 },
    target: { kind: "CPU and p99", cpuAtMost: 1.3, p99AtMost: 1.5 },
  },
  {
    ...BASE,
    name: "omb-fan-out",
    says: "OMB fan-out: 5 → 1000, 25 msg/s, QoS 1, 16 B",
    publishers: 5,
    subscribers: 1000,
    qos: 1,
    payload: SMALL,
    load: { kind: "paced", perSecondEach: 5 },
  },
  {
    ...BASE,
    name: "omb-p2p",
    says: "OMB p2p: 500 → 500, 5 000 msg/s, QoS 1, 16 B",
    publishers: 500,
    subscribers: 500,
    routing: "pairs",
    qos: 1,
    payload: SMALL,
    load: { kind: "paced", perSecondEach: 10 },
  },
  {
    ...BASE,
    name: "omb-fan-in",
    says: "OMB fan-in: 500 → 5 shared, 5 000 msg/s, QoS 1, 16 B",
    publishers: 500,
    subscribers: 5,
    routing: "shared",
    qos: 1,
    payload: SMALL,
    load: { kind: "paced", perSecondEach: 10 },
  },
  {
    ...BASE,
    name: "idle",
    says: "5 000 idle connections",
    publishers: 0,
    subscribers: 0,
    load: { kind: "idle", connections: 5000 },
  },
];
