/**
 * Rules that make a principal of the facts that a certificate or a token states: `when` says which facts must be there,
 * `{x}` in them keeps what stands there for the name and the grants. The first rule that fits counts.
 */
import { grantFault, type Grant, type Part } from "./grants.ts";
import { readGrant } from "./grant-text.ts";
import type { Role } from "./roles.ts";

/** What is known of somebody, by kind: `cn`, `ou`, `uri` of a certificate, claims of a token. */
export type Facts = ReadonlyMap<string, readonly string[]>;

export interface IdentityRule {
  /** Patterns by kind of fact; all must fit. */
  readonly when: Readonly<Record<string, string>>;
  /** The user of the hub whose rights these are; otherwise `name`, with role and grants. */
  readonly user?: string | undefined;
  readonly name?: string | undefined;
  readonly role: Role;
  readonly grants: readonly string[];
}

/** Who it is by a rule. */
export type Mapped =
  | { readonly kind: "user"; readonly name: string }
  | {
      readonly kind: "own";
      readonly name: string;
      readonly role: Role;
      readonly grants: readonly Grant[];
    };

const PLACE = /\{(?<place>[a-z][A-Za-z0-9]*)\}/g;
const LONGEST_NAME = 128;

/** Why a rule cannot be used; `undefined` when it can. */
export function ruleFault({ when, user, name, grants }: IdentityRule): string | undefined {
  const patterns = Object.values(when);
  if (patterns.length === 0) return "when: name at least one fact, e.g. { cn: scada }";
  if ((user === undefined) === (name === undefined)) {
    return "needs one of user (that user's rights) and name (with role and grants)";
  }
  if (user !== undefined && grants.length > 0) return "has user: the grants are that user's";
  if (patterns.some((pattern) => /\}\{/.test(pattern))) {
    return "when: two places touch; nobody knows where the first one ends";
  }
  const kept = patterns.flatMap(placesIn);
  if (new Set(kept).size < kept.length) return "when: two places have the same name";
  const unknown = [user ?? "", name ?? "", ...grants]
    .flatMap(placesIn)
    .find((place) => !kept.includes(place));
  if (unknown !== undefined) return `{${unknown}} stands in none of the facts of when`;
  return grants.map(templateFault).find((fault) => fault !== undefined);
}

function templateFault(text: string): string | undefined {
  const read = readGrant(text);
  return read.kind === "problem" ? read.problem : undefined;
}

/** Everybody that the rules make of these facts, in their order: a user who does not exist leaves it to the next one. */
export function* mappedBy(rules: readonly IdentityRule[], facts: Facts): Generator<Mapped> {
  for (const rule of rules) {
    const places = placesOf(rule, facts);
    const mapped = places && mappedTo(rule, places);
    if (mapped !== undefined) yield mapped;
  }
}

type Places = ReadonlyMap<string, string>;

/** What the places of a rule stand for; `undefined` when a fact is missing. */
function placesOf({ when }: IdentityRule, facts: Facts): Places | undefined {
  const places = new Map<string, string>();
  for (const [kind, pattern] of Object.entries(when)) {
    const expression = expressionOf(pattern);
    const decode = kind === "uri" ? decoded : (text: string): string => text;
    const match = (facts.get(kind) ?? [])
      .map((fact) => expression.exec(fact))
      .find((m) => m !== null);
    if (match === undefined) return undefined;
    for (const [place, text] of Object.entries(match.groups ?? {})) places.set(place, decode(text));
  }
  return places;
}

function mappedTo(rule: IdentityRule, places: Places): Mapped | undefined {
  if (![...places.values()].every(isHarmless)) return undefined;
  if (rule.user !== undefined) return { kind: "user", name: filled(rule.user, places) };
  const name = filled(rule.name ?? "", places);
  if (name === "" || name.length > LONGEST_NAME) return undefined;
  const grants = rule.grants.map((text) => filledGrant(text, places));
  if (grants.includes(undefined)) return undefined;
  return {
    kind: "own",
    name,
    role: rule.role,
    grants: grants.filter((grant) => grant !== undefined),
  };
}

/** A fact comes from outside: what could change a filter, a list or a line of a log is nobody's name. */
function isHarmless(text: string): boolean {
  return text !== "" && !/[+#/*%{},"]/.test(text) && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}

/** Places are filled into the grant that was read, not into its text: a name with a blank stays one name. */
function filledGrant(text: string, places: Places): Grant | undefined {
  const read = readGrant(text);
  if (read.kind === "problem") return undefined;
  const grant = withPlaces(read.grant, (field) => filled(field, places));
  return grantFault(grant) === undefined ? grant : undefined;
}

function withPlaces(grant: Grant, fill: (field: string) => string): Grant {
  const part = ({ group, edgeNode, device }: Part): Part => ({
    group: fill(group),
    ...(edgeNode !== undefined && { edgeNode: fill(edgeNode) }),
    ...(device !== undefined && { device: fill(device) }),
  });
  switch (grant.kind) {
    case "node":
      return {
        ...grant,
        group: fill(grant.group),
        edgeNode: fill(grant.edgeNode),
        ...(grant.devices !== undefined && { devices: grant.devices.map(fill) }),
      };
    case "host":
      return { ...grant, hostId: fill(grant.hostId) };
    case "command":
      return {
        ...grant,
        part: part(grant.part),
        ...(grant.metrics !== undefined && { metrics: grant.metrics.map(fill) }),
      };
    case "read":
    case "rebirth":
      return { ...grant, part: part(grant.part) };
    case "publish":
    case "subscribe":
      return { ...grant, filter: fill(grant.filter) };
    case "system":
      return grant;
  }
}

function placesIn(text: string): readonly string[] {
  return [...text.matchAll(PLACE)].map(({ groups }) => groups?.["place"] ?? "");
}

function filled(text: string, places: Places): string {
  return text.replaceAll(PLACE, (whole, place: string) => places.get(place) ?? whole);
}

/** A place ends where what follows it in the pattern begins: `{group}:{node}` can be read in one way only. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.split(/(\{[a-z][A-Za-z0-9]*\})/).map((piece, index, pieces) => {
    if (index % 2 === 0) return literal(piece);
    const [next = ""] = pieces[index + 1] ?? ""; // a whole character
    const letters = next === "" ? "." : `[^${classLetter(next)}]`;
    return `(?<${piece.slice(1, -1)}>${letters}+)`;
  });
  return new RegExp(`^${source.join("")}$`, "su");
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}/]/g, String.raw`\$&`);
}

function classLetter(letter: string): string {
  return /[\\\]^-]/.test(letter) ? `\\${letter}` : letter;
}

/** Of a URI; one that is broken names nobody. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
