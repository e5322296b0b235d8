/**
 * Who may do what at the hub, as a table: read off the words of the documentation, not off the code. `{own}` is the edge
 * node of the principal, `{name}` its name. What is not named is forbidden.
 */
import type { Role } from "../../hub/src/identity/index.ts";

/** Topics to which everybody tries to publish, plainly and retained, and with which everybody tries to make a Will. */
export const TOPICS = {
  "own NBIRTH": "spBv1.0/P1/NBIRTH/{own}",
  "own NDATA": "spBv1.0/P1/NDATA/{own}",
  "own NDEATH": "spBv1.0/P1/NDEATH/{own}",
  "own DBIRTH d1": "spBv1.0/P1/DBIRTH/{own}/d1",
  "own DDATA d1": "spBv1.0/P1/DDATA/{own}/d1",
  "own DDEATH d1": "spBv1.0/P1/DDEATH/{own}/d1",
  "own DDATA d2": "spBv1.0/P1/DDATA/{own}/d2",
  "own NCMD": "spBv1.0/P1/NCMD/{own}",
  "own DCMD d1": "spBv1.0/P1/DCMD/{own}/d1",
  "other NBIRTH": "spBv1.0/P1/NBIRTH/other",
  "other NDEATH": "spBv1.0/P1/NDEATH/other",
  "other DDATA d1": "spBv1.0/P1/DDATA/other/d1",
  "other NCMD": "spBv1.0/P1/NCMD/other",
  "other DCMD d1": "spBv1.0/P1/DCMD/other/d1",
  "own in P2": "spBv1.0/P2/NDATA/{own}",
  "NCMD in P2": "spBv1.0/P2/NCMD/{own}",
  "STATE scada": "spBv1.0/STATE/scada",
  "STATE other": "spBv1.0/STATE/other",
  "mes own": "mes/{name}/x",
  "mes other": "mes/somebody/x",
  plain: "plain",
  "no such type": "spBv1.0/P1/XDATA/{own}",
  "device at NDATA": "spBv1.0/P1/NDATA/{own}/d1",
  "no device at DDATA": "spBv1.0/P1/DDATA/{own}",
  "too long": "spBv1.0/P1/DDATA/{own}/d1/x",
  "upper case": "SPBV1.0/P1/NDATA/{own}",
  "slash behind": "spBv1.0/P1/NDATA/{own}/",
  "slash before": "/spBv1.0/P1/NDATA/{own}",
  "wide letters": "spBv1.0/P1/NDATA/\u{FF47}\u{FF57}",
  "invisible letter": "spBv1.0/P1/NDATA/{own}\u200B",
  "other version": "spAv1.0/P1/NDATA/{own}",
  "hub's certificates": "$sparkplug/certificates/spBv1.0/P1/NBIRTH/{own}",
  "hub's figures": "$SYS/broker/uptime",
  "hub's findings": "$UNS/findings/x",
} as const;

/** Filters to which everybody tries to subscribe. */
export const FILTERS = {
  everything: "#",
  "all of Sparkplug": "spBv1.0/#",
  "any type": "+/P1/NDATA/{own}",
  "group P1": "spBv1.0/P1/#",
  "group P2": "spBv1.0/P2/#",
  "own NCMD": "spBv1.0/P1/NCMD/{own}",
  "own NCMD and below": "spBv1.0/P1/NCMD/{own}/#",
  "own DCMD": "spBv1.0/P1/DCMD/{own}/#",
  "own DCMD d1": "spBv1.0/P1/DCMD/{own}/+",
  "own NDATA": "spBv1.0/P1/NDATA/{own}",
  "own NDEATH": "spBv1.0/P1/NDEATH/{own}",
  "all NCMD": "spBv1.0/P1/NCMD/+",
  "other NCMD": "spBv1.0/P1/NCMD/other",
  "other NDATA": "spBv1.0/P1/NDATA/other",
  "all DDATA": "spBv1.0/P1/DDATA/+/+",
  "any STATE": "spBv1.0/STATE/+",
  "STATE scada": "spBv1.0/STATE/scada",
  mes: "mes/#",
  "mes own": "mes/{name}/x",
  plain: "plain",
  figures: "$SYS/#",
  findings: "$UNS/findings/#",
  "hub's own": "$UNS/#",
  certificates: "$sparkplug/certificates/#",
  "certificates of P1": "$sparkplug/certificates/spBv1.0/P1/#",
  "shared: everything": "$share/g/#",
  "shared: group P1": "$share/g/spBv1.0/P1/#",
  "shared: figures": "$share/g/$SYS/#",
} as const;

