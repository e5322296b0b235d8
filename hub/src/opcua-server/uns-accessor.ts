/**
 * Stands between the services of the library and its address space: whatever asks for a node of the UNS is answered from the tree,
 * all else by the library. That is why no node of the UNS need exist.
 */
import type { BrowseResult, DataValue, NodeId, StatusCode, WriteValue } from "node-opcua-client";
import type { OPCUAServer } from "node-opcua-server";
import type { Commands } from "../command/index.ts";
import { joinPath, ROOT, type MetricInfo } from "../tree/index.ts";
import { BrowseAnswers, BrowseTurns, Budget, type Pages } from "./browse-pages.ts";
import { readUnsAttribute, VALUE, type Access } from "./attributes.ts";
import { fromVariant } from "./from-variant.ts";
import type { Library } from "./library.ts";
import type { UnsNode } from "./node-path.ts";
import { referencesOf } from "./references.ts";
import { writeStatus } from "./status.ts";
import { isWritableType } from "./type-table.ts";
import { findUnsNode, type UnsSpace } from "./uns-nodes.ts";

export type Accessor = NonNullable<OPCUAServer["engine"]["addressSpaceAccessor"]>;
export type Context = Parameters<Accessor["browse"]>[0];
type ReadRequest = Parameters<Accessor["read"]>[1];
type BrowseRequest = Parameters<Accessor["browse"]>[1][number];
type NodeToRead = NonNullable<ReadRequest["nodesToRead"]>[number];

export interface UnsAccess {
  readonly commands: Pick<Commands, "write">;
  /** Whether writes are open, and to whom. */
  accessOf(context: Context): Access;
  /** How much of a node a client wants at once. */
  readonly pages: Pages;
}

export class UnsAccessor implements Accessor {
  readonly #space: UnsSpace;
  readonly #library: Accessor;
  readonly #access: UnsAccess;
  readonly #budget = new Budget();
  readonly #turns = new BrowseTurns();

  constructor(space: UnsSpace, library: Accessor, access: UnsAccess) {
    this.#space = space;
    this.#library = library;
    this.#access = access;
  }

