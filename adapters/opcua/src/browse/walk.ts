/**
 * Walks the address space of a server, breadth first. Address spaces are graphs with cycles, servers have limits, and some
 * never stop answering; so every node is visited once, calls are as large as the server takes, and there is an end:
 * depth, number of nodes, time, and a signal.
 */
import type { BrowseResult, ClientSession, NodeId, ReferenceDescription } from "node-opcua-client";
import { callSize, type ServerFacts } from "../connect/server-facts.ts";
import { within } from "../deadline.ts";
import { OpcUaError, firstLine } from "../errors.ts";

/** A node that was found. */
export interface WalkedNode {
  readonly nodeId: NodeId;
  readonly isVariable: boolean;
  /** Whether it is the property of its parent. */
  readonly isProperty: boolean;
  readonly browseName: string;
  readonly displayName: string;
  /** `undefined`: the root. */
  readonly parent: WalkedNode | undefined;
  /** Steps from the root. */
  readonly depth: number;
  /** Of a variable, by browse name: what says its unit, range and names of values. */
  readonly properties: Map<string, NodeId>;
}

/** How a walk goes. */
export interface WalkOptions {
  readonly session: Pick<ClientSession, "browse" | "browseNext">;
  readonly server: ServerFacts;
  readonly root: NodeId;
  /** The node id of the references that are followed, with their subtypes. */
  readonly referenceType: string;
  readonly depth: number;
  readonly maxNodes: number;
  /** Whether properties are found too; those of variables are noted in any case. */
  readonly withProperties: boolean;
  /** `false`: nothing below this node is looked at. */
  enters(node: WalkedNode): boolean;
  readonly signal: AbortSignal;
  /** Left out: 60 s. */
  readonly withinMs?: number;
  /** Called after each round of calls. */
  onProgress?(visited: number): void;
}

/** What was found, and what cut the walk short. */
export interface Walk {
  /** In the order in which they were found, the root left out. */
  readonly nodes: readonly WalkedNode[];
  readonly cutBy?: "maxNodes" | "time" | "stop";
  /** Nodes of which the server did not say what they hold, and why not, of the first of them. */
  readonly unseen?: { readonly count: number; readonly why: string };
}

const WALK_MS = 60_000;
const CALL_MS = 10_000;
const QUICK_MS = 500;
const SLOW_MS = 1_000;
/** Answers without a reference and with the promise of more, until nobody believes it any more. */
const EMPTY_ANSWERS = 3;
/** So often a node is asked for alone, until nobody believes that the server will have a continuation point for it. */
const LONE_REFUSALS = 3;
/** Servers have few continuation points: there was none left, or a later request of the session has taken it. */
const OUT_OF_POINTS: ReadonlySet<string> = new Set([
  "BadNoContinuationPoints",
  "BadContinuationPointInvalid",
]);
const TOO_MUCH =
  /BadTooManyOperations|BadRequestTooLarge|BadResponseTooLarge|BadTcpMessageTooLarge|BadEncodingLimitsExceeded|BadTimeout|timeout|timed out/i;

/** `NodeClass`: objects and variables. */
const OBJECT = 1;
const VARIABLE = 2;
const FORWARD = 0;
const ALL_FIELDS = 63;
const HAS_PROPERTY = "ns=0;i=46";
/** The Server object and the folder of types: what they hold is no process. */
const NEVER_ENTERED: ReadonlySet<string> = new Set(["ns=0;i=2253", "ns=0;i=86"]);

/** @throws {OpcUaError} BROWSE_FAILED when the server refuses a call that asks for one node only. */
export async function walk(options: WalkOptions): Promise<Walk> {
  return await new Walker(options).run();
}

