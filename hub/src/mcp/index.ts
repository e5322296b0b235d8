/** The door of MCP: the plant for AI assistants. */
export { Mcp } from "./mcp.ts";
export type { McpCaller, McpRooms } from "./rooms.ts";
