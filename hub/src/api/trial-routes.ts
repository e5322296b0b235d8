/** `/api/v1/adapter-trials`: a connection tried before it is saved, or as it is; bounded, and on the audit trail. */
import { z } from "zod";
import {
  ConfigError,
  KEPT_SECRET,
  TRIAL_STEPS,
  type AdapterPlan,
  type PlannedPeer,
} from "@unshub/adapter";
import type { Configuration } from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import { checkAdapterConfig, describeAdapter, type Supervisor } from "../supervisor/index.ts";
import { told } from "./configuration-routes.ts";
import { entry } from "./entry-routes.ts";
import { noted } from "./noted.ts";
import { Problem, problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface TrialRoutes {
  readonly configuration: Pick<Configuration, "folder" | "adapters" | "withKnownSecrets">;
  readonly adapters: Pick<Supervisor, "reports" | "tryConnection">;
  readonly access: Pick<Access, "note">;
  readonly now: () => number;
}

/** Enough for whoever looks for the right setting, and far too few for whoever looks for open ports. */
const MOST_IN_WINDOW = 10;
const WINDOW_MS = 60_000;

export const trialStep = z.object({
  step: z.enum(TRIAL_STEPS),
  outcome: z.enum(["done", "failed"]),
  says: z.string().describe("What was found, or why it failed"),
  todo: z.string().optional().describe("What to do when it failed"),
  ms: z.number(),
});
const answer = z.object({
  works: z.boolean().describe("Every step was done"),
  steps: z.array(trialStep),
  broken: z.string().optional().describe("Why it did not come to its end"),
});
const body = z.strictObject({
  entry: entry
    // The adapter's own folder is called so.
    .refine(({ name }) => /^[A-Za-z0-9][\w.-]*$/.test(name), {
      path: ["name"],
      message: "use letters, digits, dot, dash and underscore, a letter or digit first",
    })
    .describe("As it would stand below adapters:, saved or not"),
  device: z.string().max(1000).optional().describe("Whose first tag is read; left out: the first"),
});
type Wish = z.output<typeof body>;

export function addTrialRoutes(routes: Routes, rooms: TrialRoutes): void {
  const turns = new Turns(rooms.now);
  routes.add({
    method: "POST",
    path: "/api/v1/adapter-trials",
    tag: "Adapters",
    needs: "edit configuration",
    summary: "Connects as an entry says and reads one value, step by step; nothing is saved",
    body,
    answers: { 200: answer },
    problems: [409, 429],
    handle: ({ body: asked, caller }) =>
      told(async () => {
        const { group, edgeNode } = asked.entry;
        if (!readsNode(caller, group, edgeNode))
          return problem(403, `you may not see ${group}/${edgeNode}, where it would speak`);
        const wish = withSecrets(asked, caller, rooms.configuration);
        const place = { folder: rooms.configuration.folder };
        const peers = await peersOf(wish, place);
        if (peers instanceof Problem) return peers;
        const plan = await describeAdapter(wish.entry.protocol, inputOf(wish), place);
        const address = addressIn(plan, wish.device) ?? wish.entry.name;
        const peer = peers.find(({ name }) => name === address);
        const taken = peer && (await takenPeer(rooms.adapters, peer));
        return taken ?? (await turns.take(() => tried({ ...wish, address }, caller, rooms)));
      }),
  });
}

/** An entry that stands in the file is known with marks in the place of its secrets. */
function withSecrets(
  wish: Wish,
  caller: Caller,
  configuration: TrialRoutes["configuration"],
): Wish {
  const { name } = wish.entry;
  const isMarked = JSON.stringify(wish.entry).includes(KEPT_SECRET);
  const known = configuration.adapters.find((each) => each.name === name);
  if (!isMarked || known === undefined) return wish;
  if (!readsNode(caller, known.groupId, known.edgeNodeId)) return wish;
  return { ...wish, entry: entry.parse(configuration.withKnownSecrets(name, wish.entry)) };
}

/** The adapter's own part. */
function inputOf({ entry: whole }: Wish): object {
  const {
    name: _name,
    protocol: _protocol,
    group: _group,
    edgeNode: _edgeNode,
    memoryLimit: _memoryLimit,
    enabled: _enabled,
    stopped: _stopped,
    ...rest
  } = whole;
  return rest;
}

/** Whom it would ask, or what is wrong with the entry. */
async function peersOf(
  wish: Wish,
  place: { readonly folder: string },
): Promise<readonly PlannedPeer[] | Problem> {
  try {
    return await checkAdapterConfig(wish.entry.protocol, inputOf(wish), place);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const errors = error.problems.map(({ path, message }) => ({
      path: path.join("."),
      message,
      field: path.join("."),
    }));
    return new Problem(400, error.message, { errors });
  }
}

/** Many devices take one connection only: who has it would lose it. */
async function takenPeer(
  adapters: TrialRoutes["adapters"],
  { name, most = 1 }: PlannedPeer,
): Promise<Problem | undefined> {
  if (most > 1) return undefined;
  const links = (await adapters.reports()).flatMap(({ diagnostics }) => diagnostics.links);
  const taken = links.find(
    ({ address, state }) => address === name && (state === "up" || state === "degraded"),
  );
  if (taken === undefined) return undefined;
  return problem(
    409,
    `an adapter that runs is connected to ${name}, and many devices take one connection only: read over that one, stop the adapter, or say with maxConnections that the device takes more`,
  );
}

async function tried(
  { address, ...wish }: Wish & { readonly address: string },
  caller: Caller,
  { configuration, adapters, access }: TrialRoutes,
): Promise<z.output<typeof answer> | Problem> {
  const { name, protocol } = wish.entry;
  const place = { folder: configuration.folder };
  const input = inputOf(wish);
  return await noted(
    {
      access,
      by: caller.changer,
      what: { action: "try connection", object: `adapter ${name}` },
      wish: { after: { protocol, address } },
      outcome: ({ works }) => ({ after: { protocol, address, works } }),
    },
    async () => {
      const deviceId = wish.device;
      const trial = await adapters.tryConnection({ name, protocol, input, place, deviceId });
      const { broken } = trial;
      const steps = [...trial.steps];
      const isDone = steps.length > 0 && steps.every(({ outcome }) => outcome === "done");
      const works = isDone && broken === undefined;
      return { works, steps, ...(broken !== undefined && { broken }) };
    },
  );
}

/** To which it connects: that of the device, where one is named. */
function addressIn(plan: AdapterPlan | undefined, device: string | undefined): string | undefined {
  const links = plan?.links ?? [];
  const named = links.find(({ devices }) =>
    devices.some(({ deviceId }) => device === undefined || deviceId === device),
  );
  return (named ?? links[0])?.address;
}

/** One at a time for everybody together, and only so many in a while. */
class Turns {
  readonly #now: () => number;
  #isBusy = false;
  #begun: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async take<Answer>(run: () => Promise<Answer>): Promise<Answer | Problem> {
    const now = this.#now();
    this.#begun = this.#begun.filter((at) => now - at < WINDOW_MS);
    const [first = now] = this.#begun;
    if (this.#begun.length >= MOST_IN_WINDOW)
      return new Problem(
        429,
        `${MOST_IN_WINDOW} connections were tried within a minute, that is enough: wait a little`,
        { waitMs: WINDOW_MS - (now - first) },
      );
    if (this.#isBusy) return problem(409, "another connection is being tried: wait for its end");
    this.#isBusy = true;
    this.#begun.push(now);
    try {
      return await run();
    } finally {
      this.#isBusy = false;
    }
  }
}
