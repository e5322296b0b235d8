/**
 * Templates: the tags of a kind of machine, written once. A device uses one by name; where machines of the same kind lie
 * side by side in one PLC, with an offset of its addresses, a prefix and variables in its texts.
 */
import { ConfigError, parseWith, section, type ConfigProblem } from "@unshub/adapter";
import { z } from "zod";
import { shiftedAddress } from "./shifted-address.ts";

/** A template as a device sees it. */
export interface Template {
  /** Keys of the device, e.g. `byteOrder`. */
  readonly habits: object;
  readonly groups: object;
  /** Not yet checked. */
  readonly tags: readonly unknown[];
}

/** How a device uses a template. */
export interface TemplateUse {
  readonly name: string;
  /** In front of every name, with a slash between. */
  readonly prefix?: string | undefined;
  /** Added to every address. */
  readonly addressOffset: number;
  /** What stands for `${key}` in names and descriptions. */
  readonly variables: Readonly<Record<string, string | number>>;
}

const useSchema = z.preprocess(
  (input) => (typeof input === "string" ? { name: input } : input),
  section({
    name: z.string().min(1).describe("a name of the library, or a file"),
    prefix: z.string().min(1).optional(),
    addressOffset: z.int().min(-65_535).max(65_535).default(0),
    variables: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  }),
);

/** What a template's file may say; its tags are checked with those of the device. */
const fileSchema = z.looseObject({
  template: z.string().describe("what machine it is"),
  source: z.string().optional().describe("the document its register map is from"),
  groups: z.record(z.string(), z.unknown()).default({}),
  tags: z.array(z.looseObject({})).min(1),
});

type Failed = { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] };

/** What stands under `template:` of a device. */
export function readTemplateUse(
  input: unknown,
): { readonly kind: "use"; readonly use: TemplateUse } | Failed {
  return attempt(() => ({ kind: "use", use: parseWith(useSchema, input) }));
}

/** The template in a file's content, as `use` asks for it. */
export function applyTemplate(
  content: unknown,
  use: TemplateUse,
): { readonly kind: "template"; readonly template: Template } | Failed {
  return attempt(() => {
    const {
      template: _template,
      source: _source,
      groups,
      tags,
      ...habits
    } = parseWith(fileSchema, content);
    return {
      kind: "template",
      template: { habits, groups, tags: tags.map((tag, index) => placed(tag, index, use)) },
    };
  });
}

function attempt<Result>(read: () => Result): Result | Failed {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "problems", problems: error.problems };
  }
}

function placed(tag: object, index: number, use: TemplateUse): object {
  const { name, at, description } = {
    name: undefined,
    at: undefined,
    description: undefined,
    ...tag,
  };
  const fill = (text: unknown): unknown =>
    typeof text === "string" ? filled(text, index, use) : text;
  const full = fill(name);
  return {
    ...tag,
    name: use.prefix === undefined ? full : `${use.prefix}/${String(full)}`,
    at: use.addressOffset === 0 ? at : shiftedAddress(String(at), use.addressOffset),
    ...(description !== undefined && { description: fill(description) }),
  };
}

/** @throws {ConfigError} when the text names a variable that the device does not give. */
function filled(text: string, index: number, { variables }: TemplateUse): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_whole, key: string) => {
    if (Object.hasOwn(variables, key)) return String(variables[key]);
    const known = Object.keys(variables).join(", ") || "none";
    const message = `"${text}" asks for the variable "${key}"; template.variables has ${known}`;
    throw new ConfigError([{ path: ["tags", index], message }]);
  });
}
