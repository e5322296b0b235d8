/** Where tags live in their devices, in parts that are small enough to be taken between two messages. */
import type { WrittenTag, WrittenTags } from "@unshub/adapter";

export interface AddressPart {
  readonly deviceId: string;
  readonly pairs: readonly (readonly [name: string, address: string])[];
}

const TAGS_IN_PART = 2000;

export function* partsOf(devices: readonly WrittenTags[]): Generator<AddressPart> {
  for (const { deviceId, tags } of devices) {
    for (let from = 0; from < tags.length; from += TAGS_IN_PART) {
      const pairs = tags.slice(from, from + TAGS_IN_PART).flatMap((tag) => {
        const address = tag.address ?? writtenAddress(tag.fields);
        return address === undefined ? [] : [[tag.name, address] as const];
      });
      yield { deviceId, pairs };
    }
  }
}

/** What the protocols call an address in the fields of a tag. */
const ADDRESS_FIELDS = ["at", "node", "nodeId", "address"];

/** Where a tag lives, in the words it was written in. */
export function writtenAddress(fields: WrittenTag["fields"]): string | undefined {
  const address = ADDRESS_FIELDS.map((key) => fields[key]).find(isAddress);
  return address === undefined ? undefined : String(address);
}

function isAddress(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