type Topic = keyof typeof TOPICS;
type Filter = keyof typeof FILTERS;

export interface Row {
  readonly name: string;
  readonly role: Role;
  /** `{own}` is this principal's edge node. */
  readonly grants: readonly string[];
  /** By what it may come in. */
  readonly credential: "user" | "token" | "certificate" | "psk" | "jwt";
  /** Not retained; `only1`: with QoS 1 only. */
  readonly publish?: readonly Topic[];
  readonly publishRetained?: readonly Topic[];
  readonly retainedNeedsQos1?: true;
  /** Commands, and which of the two metrics they may name. */
  readonly setpointOnly?: true;
  readonly rebirthOnly?: true;
  readonly will?: readonly Topic[];
  readonly willRetained?: readonly Topic[];
  readonly subscribe?: readonly Filter[];
}

const NODE: Pick<Row, "publish" | "will" | "subscribe"> = {
  publish: [
    "own NBIRTH",
    "own NDATA",
    "own NDEATH",
    "own DBIRTH d1",
    "own DDATA d1",
    "own DDEATH d1",
    "own DDATA d2",
  ],
  will: ["own NDEATH"],
  subscribe: [
    "own NCMD",
    "own NCMD and below",
    "own DCMD",
    "own DCMD d1",
    "own NDEATH",
    "any STATE",
    "STATE scada",
  ],
};

const READS_P1 = [
  "group P1",
  "own NCMD",
  "own NCMD and below",
  "own DCMD",
  "own DCMD d1",
  "own NDATA",
  "own NDEATH",
  "all NCMD",
  "other NCMD",
  "other NDATA",
  "all DDATA",
  "certificates of P1",
  "shared: group P1",
] as const;

export const ROWS: readonly Row[] = [
  ...(["viewer", "operator", "engineer", "admin"] as const).map((role) => ({
    name: `bare-${role}`,
    role,
    grants: [],
    credential: "user" as const,
  })),
  { name: "node-user", role: "viewer", grants: ["node P1/{own}"], credential: "user", ...NODE },
  { name: "node-admin", role: "admin", grants: ["node P1/{own}"], credential: "user", ...NODE },
  { name: "node-token", role: "viewer", grants: ["node P1/{own}"], credential: "token", ...NODE },
  {
    name: "node-cert",
    role: "viewer",
    grants: ["node P1/{own}"],
    credential: "certificate",
    ...NODE,
  },
  { name: "node-psk", role: "viewer", grants: ["node P1/{own}"], credential: "psk", ...NODE },
  { name: "node-jwt", role: "viewer", grants: ["node P1/{own}"], credential: "jwt", ...NODE },
  {
    ...NODE,
    name: "node-d1",
    role: "viewer",
    grants: ["node P1/{own} d1"],
    credential: "user",
    publish: NODE.publish?.filter((topic) => topic !== "own DDATA d2") ?? [],
  },
  {
    name: "scada",
    role: "operator",
    grants: ["host scada", "read P1", "command P1 Set*"],
    credential: "user",
    publish: ["own NCMD", "own DCMD d1", "other NCMD", "other DCMD d1"],
    setpointOnly: true,
    publishRetained: ["STATE scada"],
    retainedNeedsQos1: true,
    willRetained: ["STATE scada"],
    subscribe: [...READS_P1, "any STATE", "STATE scada"],
  },
  {
    name: "commander",
    role: "operator",
    grants: ["command P1/other"],
    credential: "token",
    publish: ["other NCMD", "other DCMD d1"],
  },
  {
    name: "device-commander",
    role: "operator",
    grants: ["command P1/other/d1 Set*"],
    credential: "jwt",
    publish: ["other DCMD d1"],
    setpointOnly: true,
  },
  {
    name: "rebirther",
    role: "operator",
    grants: ["rebirth P1"],
    credential: "user",
    publish: ["own NCMD", "other NCMD"],
    rebirthOnly: true,
  },
  { name: "reader", role: "viewer", grants: ["read P1"], credential: "psk", subscribe: READS_P1 },
  {
    name: "node-reader",
    role: "viewer",
    grants: ["read P1/other"],
    credential: "certificate",
    subscribe: ["other NDATA"],
  },
  {
    name: "mes",
    role: "viewer",
    grants: ["publish mes/%u/#", "subscribe mes/#"],
    credential: "token",
    publish: ["mes own"],
    publishRetained: ["mes own"],
    will: ["mes own"],
    willRetained: ["mes own"],
    subscribe: ["mes", "mes own"],
  },
  {
    name: "watcher",
    role: "operator",
    grants: ["system"],
    credential: "user",
    subscribe: ["figures", "findings", "shared: figures"],
  },
];

