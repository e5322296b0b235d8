/**
 * The topics of live certificates: `$UNS/certificates/{sparkplug|json}/{group}/NBIRTH/{edge node}` and
 * `…/DBIRTH/{edge node}/{device}`. They are not kept anywhere: the sessions of the tree are walked as if they were a tree
 * of topics, level by level, so that a filter costs what it matches.
 */
import { isBorn, type Member, type NodeId, type NodeSession } from "../../tree/index.ts";

/** Above all live certificates; beside `$UNS/findings`, and as that for the server alone to publish. */
export const LIVE = "$UNS/certificates";

/** As Sparkplug payload, and as JSON for everybody else. */
export const LIVE_FORMS = ["sparkplug", "json"] as const;

export type LiveForm = (typeof LIVE_FORMS)[number];

/** One edge node or device of which there is a live certificate, in one form. */
export interface LiveCertificate {
  readonly form: LiveForm;
  readonly session: NodeSession;
  /** `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
  readonly member: Member;
}

export type SessionGroups = ReadonlyMap<string, ReadonlyMap<string, NodeSession>>;

export function liveTopic(form: LiveForm, node: NodeId, deviceId: string | undefined): string {
  const { groupId, edgeNodeId } = node;
  const top = `${LIVE}/${form}/${groupId}`;
  if (deviceId === undefined) return `${top}/NBIRTH/${edgeNodeId}`;
  return `${top}/DBIRTH/${edgeNodeId}/${deviceId}`;
}

/** Those that a filter matches; `undefined` for each level that is looked at. A leading wildcard matches none. */
export function* liveMatching(
  filter: string,
  groups: SessionGroups,
): Generator<LiveCertificate | undefined> {
  const [top, ...levels] = filter.split("/");
  if (top === "$UNS")
    yield* walk(below(new Map([["certificates", forms(groups)]]), itself), levels);
}

/** One level of a topic: what comes below it, or the certificate that it names. */
interface Branch {
  readonly certificate: LiveCertificate | undefined;
  child(level: string): Branch | undefined;
  children(): Iterable<Branch>;
}

function* walk(
  branch: Branch,
  [level, ...deeper]: readonly string[],
): Generator<LiveCertificate | undefined> {
  yield undefined;
  if (level === undefined) yield branch.certificate;
  else if (level === "#") yield* everything(branch);
  else if (level === "+") for (const child of branch.children()) yield* walk(child, deeper);
  else {
    const child = branch.child(level);
    if (child !== undefined) yield* walk(child, deeper);
  }
}

function* everything(branch: Branch): Generator<LiveCertificate | undefined> {
  yield branch.certificate;
  for (const child of branch.children()) yield* everything(child);
}

/** A level that is a map: what stands there is made when somebody comes by. */
function below<Value>(
  map: ReadonlyMap<string, Value>,
  make: (value: Value, level: string) => Branch,
): Branch {
  return {
    certificate: undefined,
    child: (level) => {
      const value = map.get(level);
      return value === undefined ? undefined : make(value, level);
    },
    *children() {
      for (const [level, value] of map) yield make(value, level);
    },
  };
}

function itself(branch: Branch): Branch {
  return branch;
}

function forms(groups: SessionGroups): Branch {
  return below(new Map(LIVE_FORMS.map((form) => [form, form])), (form) =>
    below(groups, (nodes) => below(TYPES, (isNode) => births(form, nodes, isNode))),
  );
}

const TYPES: ReadonlyMap<string, boolean> = new Map([
  ["NBIRTH", true],
  ["DBIRTH", false],
]);

function births(form: LiveForm, nodes: ReadonlyMap<string, NodeSession>, isNode: boolean): Branch {
  return below(nodes, (session) => {
    if (isNode) return leaf({ form, session, deviceId: undefined, member: session.own });
    return below(session.devices, (member, deviceId) => leaf({ form, session, deviceId, member }));
  });
}

const NOTHING_BELOW = below(new Map<string, Branch>(), itself);

function leaf(certificate: LiveCertificate): Branch {
  return {
    ...NOTHING_BELOW,
    certificate: isBorn(certificate.member) ? certificate : undefined,
  };
}
