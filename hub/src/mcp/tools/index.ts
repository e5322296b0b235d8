/** All tools that only read. */
import type { Tool } from "../tool.ts";
import { browseTool, describeTool, searchTool } from "./look.ts";
import { adaptersTool, nodesTool } from "./sources.ts";
import { historyTool, readTool, staleTool, watchTool } from "./values.ts";
import { explainViolationTool } from "./explain-violation.ts";
import { explainTool, violationsTool } from "./violations.ts";

export const READ_TOOLS: readonly Tool[] = [
  searchTool,
  browseTool,
  describeTool,
  readTool,
  historyTool,
  watchTool,
  staleTool,
  nodesTool,
  violationsTool,
  explainViolationTool,
  explainTool,
  adaptersTool,
];
