/** What is wrong with the entry of an adapter, as it is said to people. */
import assert from "node:assert/strict";
import { ConfigError, describeProblem } from "@unshub/adapter";

/** One line each; none when it can be read. */
export function problemsIn(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(describeProblem);
  }
  return [];
}
