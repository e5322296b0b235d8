/** The door of the explanation: why a value is stale, hop by hop. */
export { Explainer } from "./explain.ts";
