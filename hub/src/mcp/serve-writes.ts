/** Tools that write, in the words of the SDK: they ask a person in a first round and act in the second. */
import {
  acceptedContent,
  inputRequired,
  type CallToolResult,
  type InputRequiredResult,
  type McpRequestContext,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { z } from "zod";
import { toolResult, type Answer } from "./answer.ts";
import { answered } from "./answered.ts";
import {
  confirmSchema,
  proposalInput,
  proposalState,
  propose,
  type Proposals,
  rebirth,
  rebirthInput,
  rebirthQuestion,
  type Seal,
  sealSchema,
  writeInput,
  writeQuestion,
} from "./proposals.ts";
import { PROPOSING } from "../replay/index.ts";
import { proposeReplay, replayInput, replayQuestion } from "./replays.ts";
import { ToolFault, type McpCaller, type McpRooms } from "./rooms.ts";
import type { Call } from "./tool.ts";

/** What makes a server for one request. */
export interface Serving {
  readonly rooms: McpRooms;
  readonly proposals: Proposals;
  readonly seals: RequestStateCodec<Seal>;
}

interface WriteAdding {
  readonly serving: Serving;
  readonly caller: McpCaller;
  readonly era: McpRequestContext["era"];
  readonly callFor: (context: ServerContext) => Call;
}

const ANNOTATIONS = { readOnlyHint: false, destructiveHint: true, openWorldHint: false } as const;

const THEN = {
  hub: "After the person at the assistant has said yes, it waits on the page /commands/ until a second person says yes too.",
  client: "It is sent when the person at the assistant has said yes.",
} as const;

const THEN_TOLD = {
  hub: "After the person at the assistant has said yes, it waits on the page /commands/ until a second person says yes too.",
  client: "It starts when the person at the assistant has said yes.",
} as const;

/** Not there for those who may not write, nor where the configuration opens nothing. */
export function addWriteTools(server: McpServer, adding: WriteAdding): void {
  const { caller, serving } = adding;
  const { config } = serving.rooms;
  if (!config.writes) return;
  if (caller.may("write metrics")) {
    const write = confirmed({
      name: "uns_write",
      title: "Propose a write",
      description: `Proposes to write a metric. A person is asked first. ${THEN[config.approval]} Answers what became of it, with a receipt.`,
      input: writeInput,
      question: writeQuestion,
      act: propose,
    });
    addConfirmed(server, adding, write);
  }
  if (caller.may(PROPOSING)) {
    const replay = confirmed({
      name: "uns_replay",
      title: "Propose a replay",
      description: `Proposes to tell a part of the plant again: to hosts as historical values, or on plain topics below a prefix. A person is asked first. ${THEN_TOLD[config.approval]} Answers with a receipt.`,
      input: replayInput,
      question: replayQuestion,
      act: proposeReplay,
    });
    addConfirmed(server, adding, replay);
  }
  if (caller.may("write metrics") || caller.may(PROPOSING)) addProposal(server, adding);
  if (!caller.may("request rebirth")) return;
  const births = confirmed({
    name: "sparkplug_rebirth",
    title: "Ask for births",
    description: "Asks an edge node for its births again (NCMD Rebirth). A person is asked first.",
    input: rebirthInput,
    question: rebirthQuestion,
    act: rebirth,
  });
  addConfirmed(server, adding, births);
}

function addProposal(server: McpServer, { serving: { rooms }, callFor }: WriteAdding): void {
  server.registerTool(
    "uns_proposal",
    {
      title: "What became of a proposal",
      description: "The state of a write or a replay that you proposed, by the id of its receipt.",
      inputSchema: proposalInput,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (args, context) =>
      await answered(rooms, async () => toolResult(proposalState(args, callFor(context)))),
  );
}

/** A tool that acts when a person has said yes. */
interface Confirmed {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** @throws {ToolFault} before anybody is asked. */
  question(args: unknown, call: Call): string;
  act(args: unknown, call: Call): Promise<Answer>;
}

interface ConfirmedParts<Input extends z.ZodObject> extends Pick<
  Confirmed,
  "name" | "title" | "description"
> {
  readonly input: Input;
  question(args: z.output<Input>, call: Call): string;
  act(args: z.output<Input>, call: Call): Promise<Answer>;
}

function confirmed<Input extends z.ZodObject>(parts: ConfirmedParts<Input>): Confirmed {
  return {
    ...parts,
    question: (args, call) => parts.question(parts.input.parse(args), call),
    act: async (args, call) => await parts.act(parts.input.parse(args), call),
  };
}

function addConfirmed(
  server: McpServer,
  { serving, era, callFor }: WriteAdding,
  tool: Confirmed,
): void {
  const { name, title, description, input } = tool;
  const { rooms, proposals, seals } = serving;
  const run = async (
    args: object,
    context: ServerContext,
  ): Promise<CallToolResult | InputRequiredResult> => {
    if (era === "legacy") throw new ToolFault(NO_QUESTIONS);
    const call = callFor(context);
    const asked = { name, args };
    const { inputResponses, requestState } = context.mcpReq;
    const text = tool.question(args, call); // also when it comes back: what was allowed may no longer be
    if (inputResponses === undefined) {
      const seal = await seals.mint(proposals.seal(asked), context);
      const confirm = inputRequired.elicit({ message: text, requestedSchema: confirmSchema });
      return inputRequired({ inputRequests: { confirm }, requestState: seal });
    }
    const answer = acceptedContent(inputResponses, "confirm", confirmSchema);
    if (answer?.confirm !== true) {
      throw new ToolFault("the person did not say yes: nothing was sent");
    }
    proposals.use(asked, sealSchema.safeParse(requestState()).data);
    return toolResult(await tool.act(args, call));
  };
  server.registerTool(
    name,
    { title, description, inputSchema: input, annotations: { title, ...ANNOTATIONS } },
    async (args, context) => await answered(rooms, () => run(args, context)),
  );
}

const NO_QUESTIONS =
  "this client speaks a revision of MCP in which nobody can be asked before a write: it takes 2026-07-28. Nothing was sent";