class Walker {
  readonly #options: WalkOptions;
  readonly #visited = new Set<string>();
  readonly #nodes: WalkedNode[] = [];
  readonly #endsAt: number;
  #queue: WalkedNode[];
  #perCall: number;
  #parallel: number;
  #mostParallel: number;
  #loneRefusals = 0;
  #unseen: Walk["unseen"];
  #cutBy: Walk["cutBy"];

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#endsAt = performance.now() + (options.withinMs ?? WALK_MS);
    this.#perCall = callSize(options.server, "browse");
    this.#mostParallel = options.server.profile.parallelBrowse;
    this.#parallel = Math.min(2, this.#mostParallel);
    const root = { browseName: "", displayName: "", parent: undefined, depth: 0 };
    const start: WalkedNode = {
      ...root,
      nodeId: options.root,
      isVariable: false,
      isProperty: false,
      properties: new Map(),
    };
    this.#visited.add(keyOf(options.root));
    this.#queue = [start];
  }

  async run(): Promise<Walk> {
    while (this.#queue.length > 0 && !this.#isOver()) {
      const startedAt = performance.now();
      const rounds = this.#take();
      await Promise.all(rounds.map((nodes) => this.#expand(nodes)));
      this.#adapt(performance.now() - startedAt);
      this.#options.onProgress?.(this.#nodes.length);
    }
    const [cutBy, unseen] = [this.#cutBy, this.#unseen];
    return {
      nodes: this.#nodes,
      ...(cutBy !== undefined && { cutBy }),
      ...(unseen !== undefined && { unseen }),
    };
  }

  #isOver(): boolean {
    if (this.#options.signal.aborted) this.#cutBy ??= "stop";
    if (performance.now() > this.#endsAt) this.#cutBy ??= "time";
    return this.#cutBy !== undefined;
  }

  /** The next nodes, one list for each of the calls that run side by side. */
  #take(): readonly (readonly WalkedNode[])[] {
    const calls: WalkedNode[][] = [];
    while (calls.length < this.#parallel && this.#queue.length > 0) {
      calls.push(this.#queue.splice(0, this.#perCall));
    }
    return calls;
  }

  #adapt(tookMs: number): void {
    if (tookMs < QUICK_MS) this.#parallel = Math.min(this.#parallel * 2, this.#mostParallel);
    if (tookMs > SLOW_MS) this.#parallel = Math.max(1, Math.floor(this.#parallel / 2));
  }

  async #expand(parents: readonly WalkedNode[]): Promise<void> {
    const results = await this.#browse(parents);
    const refused = [...refusalsIn(parents, results)];
    let open = this.#enter(parents, results);
    let empty = 0;
    while (open.length > 0 && !this.#isOver() && empty < EMPTY_ANSWERS) {
      const points = open.map(({ point }) => point);
      const answers = await this.#call(this.#options.session.browseNext(points, false));
      const isEmpty = answers.every(({ references }) => (references ?? []).length === 0);
      empty = isEmpty ? empty + 1 : 0;
      const asked = open.map(({ parent }) => parent);
      refused.push(...refusalsIn(asked, answers));
      open = this.#enter(asked, answers);
    }
    if (open.length > 0) await this.#release(open.map(({ point }) => point));
    this.#lookAt(refused, parents.length);
  }

  /** A server without continuation points answers for some nodes only: the others are asked for again, by fewer at a time. */
  #lookAt(refused: readonly Refused[], asked: number): void {
    const again = refused.filter(({ why }) => OUT_OF_POINTS.has(why));
    this.#loneRefusals = again.length === 1 && asked === 1 ? this.#loneRefusals + 1 : 0;
    const isHopeless = this.#loneRefusals >= LONE_REFUSALS;
    if (isHopeless) this.#loneRefusals = 0;
    const unseen = isHopeless ? refused : refused.filter(({ why }) => !OUT_OF_POINTS.has(why));
    const [first] = unseen;
    if (first !== undefined) {
      const { count = 0, why = first.why } = this.#unseen ?? {};
      this.#unseen = { count: count + unseen.length, why };
    }
    if (again.length === 0 || isHopeless) return;
    if (asked > 1) this.#perCall = Math.min(this.#perCall, Math.floor(asked / 2));
    this.#mostParallel = 1; // they are all of one session
    this.#parallel = 1;
    this.#queue.unshift(...again.map(({ parent }) => parent));
  }

  /** Takes the references of each parent; answers with those that have more. */
  #enter(parents: readonly WalkedNode[], results: readonly BrowseResult[]): readonly Unfinished[] {
    return parents.flatMap((parent, index) => {
      const { references, continuationPoint } = results[index] ?? {};
      for (const reference of references ?? []) this.#add(parent, reference);
      const point = continuationPoint ?? undefined;
      return point === undefined || point.length === 0 ? [] : [{ parent, point }];
    });
  }

  #add(parent: WalkedNode, reference: ReferenceDescription): void {
    const node = toNode(parent, reference);
    if (node === undefined) return;
    if (node.isProperty && parent.isVariable) parent.properties.set(node.browseName, node.nodeId);
    if (node.isProperty && !this.#options.withProperties) return;
    const key = keyOf(node.nodeId);
    if (node.depth > this.#options.depth || this.#visited.has(key)) return;
    if (this.#nodes.length >= this.#options.maxNodes) {
      this.#cutBy ??= "maxNodes";
      return;
    }
    this.#visited.add(key);
    this.#nodes.push(node);
    if (this.#isEntered(node, key)) this.#queue.push(node);
  }

  /** Whether what is below the node is looked at. A variable at the end is still asked for its properties. */
  #isEntered(node: WalkedNode, key: string): boolean {
    if (node.isProperty || NEVER_ENTERED.has(key)) return false;
    const isDeepest = node.depth >= this.#options.depth;
    return (!isDeepest || node.isVariable) && this.#options.enters(node);
  }

  /** In halves, when all at once is too much for the server; that is remembered. */
  async #browse(nodes: readonly WalkedNode[]): Promise<readonly BrowseResult[]> {
    const { session, referenceType } = this.#options;
    const wanted = nodes.map(({ nodeId }) => ({
      nodeId,
      referenceTypeId: referenceType,
      browseDirection: FORWARD,
      includeSubtypes: true,
      nodeClassMask: OBJECT | VARIABLE,
      resultMask: ALL_FIELDS,
    }));
    try {
      return await this.#call(session.browse(wanted));
    } catch (cause) {
      if (!TOO_MUCH.test(firstLine(cause)) || nodes.length < 2) throw failed(cause);
    }
    const half = Math.ceil(nodes.length / 2);
    this.#perCall = Math.min(this.#perCall, half);
    const first = await this.#browse(nodes.slice(0, half));
    return [...first, ...(await this.#browse(nodes.slice(half)))];
  }

  /** Servers keep few continuation points; those that are not used up are given back. */
  async #release(points: readonly Buffer[]): Promise<void> {
    const given = this.#call(this.#options.session.browseNext([...points], true));
    await given.catch(() => undefined); // they end with the session at the latest
  }

  async #call<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return await within({ ms: CALL_MS, late: tooLate }, answer);
  }
}

