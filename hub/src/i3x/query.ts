/** What elements are worth, now and before. */
import type { z } from "zod";
import type { Sight } from "../feed/index.ts";
import { HistoryError } from "../history/index.ts";
import { Breath } from "./breath.ts";
import { bulk, notFound, Refusal, type Answer, type Item } from "./envelope.ts";
import { quoted } from "./exact-json.ts";
import type { Past } from "./past.ts";
import type { historyBody, valueBody } from "./requests.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element } from "./space/element.ts";
import { vqtText, type Values } from "./values.ts";

export interface QueryOptions {
  readonly space: AddressSpace;
  readonly values: Values;
  readonly past: Past;
}

/** Values of components in one answer. */
const MOST_COMPONENTS = 100_000;
const CUT = `more than ${MOST_COMPONENTS} values of components: ask for fewer elements`;

export class Query {
  readonly #options: QueryOptions;

  constructor(options: QueryOptions) {
    this.#options = options;
  }

  async values(
    sight: Sight,
    { elementIds, maxDepth }: z.output<typeof valueBody>,
  ): Promise<Answer> {
    const { space } = this.#options;
    const reading = { sight, maxDepth, breath: new Breath(), left: MOST_COMPONENTS, isCut: false };
    const items: Item[] = [];
    for (const id of elementIds) {
      const element = space.find(id, sight);
      const outcome =
        element === undefined
          ? notFound(id)
          : ({ isDone: true, result: await this.#value(element, reading) } as const);
      items.push({ id, outcome });
      if (reading.breath.isOver) await reading.breath.take();
    }
    return bulk(items, { cut: reading.isCut ? CUT : undefined });
  }

  async history(sight: Sight, body: z.output<typeof historyBody>): Promise<Answer | Refusal> {
    const { startTime: since, endTime: until, elementIds, maxDepth } = body;
    try {
      const call = { since, until, elementIds, maxDepth, sight };
      const { items, cut } = await this.#options.past.read(call);
      return bulk(items, { cut });
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      return new Refusal(503, error.message);
    }
  }

  async #value(element: Element, reading: ValueReading): Promise<string> {
    const { space, values } = this.#options;
    const { sight, maxDepth, breath } = reading;
    const isComposition = space.isComposition(element);
    const own = `{"isComposition":${isComposition},${vqtText(values.of(element, sight))}`;
    if (!isComposition || maxDepth === 1) return `${own}}`;
    const texts: string[] = [];
    for (const component of space.componentsWithin(element, maxDepth)) {
      if (!space.sees(component, sight)) continue;
      if (reading.left === 0) {
        reading.isCut = true;
        break;
      }
      reading.left -= 1;
      texts.push(`${quoted(component.path)}:{${vqtText(values.of(component, sight))}}`);
      if (breath.isOver) await breath.take();
    }
    return `${own},"components":{${texts.join(",")}}}`;
  }
}

interface ValueReading {
  readonly sight: Sight;
  readonly maxDepth: number;
  readonly breath: Breath;
  /** Components that still have room in the answer. */
  left: number;
  isCut: boolean;
}
