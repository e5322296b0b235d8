/**
 * What one field alone cannot tell: names used twice, ports used twice, anonymous access from outside, nothing that
 * listens. Works on the file as written, so that these problems show together with all others.
 */
import { isIP } from "node:net";
import type { ConfigProblem } from "@unshub/adapter";
import { z } from "zod";

const text = z.string().optional().catch(undefined);
const listener = z.looseObject({ host: text, port: z.number().optional().catch(undefined) });
const opcuaListener = listener.extend({
  security: z.array(z.unknown()).optional().catch(undefined),
});

/** As much of a configuration as can be made out; what is of the wrong kind, the schema has told. */
const sketch = z.looseObject({
  listeners: z
    .looseObject({
      mqtt: listener.optional().catch(undefined),
      mqtts: listener.optional().catch(undefined),
      ws: listener.optional().catch(undefined),
      wss: listener.optional().catch(undefined),
      psk: listener.optional().catch(undefined),
      http: listener.optional().catch(undefined),
      metrics: listener.optional().catch(undefined),
      opcua: opcuaListener.optional().catch(undefined),
    })
    .default({})
    .catch({}),
  identity: z
    .looseObject({ anonymous: text, insecure: z.boolean().optional().catch(undefined) })
    .default({})
    .catch({}),
  history: z
    .looseObject({
      record: z.boolean().optional().catch(undefined),
      rules: z
        .array(z.looseObject({ record: z.boolean().default(true) }))
        .default([])
        .catch([]),
    })
    .default({ rules: [] })
    .catch({ rules: [] }),
  replay: z.looseObject({ sparkplug: z.unknown().optional() }).default({}).catch({}),
  sinks: z
    .array(z.looseObject({ name: text, type: text }).catch({}))
    .default([])
    .catch([]),
  adapters: z
    .array(z.looseObject({ name: text, group: text, edgeNode: text }).catch({}))
    .default([])
    .catch([]),
});

type Sketch = z.output<typeof sketch>;

const USUAL_PORTS = {
  mqtt: 1883,
  mqtts: 8883,
  ws: 8083,
  wss: 8084,
  psk: 8885,
  http: 8080,
  metrics: 9464,
  opcua: 4840,
} as const;
const KINDS = ["mqtt", "mqtts", "ws", "wss", "psk", "http", "metrics", "opcua"] as const;

/** `input`: the file as YAML reads it. */
export function crossCheck(input: unknown): readonly ConfigProblem[] {
  const result = sketch.safeParse(input);
  if (!result.success) return [];
  const config = result.data;
  return [
    ...silence(config),
    ...doubleNames(config),
    ...sinkProblems(config),
    ...doublePorts(config),
    ...openDoors(config),
    ...readableDoor(config),
  ];
}

interface Door {
  readonly kind: (typeof KINDS)[number];
  readonly host: string;
  readonly port: number;
}

function doorsOf({ listeners }: Sketch): readonly Door[] {
  return KINDS.flatMap((kind) => {
    const found = listeners[kind];
    if (found === undefined) return [];
    return [{ kind, host: found.host ?? "127.0.0.1", port: found.port ?? USUAL_PORTS[kind] }];
  });
}

/** A hub that nobody can reach is a mistake, most likely an empty file. */
function silence({ listeners }: Sketch): readonly ConfigProblem[] {
  if (KINDS.some((kind) => kind !== "metrics" && kind in listeners)) return [];
  const message =
    "nothing listens: add listeners, e.g. { mqtt: {}, http: {} } for 127.0.0.1:1883 and :8080";
  return [{ path: ["listeners"], message }];
}

function doubleNames({ adapters }: Sketch): readonly ConfigProblem[] {
  const names = new Set<string>();
  const nodes = new Set<string>();
  return adapters.flatMap(({ name, group, edgeNode }, index) => {
    const problems: ConfigProblem[] = [];
    if (name !== undefined && names.has(name)) {
      problems.push({ path: ["adapters", index, "name"], message: `"${name}" is used twice` });
    }
    const node = `${group}/${edgeNode}`;
    if (edgeNode !== undefined && nodes.has(node)) {
      const message = `edge node "${node}" is used twice; one entry is one edge node`;
      problems.push({ path: ["adapters", index, "edgeNode"], message });
    }
    if (name !== undefined) names.add(name);
    nodes.add(node);
    return problems;
  });
}

/** They read the history, or the messages that are kept, and each keeps files by its name. */
function sinkProblems({ sinks, history, replay }: Sketch): readonly ConfigProblem[] {
  const message = "sinks carry what the history records; set history.record to true";
  const isFed = history.record !== false || history.rules.some((rule) => rule.record);
  const readers = sinks.filter(({ type }) => type !== "sparkplug");
  const unfed: readonly ConfigProblem[] =
    readers.length > 0 && !isFed ? [{ path: ["sinks"], message }] : [];
  const unkept = sinks.flatMap(({ type }, index): readonly ConfigProblem[] => {
    if (type !== "sparkplug" || replay.sparkplug !== undefined) return [];
    const needed = "carries what replay.sparkplug keeps; add it, e.g. replay: { sparkplug: {} }";
    return [{ path: ["sinks", index, "type"], message: needed }];
  });
  const names = sinks.map(({ name }) => name?.toLowerCase());
  const double = names.flatMap((name, index): readonly ConfigProblem[] => {
    if (name === undefined || names.indexOf(name) === index) return [];
    return [{ path: ["sinks", index, "name"], message: `"${name}" is used twice` }];
  });
  return [...unfed, ...unkept, ...double];
}

function doublePorts(config: Sketch): readonly ConfigProblem[] {
  const doors = doorsOf(config);
  return doors.flatMap((door, index) => {
    const other = doors.slice(0, index).find((before) => collide(before, door));
    if (other === undefined) return [];
    const message = `${door.host}:${door.port} is also listeners.${other.kind}`;
    return [{ path: ["listeners", door.kind, "port"], message }];
  });
}

function collide(a: Door, b: Door): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || isWildcard(a.host) || isWildcard(b.host);
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Anyone who reaches a public address could read and write the plant: that must be said, not slipped into. */
function openDoors(config: Sketch): readonly ConfigProblem[] {
  const { anonymous = "full", insecure = false } = config.identity;
  if (insecure || anonymous === "none") return [];
  return doorsOf(config).flatMap(({ kind, host }) => {
    if (isLoopback(host) || kind === "metrics") return []; // figures only: nothing of the plant
    if (kind === "psk") return []; // nobody comes in there without a key
    const message =
      `${host} can be reached from other machines while anyone may come in ` +
      `(identity.anonymous: ${anonymous}); listen at 127.0.0.1, or say identity.insecure: true`;
    return [{ path: ["listeners", kind, "host"], message }];
  });
}

/** Passwords and values would travel readable, and no client be known by a certificate. */
function readableDoor({ listeners: { opcua }, identity }: Sketch): readonly ConfigProblem[] {
  const at = opcua?.security?.indexOf("None") ?? -1;
  if (at < 0 || identity.insecure === true || isLoopback(opcua?.host ?? "127.0.0.1")) return [];
  const message =
    `None lets anyone read along at ${opcua?.host}, which can be reached from other machines; ` +
    "leave it out, or say identity.insecure: true";
  return [{ path: ["listeners", "opcua", "security", at], message }];
}

/** Whether only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
