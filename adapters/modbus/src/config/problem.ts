/** One thing that a rule found wrong, and the way to it from the thing that was checked. */
export interface RuleProblem {
  readonly path: (string | number)[];
  readonly message: string;
}