const ALL: readonly Role[] = ["viewer", "operator", "engineer", "admin"];
const LOOKING: readonly Role[] = ["operator", "engineer", "admin"];
const WRITING: readonly Role[] = ["operator", "engineer"];
const CHANGING: readonly Role[] = ["engineer", "admin"];
const ADMIN: readonly Role[] = ["admin"];

/** Every request that needs a login, as OpenAPI names it, and the roles that may make it. */
export const REQUESTS: readonly (readonly [string, readonly Role[]])[] = [
  ["GET /api/v1/users", ADMIN],
  ["PUT /api/v1/users/{name}", ADMIN],
  ["DELETE /api/v1/users/{name}", ADMIN],
  ["GET /api/v1/tokens", ADMIN],
  ["PUT /api/v1/tokens/{name}", ADMIN],
  ["DELETE /api/v1/tokens/{name}", ADMIN],
  ["GET /api/v1/psks", ADMIN],
  ["PUT /api/v1/psks/{name}", ADMIN],
  ["DELETE /api/v1/psks/{name}", ADMIN],
  ["GET /api/v1/bans", ADMIN],
  ["DELETE /api/v1/bans/{name}", ADMIN],
  ["GET /api/v1/sessions", ADMIN],
  ["DELETE /api/v1/sessions/{id}", ADMIN],
  ["POST /api/v1/backup", ADMIN],
  ["POST /api/v1/blackbox", ADMIN],
  ["GET /api/v1/configuration", CHANGING],
  ["GET /api/v1/configuration/text", CHANGING],
  ["POST /api/v1/configuration/plan", CHANGING],
  ["POST /api/v1/configuration/apply", CHANGING],
  ["POST /api/v1/configuration/rollback", CHANGING],
  ["GET /api/v1/replays", CHANGING],
  ["POST /api/v1/replays", CHANGING],
  ["DELETE /api/v1/replays/{id}", CHANGING],
  ["GET /api/v1/audit", ADMIN],
  ["GET /api/v1/audit/verify", ADMIN],
  ["GET /api/v1/clients", LOOKING],
  ["GET /api/v1/clients/{id}", LOOKING],
  ["DELETE /api/v1/clients/{id}", CHANGING],
  ["PUT /api/v1/clients/{id}/ban", CHANGING],
  ["DELETE /api/v1/clients/{id}/ban", CHANGING],
  ["GET /api/v1/findings", LOOKING],
  ["GET /api/v1/conformance", LOOKING],
  ["GET /api/v1/rules", LOOKING],
  ["PUT /api/v1/rules/{code}", CHANGING],
  ["GET /api/v1/explain", LOOKING],
  ["GET /api/v1/rebirths", LOOKING],
  ["GET /api/v1/nodes", LOOKING],
  ["GET /api/v1/nodes/{group}/{edgeNode}", LOOKING],
  ["POST /api/v1/rebirths/{group}/{edgeNode}", LOOKING],
  ["GET /api/v1/adapters", LOOKING],
  ["GET /api/v1/adapters/{name}", LOOKING],
  ["GET /api/v1/adapters/{name}/tags", LOOKING],
  ["GET /api/v1/adapters/{name}/tags.csv", LOOKING],
  ["GET /api/v1/adapters/{name}/tag-keys", LOOKING],
  ["GET /api/v1/adapters/{name}/work", LOOKING],
  ["GET /api/v1/adapters/{name}/tags/losses", LOOKING],
  ["POST /api/v1/adapters/{name}/tags/plan", CHANGING],
  ["PUT /api/v1/adapters/{name}/tags", CHANGING],
  ["POST /api/v1/adapters/{name}/browse", CHANGING],
  ["POST /api/v1/adapters/{name}/nodes", CHANGING],
  ["POST /api/v1/adapters/{name}/registers", CHANGING],
  ["GET /api/v1/adapters/{name}/links/{link}/trace", LOOKING],
  ["PUT /api/v1/adapters/{name}/links/{link}/trace", CHANGING],
  ["GET /api/v1/sinks", LOOKING],
  ["GET /api/v1/sinks/{name}/dead-letters", LOOKING],
  ["POST /api/v1/sinks/{name}/retry", CHANGING],
  ["GET /api/v1/certificates", LOOKING],
  ["DELETE /api/v1/certificates/{group}/{edgeNode}", CHANGING],
  ["DELETE /api/v1/certificates/{group}/{edgeNode}/{device}", CHANGING],
  ["GET /api/v1/retained/plan", CHANGING],
  ["POST /api/v1/retained/delete", CHANGING],
  ["GET /api/v1/retained/deleted", CHANGING],
  ["POST /api/v1/retained/deleted/{id}/restore", CHANGING],
  ["GET /api/v1/opcua/trust", LOOKING],
  ["GET /api/v1/opcua/certificate", LOOKING],
  ["PUT /api/v1/opcua/trust/{place}/{sha256}", CHANGING],
  ["GET /api/ns/children", ALL],
  ["GET /api/ns/path", ALL],
  ["GET /api/ns/find", ALL],
  ["GET /api/ns/value", ALL],
  ["GET /api/ns/at", ALL],
  ["GET /api/ns/difference", ALL],
  ["GET /api/ns/difference/export", ALL],
  ["GET /api/ns/uns", ALL],
  ["GET /api/ns/uns/line", ALL],
  ["GET /api/ns/raw", LOOKING],
  ["GET /api/ns/topics", LOOKING],
  ["GET /api/ns/topics/line", LOOKING],
  ["GET /api/ns/births", LOOKING],
  ["GET /api/ns/consumers", LOOKING],
  ["GET /api/history", ALL],
  ["GET /api/history/at", ALL],
  ["GET /api/history/completeness", ALL],
  ["GET /api/history/difference", ALL],
  ["GET /api/history/export", ALL],
  ["GET /api/history/log", ALL],
  ["GET /api/history/state", ALL],
  ["GET /api/v1/uns/places", LOOKING],
  ["GET /api/v1/uns/cleared", LOOKING],
  ["POST /api/ns/write", WRITING],
  ["GET /api/v1/commands/plan", WRITING],
  ["GET /api/v1/commands", LOOKING],
  ["GET /api/v1/commands/{id}", LOOKING],
  ["POST /api/v1/commands/{id}/approve", WRITING],
  ["POST /api/v1/commands/{id}/reject", WRITING],
];

