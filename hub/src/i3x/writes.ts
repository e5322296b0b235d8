/** `PUT /objects/value`: a wish for each element. What it has already is no wish, and nothing is sent then. */
import type { Commands, WriteInput, WriteOutcome, Writer } from "../command/index.ts";
import type { Sight } from "../feed/index.ts";
import { joinPath, type UnsTree } from "../tree/index.ts";
import { accepted, DONE, failed, notFound, together, type Item, type Outcome } from "./envelope.ts";
import { isObject, isSameJson, shown } from "./exact-json.ts";
import { inputIn } from "./metric-value.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element, MemberElement } from "./space/element.ts";
import type { Members } from "./space/members.ts";
import type { Values } from "./values.ts";

export interface WritesOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  readonly members: Members;
  readonly values: Values;
  readonly commands: Pick<Commands, "write" | "writeTogether" | "plan">;
}

/** What is to become the value of an element; large integers are `bigint`. */
export interface Update {
  readonly elementId: string;
  readonly value: unknown;
}

export interface WriteCall {
  readonly updates: readonly Update[];
  readonly sight: Sight;
  readonly writer: Writer;
}

export class Writes {
  readonly #options: WritesOptions;

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  /** All at once, since each waits for what comes back; those of one element one after the other. */
  async write({ updates, ...by }: WriteCall): Promise<readonly Item[]> {
    const before = new Map<string, Promise<unknown>>();
    return await Promise.all(
      updates.map(async (update) => {
        const outcome = (before.get(update.elementId) ?? Promise.resolve()).then(() =>
          this.#one(update, by),
        );
        before.set(update.elementId, outcome);
        return { id: update.elementId, outcome: await outcome };
      }),
    );
  }

  async #one({ elementId, value }: Update, by: Omit<WriteCall, "updates">): Promise<Outcome> {
    const { space } = this.#options;
    const element = space.find(elementId, by.sight);
    if (element === undefined) return notFound(elementId);
    if (this.#isSame(element, value, by.sight)) return DONE;
    if (element.kind === "metric") return await this.#metric(element.id, value, by.writer);
    if (element.kind === "member") return await this.#device(element, value, by);
    return failed(403, `${elementId} cannot be written`);
  }

  /** Whether it is what the element has now, for certain. */
  #isSame(element: Element, value: unknown, sight: Sight): boolean {
    const now = this.#options.values.of(element, sight);
    return now.quality === "Good" && isSameJson(now.value, value);
  }

  async #metric(id: number, value: unknown, writer: Writer): Promise<Outcome> {
    const { tree, commands } = this.#options;
    const path = joinPath(tree.segments(id));
    const input = inputIn(tree.definitions.datatype(id), value);
    const isClosed = commands.plan(path, writer)?.refusal !== undefined;
    if (input === undefined && !isClosed) return this.#misfit(id, value);
    return outcomeOf(await commands.write(path, input ?? "", writer)); // refusals are on the trail, too
  }

  #inputOf(id: number, value: unknown): WriteInput {
    const { definitions } = this.#options.tree;
    const input = inputIn(definitions.datatype(id), value) ?? "";
    return { path: joinPath(this.#options.tree.segments(id)), input };
  }

  #misfit(id: number, value: unknown): Outcome {
    return failed(400, `${shown(value)} cannot be written as ${this.#typeOf(id)}`);
  }

  #typeOf(id: number): string {
    const { definitions } = this.#options.tree;
    return definitions.datatype(id) ?? `datatype ${definitions.datatypeCode(id)}`;
  }

  /** The metrics of the object that differ become one command; none does when one of them cannot be written. */
  async #device(
    element: MemberElement,
    value: unknown,
    { sight, writer }: Omit<WriteCall, "updates">,
  ): Promise<Outcome> {
    if (!isObject(value)) return failed(400, `${element.path} takes an object of its metrics`);
    const wanted = this.#wishes(element, value, sight);
    if ("isDone" in wanted) return wanted;
    const refused = wanted.flatMap(({ id, name, value: asked }) => {
      const refusal = this.#refusal(id, asked, writer);
      return refusal === undefined ? [] : [{ name, outcome: refusal }];
    });
    if (refused.length > 0) return together(refused);
    const ended = await this.#options.commands.writeTogether(
      wanted.map(({ id, value: asked }) => this.#inputOf(id, asked)),
      writer,
    );
    return together(
      wanted.map(({ name }, at) => {
        const one = ended[at];
        return { name, outcome: one === undefined ? DONE : outcomeOf(one) };
      }),
    );
  }

  /** The metrics that shall have another value; or why there are none. */
  #wishes(
    { path, row }: MemberElement,
    value: Readonly<Record<string, unknown>>,
    sight: Sight,
  ): readonly Wanted[] | Outcome {
    const { tree, members, space } = this.#options;
    const isDevice = tree.rows.kind(row) === "device";
    if (!isDevice) return failed(403, `${path} is an edge node: write its metrics one by one`);
    const metrics = members.of(row)?.metrics ?? new Int32Array(0);
    const byName = new Map(Array.from(metrics, (id) => [members.names.name(row, id), id]));
    const wanted: Wanted[] = [];
    for (const [name, asked] of Object.entries(value)) {
      const id = byName.get(name);
      if (id === undefined) return failed(400, `${path} has no metric ${JSON.stringify(name)}`);
      if (!this.#isSame(space.metric(id), asked, sight)) wanted.push({ id, name, value: asked });
    }
    return wanted;
  }

  #refusal(id: number, value: unknown, writer: Writer): Outcome | undefined {
    const { tree, commands } = this.#options;
    const refusal = commands.plan(joinPath(tree.segments(id)), writer)?.refusal;
    if (refusal !== undefined) return outcomeOf({ result: "refused", ...refusal });
    if (inputIn(tree.definitions.datatype(id), value) !== undefined) return undefined;
    return this.#misfit(id, value);
  }
}

interface Wanted {
  readonly id: number;
  readonly name: string;
  readonly value: unknown;
}

type Code = Extract<WriteOutcome, { readonly result: "refused" }>["code"];

const STATUSES: Readonly<Record<Code, number>> = {
  FORBIDDEN: 403,
  BLOCKED: 403,
  NO_METRIC: 404,
  READ_ONLY: 403,
  TYPE_NOT_WRITABLE: 403,
  OFFLINE: 503,
  MISFIT: 400,
  OUT_OF_RANGE: 400,
  INTERLOCK: 409,
  TOO_SOON: 429,
  NOT_HEARD: 503,
  NO_SECOND_PERSON: 403,
  REJECTED: 403,
  EXPIRED: 403,
  NO_AUDIT: 503,
  NOT_SENT: 503,
};

function outcomeOf(ended: WriteOutcome): Outcome {
  switch (ended.result) {
    case "confirmed":
      return DONE;
    case "timeout":
    case "waiting":
      return { ...DONE, detail: accepted(ended.because) };
    case "mismatch":
    case "failed":
      return failed(409, ended.because);
    case "offline":
      return failed(503, ended.because);
    case "refused":
      return failed(STATUSES[ended.code], ended.because);
  }
}
