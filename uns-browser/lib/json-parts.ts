/** Parts of an answer of the hub, as far as they are what is expected. */
import { isRecord } from "./hub-request.ts";

export type Json = Readonly<Record<string, unknown>>;

export function oneOf<Name extends string>(names: readonly Name[], value: unknown): Name | null {
  return names.find((name) => name === value) ?? null;
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** Of counts: what was not said is none. */
export function numberOr0(value: unknown): number {
  return numberOf(value) ?? 0;
}
