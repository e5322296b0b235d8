/** The door of diagnostics: everything that was found, whoever found it, and what became of it. */
export { countsOf, FindingDesk, type FindingCounts, type FindingGroup } from "./desk.ts";
export { AdapterFindings } from "./adapter-findings.ts";
export { ClientFindings } from "./client-findings.ts";
export type { EndingFacts } from "./endings.ts";
