/** One Modbus entry of the configuration: reads, checks all of it, and says all problems at once. Opens no connection. */
import { isDeepStrictEqual } from "node:util";
import {
  ConfigError,
  section,
  tryParse,
  type ConfigPlace,
  type ConfigProblem,
} from "@unshub/adapter";
import { z } from "zod";
import { templateUsers, type TemplateUser } from "../templates.ts";
import { linkAddress } from "../wire/link-config.ts";
import type { LinkedDevices, ModbusConfig } from "./config.ts";
import { connectionWarnings, joinShared } from "./connections.ts";
import { duplicateNames } from "./device-rules.ts";
import { defaultsSchema } from "./device-schema.ts";
import { parseLinked, type NamedDevice, type ParsedLink } from "./parse-link.ts";
import { below } from "./parts.ts";
import { Kinds } from "./parse-device.ts";

/** Several links of one entry, each with its devices. Each part by itself, so that no mistake hides others. */
const severalSchema = section({
  defaults: z.unknown().optional(),
  links: z.array(z.unknown()).min(1, "needs at least one link"),
});

/**
 * The entry as the adapter runs it; files that it names are seen from `place.folder`.
 * @throws {ConfigError} with every problem.
 */
export function parseModbusConfig(input: unknown, place: ConfigPlace): ModbusConfig {
  const isSeveral = typeof input === "object" && input !== null && "links" in input;
  const { parts, problems } = isSeveral ? parseSeveral(input, place) : parseOne(input, place);
  const written = parts.flatMap(({ linked }) => (linked === undefined ? [] : [linked]));
  const { links, problems: shared } = joinShared(written);
  const found = [...problems, ...namedTwice(parts), ...templateTwice(written), ...shared];
  if (found.length > 0 || written.length < parts.length) throw new ConfigError(found);
  const warnings = parts.flatMap((part) => part.warnings);
  return { links: withOwnNames(links), warnings: [...warnings, ...connectionWarnings(links)] };
}

interface Parsed {
  readonly parts: readonly ParsedLink[];
  readonly problems: readonly ConfigProblem[];
}

/** `link` and `devices` stand in the entry itself. */
function parseOne(input: unknown, place: ConfigPlace): Parsed {
  const part = parseLinked(input, { defaults: {}, path: [], kinds: new Kinds(place) });
  return { parts: [part], problems: part.problems };
}

function parseSeveral(input: object, place: ConfigPlace): Parsed {
  const entry = tryParse(severalSchema, input);
  const { defaults: common, links } = { defaults: {}, links: undefined, ...input };
  const defaults = tryParse(defaultsSchema, common);
  const kinds = new Kinds(place);
  const parts = (Array.isArray(links) ? links : []).map((link: unknown, index) =>
    parseLinked(link, { defaults: defaults.value ?? {}, path: ["links", index], kinds }),
  );
  const own = [...entry.problems, ...defaults.problems.map(below(["defaults"]))];
  return { parts, problems: [...own, ...parts.flatMap(({ problems }) => problems)] };
}

/** Devices of all links are devices of one edge node. */
function namedTwice(parts: readonly ParsedLink[]): readonly ConfigProblem[] {
  const all: readonly NamedDevice[] = parts.flatMap(({ names }) => names);
  const entries = all.map(({ name }, index) => ({ index, name }));
  return duplicateNames(entries).map(({ path: [index], message }) => {
    const { path } = all[Number(index)] ?? { path: [] };
    return { path: [...path, "name"], message };
  });
}

/** A template has one definition, whichever devices use it. */
function templateTwice(links: readonly LinkedDevices[]): readonly ConfigProblem[] {
  const first = new Map<string, TemplateUser>();
  return templateUsers(links).flatMap((user) => {
    const { name, template } = user.definition;
    const known = first.get(name) ?? user;
    first.set(name, known);
    if (isDeepStrictEqual(known.definition.template, template)) return [];
    const message = `"${user.name}" says templateRef "${name}" as "${known.name}" does, and its members are others: one of them needs another name`;
    return [{ path: [...user.path, "devices"], message }];
  });
}

/** Links are known by their addresses; a second one to the same address gets a number behind it. */
function withOwnNames(links: readonly LinkedDevices[]): readonly LinkedDevices[] {
  const seen = new Map<string, number>();
  return links.map((linked) => {
    const address = linkAddress(linked.link);
    const number = (seen.get(address) ?? 0) + 1;
    seen.set(address, number);
    if (number === 1) return linked;
    return { ...linked, link: { ...linked.link, name: `${address} (${number})` } };
  });
}
