/** Where the types come from, and the relationships that there are. */

interface Namespace {
  readonly uri: string;
  readonly displayName: string;
}

export const ISA95 = "https://www.isa.org/isa95?projection=unshub";
export const SPARKPLUG = "urn:sparkplug:spBv1.0";
export const MODELS = "urn:unshub:models";
const I3X = "https://cesmii.org/i3x";

export const NAMESPACES: readonly Namespace[] = [
  { uri: I3X, displayName: "i3X" },
  { uri: ISA95, displayName: "ISA-95 levels" },
  { uri: SPARKPLUG, displayName: "Sparkplug B 3.0" },
  { uri: MODELS, displayName: "Types of this hub" },
];

interface RelationshipType {
  readonly elementId: Relationship;
  readonly displayName: string;
  readonly namespaceUri: string;
  readonly relationshipId: string;
  readonly reverseOf: Relationship;
}

export type Relationship =
  | "HasParent"
  | "HasChildren"
  | "HasComponent"
  | "ComponentOf"
  | "PublishedBy"
  | "Publishes"
  | "FedBy"
  | "Feeds";

const PAIRS: readonly (readonly [Relationship, Relationship, namespaceUri: string])[] = [
  ["HasParent", "HasChildren", I3X],
  ["HasComponent", "ComponentOf", I3X],
  ["PublishedBy", "Publishes", SPARKPLUG],
  ["FedBy", "Feeds", SPARKPLUG],
];

export const RELATIONSHIP_TYPES: readonly RelationshipType[] = PAIRS.flatMap(
  ([one, other, namespaceUri]) => [
    relationshipType(one, other, namespaceUri),
    relationshipType(other, one, namespaceUri),
  ],
);

function relationshipType(
  elementId: Relationship,
  reverseOf: Relationship,
  namespaceUri: string,
): RelationshipType {
  const displayName = elementId.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`);
  return { elementId, displayName, namespaceUri, relationshipId: elementId, reverseOf };
}
