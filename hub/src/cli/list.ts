/** A list as people and as programs want it. */
import type { Console } from "./arguments.ts";
import { printable } from "./printable.ts";

interface Form {
  readonly json: boolean;
  /** Its lines for people. */
  readonly table: () => readonly string[];
}

/** One line for each of them. */
export function printList(
  all: readonly object[],
  { json, table }: Form,
  { print }: Pick<Console, "print">,
): void {
  if (json) for (const one of all) print(JSON.stringify(one));
  else for (const line of table()) print(printable(line));
}
