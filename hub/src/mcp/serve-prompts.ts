/** Prompts in the words of the SDK. */
import type { McpServer } from "@modelcontextprotocol/server";
import { PROMPTS } from "./prompts.ts";

export function addPrompts(server: McpServer): void {
  for (const prompt of PROMPTS) {
    const { name, title, description, input } = prompt;
    server.registerPrompt(name, { title, description, argsSchema: input }, (args) => ({
      description,
      messages: [{ role: "user", content: { type: "text", text: prompt.text(args) } }],
    }));
  }
}
