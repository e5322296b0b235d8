/**
 * Large folders page by page: what comes after a page is not made before somebody asks for it, and until then costs no more than
 * the place in the tree. One call, and what a session keeps open, have bounds: nobody can fill the memory of the hub by browsing.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { BrowseDescription, BrowseResult, ReferenceDescription } from "node-opcua-client";
import type { OPCUAServer } from "node-opcua-server";
import type { Library } from "./library.ts";

/** References of one node in one answer; the rest by continuation points. */
const MOST_PER_NODE = 2_000;
/** What is looked at of all nodes for one answer: references, and what the client does not ask for or see. */
const MOST_PER_CALL = 20_000;
/** So much is looked at before others have a turn. */
const MOST_PER_TURN = 1_000;
/** Continuation points of a session; a new browse takes those of earlier ones away when there are as many. */
export const MOST_POINTS = 100;
/** More than a session can have. */
const MOST_NEXT = 1_000;

/** Everything that hangs at a node, one after the other; `undefined`: what is not for this client. */
type References = Iterator<ReferenceDescription | undefined, void>;

/** How many references each node of a request may have in the answer. */
export type Pages = WeakMap<BrowseDescription, number>;

/** Bounds what clients ask for, before the library looks at it. Answers what a browse may have at once. */
export function boundBrowsing(
  server: OPCUAServer,
  { BrowseRequest, BrowseNextRequest }: Library,
): Pages {
  const pages: Pages = new WeakMap();
  server.on("request", (request) => {
    if (request instanceof BrowseNextRequest) {
      if ((request.continuationPoints?.length ?? 0) > MOST_NEXT) request.continuationPoints = [];
      return;
    }
    if (!(request instanceof BrowseRequest)) return;
    const asked = request.requestedMaxReferencesPerNode;
    const page = asked === 0 ? MOST_PER_NODE : Math.min(asked, MOST_PER_NODE);
    request.requestedMaxReferencesPerNode = page;
    for (const browse of request.nodesToBrowse ?? []) pages.set(browse, page);
    const session = server.engine.getSession(request.requestHeader.authenticationToken);
    const points = session?.continuationPointManager;
    if (points?.hasReachedMaximum(MOST_POINTS) === true) points.clear();
  });
  return pages;
}

/** One call of a session after the other: what is made for all that came together would add up. */
export class BrowseTurns {
  /** By session: the end of the last call that came. */
  readonly #last = new WeakMap<object, Promise<void>>();

  async take<Answer>(session: object, browse: () => Promise<Answer>): Promise<Answer> {
    const before = this.#last.get(session);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(session, promise);
    await before;
    try {
      return await browse();
    } finally {
      resolve();
    }
  }
}

/** The answers of one call, one after the other. */
export class BrowseAnswers {
  readonly #library: Library;
  readonly #budget: Budget;
  #looked = 0;
  #lookedInTurn = 0;

  constructor(library: Library, budget: Budget) {
    this.#library = library;
    this.#budget = budget;
  }

  /** `page`: as many at once. */
  async of(references: References, page: number | undefined): Promise<BrowseResult> {
    const { BrowseResult: Result, StatusCodes } = this.#library;
    if (this.#looked >= MOST_PER_CALL) {
      return new Result({ statusCode: StatusCodes.BadNoContinuationPoints });
    }
    if (this.#lookedInTurn >= MOST_PER_TURN) {
      await turn();
      this.#lookedInTurn = 0;
    }
    const unfinished = new Unfinished(references, this.#budget);
    const first = unfinished.begin(page ?? MOST_PER_NODE);
    this.#looked += unfinished.looked;
    this.#lookedInTurn += unfinished.looked;
    if (unfinished.isWhole) {
      return new Result({ statusCode: StatusCodes.Good, references: [...first] });
    }
    const result = new Result({ statusCode: StatusCodes.Good });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library asks it for `length` and `splice` only
    result.references = unfinished as unknown as ReferenceDescription[];
    return result;
  }
}

/** What may be looked at by BrowseNext before others have a turn; of the whole server. */
export class Budget {
  #left = MOST_PER_CALL;

  /** How many of `wanted` there are: at least one, so that everybody gets on. */
  take(wanted: number): number {
    if (this.#left === MOST_PER_CALL) setImmediate(() => (this.#left = MOST_PER_CALL));
    const given = Math.max(1, Math.min(wanted, this.#left));
    this.#left -= given;
    return given;
  }

  /** More than what was given out had to be looked at for it. */
  spend(more: number): void {
    this.#left -= more;
  }
}

/** Stands where the library expects an array, and cuts its pages off in front. */
class Unfinished {
  readonly #rest: References;
  readonly #budget: Budget;
  /** Made already. */
  #made: ReferenceDescription[] = [];
  #isOver = false;
  /** How much was looked at for what was made. */
  looked = 0;

  constructor(rest: References, budget: Budget) {
    this.#rest = rest;
    this.#budget = budget;
  }

  /** More than any page while there is anything. */
  get length(): number {
    return this.#made.length === 0 && this.#isOver ? 0 : Infinity;
  }

  /** Whether all of it was made already. */
  get isWhole(): boolean {
    return this.#isOver;
  }

  /** The first page, which `splice` gives out, too, when it is not the last. */
  begin(page: number): readonly ReferenceDescription[] {
    this.#make(page + 1);
    return this.#made;
  }

  /** The next page, from the front. */
  splice(_start: number, count: number): ReferenceDescription[] {
    const ready = Math.min(count, this.#made.length - 1); // one is made ahead; of the first page, all
    const given = ready < count ? ready + this.#budget.take(count - ready) : count;
    const before = this.looked;
    this.#make(given + 1);
    this.#budget.spend(Math.max(0, this.looked - before - (given - ready)));
    return this.#made.splice(0, given);
  }

  /** One more than is wanted, to know whether that is all. */
  #make(count: number): void {
    while (!this.#isOver && this.#made.length < count) {
      const next = this.#rest.next();
      if (next.done === true) {
        this.#isOver = true;
        return;
      }
      this.looked += 1;
      if (next.value !== undefined) this.#made.push(next.value);
    }
  }
}