/** A node whose references did not fit into one answer. */
interface Unfinished {
  readonly parent: WalkedNode;
  readonly point: Buffer;
}

/** A node of which the server did not say, or not to the end, what it holds. */
interface Refused {
  readonly parent: WalkedNode;
  readonly why: string;
}

function refusalsIn(
  parents: readonly WalkedNode[],
  results: readonly BrowseResult[],
): readonly Refused[] {
  return parents.flatMap((parent, index) => {
    const status = results[index]?.statusCode;
    return status === undefined || status.value >>> 30 !== 2 ? [] : [{ parent, why: status.name }];
  });
}

/** `undefined`: it lives on another server. */
function toNode(parent: WalkedNode, reference: ReferenceDescription): WalkedNode | undefined {
  const { nodeId, browseName, displayName, nodeClass, referenceTypeId } = reference;
  if (nodeId.serverIndex > 0) return undefined;
  const kind: number = nodeClass;
  return {
    nodeId,
    isVariable: kind === VARIABLE,
    isProperty: keyOf(referenceTypeId) === HAS_PROPERTY,
    browseName: browseName.name ?? "",
    displayName: displayName.text ?? browseName.name ?? "",
    parent,
    depth: parent.depth + 1,
    properties: new Map(),
  };
}

/** What was not seen, as a sentence. */
export function unseenText({ count, why }: NonNullable<Walk["unseen"]>): string {
  return `of ${count} nodes the server did not say what they hold (${why}); that is left out`;
}

/** A node in one word. Walking is no hot path. */
function keyOf(nodeId: NodeId): string {
  return nodeId.toString();
}

function tooLate(): Error {
  return new OpcUaError("BROWSE_FAILED", "timed out");
}

function failed(cause: unknown): OpcUaError {
  if (cause instanceof OpcUaError) return cause;
  return new OpcUaError("BROWSE_FAILED", `browsing: ${firstLine(cause)}`, { cause });
}
