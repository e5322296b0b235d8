/**
 * How the value of a simulated tag goes on with time: measured values swing, counters only grow, states change now and
 * then, what can be written holds. The same tag at the same time has the same value, whoever asks how often.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { elementLength, isArrayTag, type Tag } from "../tag.ts";
import { linearOf, unscaledNumber } from "../types/linear.ts";
import { rawType } from "../types/raw-type.ts";
import { plausibleRange, possibleRange } from "./plausible-range.ts";

/** The value `seconds` after the beginning; `nowMs` since 1970 for what shows a date. */
export type Course = (seconds: number, nowMs: number) => MetricValue;

/** Units of what only grows, and how much of it in a second. */
const GROWTH: readonly (readonly [unit: RegExp, perSecond: number])[] = [
  [/^(Wh|varh|VAh)$/, 1.5],
  [/^k(Wh|varh|VAh)$/, 0.0015],
  [/^M(Wh|varh|VAh)$/, 0.0000015],
  [/^h$/, 1 / 3600],
  [/^m³$/, 0.004],
  [/^s$/, 1],
];
const COUNTED = /counter|count$|parts|pieces|strokes|cycles|bottles/i;
/** No counter begins above this. */
const MOST_COUNTED = 4_000_000;
const DAY_SECONDS = 86_400;

/** The course of a tag; of a struct, of each member by itself. */
export function courseOf(tag: Tag): Course {
  const seed = hash(tag.name);
  if (isArrayTag(tag)) return arrayCourse(tag);
  if (tag.enum !== undefined) return stateCourse([...tag.enum.values()], tag, seed);
  switch (rawType(tag.type).kind) {
    case "bool":
      return boolCourse(tag, seed);
    case "integer":
    case "float":
      return numberCourse(tag, seed);
    case "moment":
      return (_seconds, nowMs) => Math.floor(nowMs / 1000) * 1000;
    case "string":
      return constant(textOf(tag));
    case "bytes":
      return constant(Uint8Array.from({ length: 2 * tag.length }, (_, at) => (seed + at) & 0xff));
    case "struct":
      return constant(null);
  }
}

function constant(value: MetricValue): Course {
  return () => value;
}

function arrayCourse(tag: Tag): Course {
  const length = elementLength(tag);
  const courses = Array.from({ length: Math.floor(tag.length / length) }, (_, index) =>
    courseOf({ ...tag, name: `${tag.name} ${index}`, length }),
  );
  // A list of numbers or of big integers, as the element type gives.
  return (seconds, nowMs) => courses.map((course) => Number(course(seconds, nowMs)));
}

function stateCourse(states: readonly string[], tag: Tag, seed: number): Course {
  const [first = ""] = states;
  if (tag.access !== "r") return constant(first);
  const lastsSeconds = 15 + (seed % 30);
  return (seconds) => states[Math.floor(seconds / lastsSeconds) % states.length] ?? first;
}

function boolCourse(tag: Tag, seed: number): Course {
  if (tag.access !== "r") return constant(false);
  if (/fault|alarm|trip|error/i.test(tag.name)) return constant(false);
  const periodSeconds = 20 + (seed % 60);
  return (seconds) => (seconds + seed) % periodSeconds < periodSeconds * 0.7;
}

function numberCourse(tag: Tag, seed: number): Course {
  const course = tag.access === "r" ? (growth(tag, seed) ?? swing(tag, seed)) : held(tag);
  if (rawType(tag.type).kind === "float") return course;
  const linear = linearOf(tag);
  // Whole steps of the register, since nothing else can be written into it.
  return (seconds) => {
    const raw = Math.round(unscaledNumber(course(seconds), linear));
    return (raw * linear.num + linear.add) / linear.den;
  };
}

type NumberCourse = (seconds: number) => number;

function held(tag: Tag): NumberCourse {
  const [low, high] = plausibleRange(tag);
  const middle = (low + high) / 2;
  return () => middle;
}

function growth(tag: Tag, seed: number): NumberCourse | undefined {
  const perSecond =
    GROWTH.find(([unit]) => unit.test(tag.unit ?? ""))?.[1] ??
    (COUNTED.test(tag.name) ? 0.25 : undefined);
  if (perSecond === undefined) return undefined;
  const [low, high] = possibleRange(tag);
  const from = Math.max(low, 0);
  const room = Math.min(high, MOST_COUNTED) - from;
  const start = from + room * (0.1 + (seed % 100) / 250);
  return (seconds) => Math.min(start + perSecond * seconds, high);
}

/** Two waves, a slow one and a quick one; never outside. */
function swing(tag: Tag, seed: number): NumberCourse {
  const [low, high] = plausibleRange(tag);
  const middle = (low + high) / 2;
  const reach = (high - low) / 2;
  const slow = (2 * Math.PI) / (60 + (seed % 120));
  const quick = (2 * Math.PI) / (7 + (seed % 5));
  const phase = seed % DAY_SECONDS;
  return (seconds) =>
    middle +
    reach * (0.8 * Math.sin(slow * (seconds + phase)) + 0.2 * Math.sin(quick * (seconds + phase)));
}

/** A serial number, a program: as much of it as there is room for. */
function textOf(tag: Tag): string {
  const room = tag.text?.byte === undefined || tag.text.byte === "both" ? 2 : 1;
  const last = tag.name.split("/").at(-1) ?? tag.name;
  const plain = `SIM ${last}`.replaceAll(/[^ -~]/g, "?");
  return plain.slice(0, tag.length * room).trim();
}

/** FNV-1a: the same name always gives the same number. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return value >>> 0;
}
