/** The arguments of a method: what the server says it takes, and the JSON of a command made into exactly that. */
import type { MetricValue } from "@unshub/sparkplug";
import type { NodeId, Variant } from "node-opcua-client";
import type { BuiltInType } from "../built-in-types.ts";
import { toRaw } from "../encode.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import { builtInOf, isStructure, readDataTypes } from "../values/data-types.ts";
import { valueOfJson } from "./plain-value.ts";
import { structuresOf } from "./structure-value.ts";

/** What is wrong with the arguments, as a sentence; nothing was sent. */
export class MethodArgumentError extends Error {
  override readonly name = "MethodArgumentError";
}

/** What goes into the call, and what the answers are called. */
export interface MethodArguments {
  readonly inputs: readonly Variant[];
  readonly outputs: readonly string[];
}

interface Wanted {
  readonly name: string;
  readonly type: BuiltInType | undefined;
  /** Of its structure, one that says nothing yet. */
  readonly blank: object | undefined;
  readonly isArray: boolean;
}

interface Called {
  readonly session: RawSession;
  readonly library: Library;
  readonly methodId: NodeId;
}

/**
 * `value`: the JSON of an array in the order of the arguments, or of an object with their names; empty for none.
 * @throws {MethodArgumentError}
 */
export async function argumentsOf(
  { session, library, methodId }: Called,
  value: MetricValue,
): Promise<MethodArguments> {
  const given = parsed(value);
  const definition = await session.getArgumentDefinition(methodId);
  const inputs = definition.inputArguments ?? [];
  const types = await readDataTypes(
    { session, library },
    new Map(inputs.map(({ dataType }) => [dataType.toString(), dataType])),
  );
  const wanted = await Promise.all(
    inputs.map(async ({ name, dataType, valueRank }, index): Promise<Wanted> => {
      const facts = types.get(dataType.toString());
      const type = facts && builtInOf(facts);
      const blank =
        facts !== undefined && isStructure(facts) ? await blankOf(session, dataType) : undefined;
      return { name: name ?? `${index}`, type, blank, isArray: valueRank >= 0 };
    }),
  );
  return {
    inputs: inOrder(given, wanted).map((each, index) => variantOf(library, each, wanted[index])),
    outputs: (definition.outputArguments ?? []).map(({ name }, index) => name ?? `${index}`),
  };
}

/** `undefined`: the server does not say how its values are made. */
async function blankOf(session: RawSession, dataType: NodeId): Promise<object | undefined> {
  try {
    return await session.constructExtensionObject(dataType, {});
  } catch {
    return undefined;
  }
}

function parsed(value: MetricValue): unknown {
  if (typeof value !== "string") throw new MethodArgumentError("expected arguments as JSON");
  if (value.trim() === "") return [];
  try {
    return JSON.parse(value);
  } catch {
    throw new MethodArgumentError(`"${value.slice(0, 80)}" is no JSON`);
  }
}

function inOrder(given: unknown, wanted: readonly Wanted[]): readonly unknown[] {
  const names = wanted.map(({ name }) => name).join(", ");
  if (Array.isArray(given)) {
    if (given.length === wanted.length) return given;
    throw new MethodArgumentError(`expected ${wanted.length} arguments (${names})`);
  }
  if (typeof given !== "object" || given === null) {
    throw new MethodArgumentError("expected an array or an object");
  }
  const unknown = Object.keys(given).find((key) => !wanted.some(({ name }) => name === key));
  if (unknown !== undefined) {
    throw new MethodArgumentError(`there is no argument "${unknown}"; arguments: ${names}`);
  }
  return wanted.map(({ name }) => {
    if (!Object.hasOwn(given, name)) throw new MethodArgumentError(`"${name}" is missing`);
    return Reflect.get(given, name);
  });
}

function variantOf(library: Library, given: unknown, wanted: Wanted | undefined): Variant {
  const { name = "", type, blank, isArray = false } = wanted ?? {};
  if (blank !== undefined) return structureVariant(library, given, { name, blank, isArray });
  if (type === undefined) {
    throw new MethodArgumentError(`"${name}" is of a type that the server does not describe`);
  }
  if (!isArray) {
    return new library.Variant({
      dataType: library.DataType[type.name],
      arrayType: library.VariantArrayType.Scalar,
      value: raw(given, type, name),
    });
  }
  if (!Array.isArray(given)) throw new MethodArgumentError(`"${name}" must be an array`);
  const value = given.map((each: unknown, index) => raw(each, type, `${name}[${index}]`));
  return new library.Variant({
    dataType: library.DataType[type.name],
    arrayType: library.VariantArrayType.Array,
    value,
  });
}

function structureVariant(
  library: Library,
  given: unknown,
  {
    name,
    blank,
    isArray,
  }: { readonly name: string; readonly blank: object; readonly isArray: boolean },
): Variant {
  const encoded = structuresOf(given, isArray ? [blank] : blank, library);
  if ("fault" in encoded) throw new MethodArgumentError(`"${name}": ${encoded.fault}`);
  return new library.Variant({
    dataType: library.DataType.ExtensionObject,
    arrayType: library.VariantArrayType[isArray ? "Array" : "Scalar"],
    value: encoded.raw,
  });
}

function raw(given: unknown, type: BuiltInType, name: string): unknown {
  const encoded = toRaw(valueOfJson(given, type), type);
  if ("fault" in encoded) throw new MethodArgumentError(`"${name}": ${encoded.fault}`);
  return encoded.raw;
}