/** Likewise every request to i3X; its bodies are looked at after the role. */
export const I3X_REQUESTS: readonly (readonly [string, readonly Role[]])[] = [
  ["GET /i3x/v1/namespaces", ALL],
  ["GET /i3x/v1/objecttypes", ALL],
  ["POST /i3x/v1/objecttypes/query", ALL],
  ["GET /i3x/v1/relationshiptypes", ALL],
  ["POST /i3x/v1/relationshiptypes/query", ALL],
  ["GET /i3x/v1/objects", ALL],
  ["POST /i3x/v1/objects/list", ALL],
  ["POST /i3x/v1/objects/related", ALL],
  ["POST /i3x/v1/objects/value", ALL],
  ["POST /i3x/v1/objects/history", ALL],
  ["PUT /i3x/v1/objects/value", WRITING],
  ["PUT /i3x/v1/objects/history", ["engineer"]],
  ["POST /i3x/v1/subscriptions", ALL],
  ["POST /i3x/v1/subscriptions/list", ALL],
  ["POST /i3x/v1/subscriptions/delete", ALL],
  ["POST /i3x/v1/subscriptions/register", ALL],
  ["POST /i3x/v1/subscriptions/unregister", ALL],
  ["POST /i3x/v1/subscriptions/sync", ALL],
  ["POST /i3x/v1/subscriptions/stream", ALL],
];

/** Requests of everybody, or of everybody for himself. */
export const OWN_REQUESTS: readonly string[] = [
  "GET /api/v1/openapi.json",
  "GET /api/v1/docs",
  "POST /api/v1/first-admin",
  "GET /api/v1/session",
  "POST /api/v1/login",
  "POST /api/v1/logout",
  "PUT /api/v1/me/password",
  "GET /api/v1/me/sessions",
  "DELETE /api/v1/me/sessions/{id}",
];