  browse: Accessor["browse"] = async (context, wanted) =>
    await this.#turns.take(context.session ?? this, async () => {
      const results: BrowseResult[] = [];
      const answers = new BrowseAnswers(this.#space.library, this.#budget);
      for (const browse of wanted) {
        const ours = await this.#browseOne(context, browse, answers);
        if (ours !== undefined) results.push(ours);
        else results.push(...(await this.#library.browse(context, [browse])));
      }
      return results;
    });

  read: Accessor["read"] = async (context, request) => {
    const { nodesToRead } = request;
    const wanted = nodesToRead ?? [];
    const ours = wanted.map((one) => this.#readOne(context, one, request));
    if (!ours.includes(undefined)) return ours.filter((value) => value !== undefined);
    const rest = wanted.filter((_, at) => ours[at] === undefined);
    const theirs = (await this.#library.read(context, { ...request, nodesToRead: rest })).values();
    return ours.flatMap((value) => value ?? theirs.next().value ?? []);
  };

  /** One after the other for the library, together for the UNS: each waits for its read-back. */
  write: Accessor["write"] = async (context, wanted) =>
    await Promise.all(
      wanted.map(async (one) => {
        const ours = this.#writeOne(context, one);
        if (ours !== undefined) return await ours;
        const [status] = await this.#library.write(context, [one]);
        return status ?? this.#space.library.StatusCodes.BadInternalError;
      }),
    );

  call: Accessor["call"] = async (context, wanted) => await this.#library.call(context, wanted);

  historyRead: Accessor["historyRead"] = async (context, request) =>
    await this.#library.historyRead(context, request);

  async #browseOne(
    context: Context,
    browse: BrowseRequest,
    answers: BrowseAnswers,
  ): Promise<BrowseResult | undefined> {
    const { BrowseResult: Result, StatusCodes } = this.#space.library;
    const nodeId = this.#ownId(browse.nodeId);
    if (nodeId === undefined) return undefined;
    // asked anew for each row: pages may come long after, when rights are others
    const sees = (row: number): boolean => this.#access.accessOf(context).sees(row);
    const node = findUnsNode(this.#space, nodeId, sees);
    if (node === undefined) return new Result({ statusCode: StatusCodes.BadNodeIdUnknown });
    const { BrowseDescription: Description } = this.#space.library;
    const full = browse instanceof Description ? browse : new Description(browse);
    const found = referencesOf(this.#space, { node, browse: full, sees });
    return "next" in found
      ? await answers.of(found, this.#access.pages.get(full))
      : new Result({ statusCode: found });
  }

  #readOne(context: Context, one: NodeToRead, request: ReadRequest): DataValue | undefined {
    const { library } = this.#space;
    const { attributeId = VALUE } = one;
    const nodeId = this.#ownId(one.nodeId);
    if (nodeId === undefined) return undefined;
    const access = this.#access.accessOf(context);
    const node = findUnsNode(this.#space, nodeId, access.sees);
    const { DataValue: Value, StatusCodes, apply_timestamps: stamped } = library;
    if (node === undefined) return new Value({ statusCode: StatusCodes.BadNodeIdUnknown });
    const fault = this.#rangeFault(one, attributeId);
    if (fault !== undefined) return new Value({ statusCode: fault });
    const value = readUnsAttribute(this.#space, { node, attributeId, access });
    const part = partOf(library, value, one.indexRange);
    const { AttributeIds, TimestampsToReturn } = library;
    const times = request.timestampsToReturn ?? TimestampsToReturn.Both;
    return stamped(part, times, attributeId === VALUE ? AttributeIds.Value : AttributeIds.NodeId);
  }

  /** An index range or an encoding where there can be none. */
  #rangeFault(
    { indexRange, dataEncoding }: NodeToRead,
    attributeId: number,
  ): StatusCode | undefined {
    const { StatusCodes } = this.#space.library;
    const isValue = attributeId === VALUE;
    const encoding = typeof dataEncoding === "object" ? (dataEncoding?.name ?? "") : "";
    const isKnown = encoding === "" || (isValue && encoding === "Default Binary");
    if (!isKnown) return StatusCodes.BadDataEncodingInvalid;
    const hasRange = indexRange !== undefined && indexRange !== null && isRange(indexRange);
    return hasRange && !isValue ? StatusCodes.BadIndexRangeNoData : undefined;
  }

  #writeOne(context: Context, { nodeId, ...wish }: WriteValue): Promise<StatusCode> | undefined {
    if (this.#ownId(nodeId) === undefined) return undefined;
    const access = this.#access.accessOf(context);
    return this.#write(access, findUnsNode(this.#space, nodeId, access.sees), wish);
  }

  async #write(access: Access, node: UnsNode | undefined, wish: Wish): Promise<StatusCode> {
    const { library, tree } = this.#space;
    const { StatusCodes } = library;
    if (node === undefined) return StatusCodes.BadNodeIdUnknown;
    const info = node.kind === "metric" ? tree.info(node.row) : undefined;
    const fault = this.#writeFault(access, info, wish);
    if (fault !== undefined) return fault;
    const { datatype, id = ROOT } = info ?? {};
    const input = datatype && fromVariant(library, datatype, wish.value.value);
    if (input === undefined) return StatusCodes.BadTypeMismatch;
    const path = joinPath(tree.segments(id));
    if (tree.find(path) !== id) return StatusCodes.BadNotSupported; // hidden by a device of the same name
    return writeStatus(library, await this.#access.commands.write(path, input, access.writer));
  }

  /** Why nothing can be written here, whatever the value is. */
  #writeFault(access: Access, info: MetricInfo | undefined, wish: Wish): StatusCode | undefined {
    const { StatusCodes } = this.#space.library;
    if (wish.attributeId !== VALUE || !access.server) return StatusCodes.BadNotWritable;
    if (info?.writable !== true || !isWritableType(info.datatype))
      return StatusCodes.BadNotWritable;
    if (isRange(wish.indexRange)) return StatusCodes.BadIndexRangeNoData; // scalars have no parts
    return hasMoreThanValue(wish.value) ? StatusCodes.BadWriteNotSupported : undefined;
  }

  /** The identifier when it is in the namespace of the UNS. */
  #ownId(nodeId: BrowseRequest["nodeId"]): NodeId | undefined {
    if (nodeId === undefined || nodeId === null) return undefined;
    const full = this.#space.library.resolveNodeId(nodeId);
    return full.namespace === this.#space.namespaceIndex ? full : undefined;
  }
}

type Wish = Pick<WriteValue, "attributeId" | "indexRange" | "value">;

function isRange(range: Exclude<NodeToRead["indexRange"], undefined | null>): boolean {
  return typeof range === "object" && "isDefined" in range && range.isDefined();
}

function partOf(
  { extractRange }: Library,
  value: DataValue,
  range: NodeToRead["indexRange"],
): DataValue {
  const has = range !== undefined && range !== null && isRange(range);
  return has ? extractRange(value, range) : value;
}

/** A client that sends a status or times of its own wants more than a value: nobody could keep it. */
function hasMoreThanValue({ statusCode, sourceTimestamp, serverTimestamp }: DataValue): boolean {
  return statusCode.value !== 0 || sourceTimestamp !== null || serverTimestamp !== null;
}
