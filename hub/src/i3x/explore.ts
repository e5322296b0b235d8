/** What there is: namespaces, types, relationships, objects, and how these stand to each other. */
import type { z } from "zod";
import type { Sight } from "../feed/index.ts";
import { Breath } from "./breath.ts";
import { bulk, notFound, success, type Answer, type Item } from "./envelope.ts";
import type {
  byNamespace,
  elementsBody,
  objectsBody,
  objectsQuery,
  relatedBody,
} from "./requests.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element } from "./space/element.ts";
import { NAMESPACES, RELATIONSHIP_TYPES } from "./space/namespaces.ts";
import type { ObjectJson } from "./space/object-json.ts";
import { cutAt, type ObjectList, type PackedList } from "./space/object-list.ts";
import type { ObjectTypes } from "./space/object-types.ts";

export interface ExploreOptions {
  readonly space: AddressSpace;
  readonly types: ObjectTypes;
  readonly json: ObjectJson;
  readonly list: ObjectList;
  /** Without what comes before a release: clients read more into it than is meant. */
  readonly version: string;
  readonly hubId: string;
  /** Whether the past can be read and written. */
  readonly hasHistory: boolean;
  readonly maxObjects: number;
}

export class Explore {
  readonly #options: ExploreOptions;

  constructor(options: ExploreOptions) {
    this.#options = options;
  }

  /** Whether the past can be read and written. */
  get hasHistory(): boolean {
    return this.#options.hasHistory;
  }

  info(): Answer {
    const { hasHistory, version, hubId } = this.#options;
    return one({
      specVersion: "1.0",
      serverVersion: version,
      serverName: `UNS Hub ${hubId}`,
      capabilities: {
        query: { history: hasHistory },
        update: { current: true, history: hasHistory },
        subscribe: { stream: true },
      },
    });
  }

  namespaces(): Answer {
    return one(NAMESPACES);
  }

  async objectTypes(sight: Sight, { namespaceUri }: z.output<typeof byNamespace>): Promise<Answer> {
    const types = await this.#options.types.seenBy(sight);
    const breath = new Breath();
    const texts: string[] = [];
    for (const type of ofNamespace([...types.values()], namespaceUri)) {
      texts.push(JSON.stringify(type));
      if (breath.isOver) await breath.take();
    }
    return success(listed(texts));
  }

  async objectTypesById(
    sight: Sight,
    { elementIds }: z.output<typeof elementsBody>,
  ): Promise<Answer> {
    return bulk(known(elementIds, await this.#options.types.seenBy(sight)));
  }

  relationshipTypes({ namespaceUri }: z.output<typeof byNamespace>): Answer {
    return one(ofNamespace(RELATIONSHIP_TYPES, namespaceUri));
  }

  relationshipTypesById({ elementIds }: z.output<typeof elementsBody>): Answer {
    const types = new Map<string, object>(RELATIONSHIP_TYPES.map((type) => [type.elementId, type]));
    return bulk(known(elementIds, types));
  }

  /** All of them, packed already; or those of a type, or without anything above them. */
  async objects(
    sight: Sight,
    { typeElementId, root, includeMetadata }: z.output<typeof objectsQuery>,
  ): Promise<Answer | PackedList> {
    const { list, json, maxObjects } = this.#options;
    const isOfType = (element: Element): boolean =>
      typeElementId === undefined || json.typeOf(element) === typeElementId;
    if (root) return this.#roots(sight, includeMetadata, isOfType);
    if (typeElementId === undefined) return await list.packed(sight, includeMetadata);
    const look = { sight, hasMetadata: includeMetadata };
    const { texts, isCut } = await list.ofType(typeElementId, look);
    return success(listed(texts), isCut ? cutAt(maxObjects) : undefined);
  }

  async objectsById(
    sight: Sight,
    { elementIds, includeMetadata }: z.output<typeof objectsBody>,
  ): Promise<Answer> {
    const { json } = this.#options;
    return await this.#each(elementIds, sight, (element) =>
      json.text(element, includeMetadata ? sight : undefined),
    );
  }

  async related(
    sight: Sight,
    { elementIds, relationshipType, includeMetadata }: z.output<typeof relatedBody>,
  ): Promise<Answer> {
    const { space, json } = this.#options;
    return await this.#each(elementIds, sight, (element) => {
      const texts: string[] = [];
      for (const [relationship, other] of space.edgesOf(element, sight)) {
        if ((relationshipType ?? relationship) !== relationship) continue;
        const object = json.text(other, includeMetadata ? sight : undefined);
        texts.push(`{"sourceRelationship":"${relationship}","object":${object}}`);
      }
      return `[${texts.join(",")}]`;
    });
  }

  #roots(sight: Sight, hasMetadata: boolean, isWanted: (element: Element) => boolean): Answer {
    const { space, json } = this.#options;
    const roots = [...space.roots()].filter((root) => space.sees(root, sight) && isWanted(root));
    return success(listed(roots.map((root) => json.text(root, hasMetadata ? sight : undefined))));
  }

  async #each(
    elementIds: readonly string[],
    sight: Sight,
    resultOf: (element: Element) => string,
  ): Promise<Answer> {
    const breath = new Breath();
    const items: Item[] = [];
    for (const id of elementIds) {
      const element = this.#options.space.find(id, sight);
      const outcome =
        element === undefined
          ? notFound(id)
          : ({ isDone: true, result: resultOf(element) } as const);
      items.push({ id, outcome });
      if (breath.isOver) await breath.take();
    }
    return bulk(items);
  }
}

function one(result: unknown): Answer {
  return success([JSON.stringify(result)]);
}

function listed(texts: readonly string[]): readonly string[] {
  return ["[", ...texts.map((text, at) => (at === 0 ? text : `,${text}`)), "]"];
}

function ofNamespace<Type extends { readonly namespaceUri: string }>(
  types: readonly Type[],
  uri: string | undefined,
): readonly Type[] {
  return uri === undefined ? types : types.filter(({ namespaceUri }) => namespaceUri === uri);
}

function known(elementIds: readonly string[], types: ReadonlyMap<string, object>): readonly Item[] {
  return elementIds.map((id) => {
    const type = types.get(id);
    const outcome =
      type === undefined ? notFound(id) : ({ isDone: true, result: JSON.stringify(type) } as const);
    return { id, outcome };
  });
}
