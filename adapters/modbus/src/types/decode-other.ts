/** Values that are no single number: texts, bytes, dates, arrays, structs. They cost an object each. */
import type { ArrayValue, MetricValue, TemplateMember } from "@unshub/sparkplug";
import { elementLength, isArrayTag, type Tag } from "../tag.ts";
import { BAD_TEXT, BAD_TIME, isBad, type BadValue } from "./bad-value.ts";
import { decodeMoment } from "./moment.ts";
import { numberAt, numberReader } from "./number-reader.ts";
import { rawType } from "./raw-type.ts";
import { decodeText } from "./text.ts";

/** Reads one tag out of its own registers. */
export type OtherDecoder = (registers: Uint8Array) => MetricValue | BadValue;

/** The decoder of a tag that is no single number. */
export function otherDecoder(tag: Tag): OtherDecoder {
  if (isArrayTag(tag)) return arrayDecoder(tag);
  switch (rawType(tag.type).kind) {
    case "string":
      return (registers) => decodeText(registers, tag) ?? BAD_TEXT;
    case "bytes":
      // A copy, since the reply is only lent.
      return (registers) => registers.slice();
    case "moment":
      return (registers) => decodeMoment(registers, tag) ?? BAD_TIME;
    case "struct":
      return structDecoder(tag);
    case "bool":
    case "integer":
    case "float":
      throw new TypeError(`${tag.name}: ${tag.type} is a single number`);
  }
}

/** An array is bad when one of its elements is: it has no way to say which. */
function arrayDecoder(tag: Tag): OtherDecoder {
  const reader = numberReader(tag);
  const size = 2 * elementLength(tag);
  if (reader === undefined) throw new TypeError(`${tag.name}: there are no arrays of ${tag.type}`);
  return (registers) => {
    const numbers: (number | bigint)[] = [];
    for (let at = 0; at + size <= registers.length; at += size) {
      const value = numberAt(reader, registers, at);
      if (isBad(value)) return value;
      if (typeof value !== "string") numbers.push(value);
    }
    return numbers satisfies ArrayValue;
  };
}

/** A struct is bad when one of its members is. */
function structDecoder(tag: Tag): OtherDecoder {
  const members = (tag.members ?? []).map((member) => ({ member, decode: memberDecoder(member) }));
  return (registers) => {
    const metrics: TemplateMember[] = [];
    for (const { member, decode } of members) {
      const value = decode(registers);
      if (isBad(value)) return value;
      metrics.push({ name: member.name, datatype: member.datatype, value });
    }
    return {
      isDefinition: false,
      metrics,
      parameters: [],
      ...(tag.templateRef !== undefined && { templateRef: tag.templateRef }),
    };
  };
}

function memberDecoder(member: Tag): OtherDecoder {
  const reader = isArrayTag(member) ? undefined : numberReader(member);
  const at = 2 * member.start;
  if (reader === undefined) {
    const decode = otherDecoder(member);
    return (registers) => decode(registers.subarray(at, at + 2 * member.length));
  }
  return (registers) => {
    const value = numberAt(reader, registers, at);
    return member.datatype === "Boolean" && !isBad(value) ? value === 1 : value;
  };
}
