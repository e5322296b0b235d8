/** The hub against every rule of i3X 1.0, and the rules against servers that break one of them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CHECKS, failing } from "../../support/i3x-checks.ts";
import { listAt, valueAt, type I3xAnswer, type I3xDoor } from "../../support/i3x-client.ts";
import { pressAdapter } from "../../support/hub.ts";
import { startI3xPlant, type I3xPlant } from "../../support/i3x-plant.ts";

const ends: (() => unknown)[] = [];
let plant: I3xPlant;

before(async () => {
  const adapters = pressAdapter(1); // nobody answers there
  plant = await startI3xPlant({ after: (end) => ends.push(end) }, { adapters });
  const { tree } = plant.hub.hub;
  await plant.hub.until(() => tree.find("Plant1/gw-press") !== undefined);
});

after(async () => {
  for (const end of ends.toReversed()) await end();
});

/** What a server answers instead of the hub. */
type Mutation = (
  asked: { readonly method: string; readonly path: string; readonly body: object | undefined },
  ask: (body: object | undefined, headers?: Readonly<Record<string, string>>) => Promise<I3xAnswer>,
) => Promise<I3xAnswer>;

function mutated(door: I3xDoor, mutation: Mutation): I3xDoor {
  return {
    ask: (method, path, body, headers) =>
      mutation({ method, path, body }, (other, more) =>
        door.ask(method, path, other, { ...headers, ...more }),
      ),
    stream: (body, headers) => door.stream(body, headers),
  };
}

/** The hub's answer with its JSON changed. */
function changed(path: RegExp, change: (json: unknown) => void): Mutation {
  return async (asked, ask) => {
    const answer = await ask(asked.body);
    if (path.test(`${asked.method} ${asked.path}`)) change(answer.json);
    return answer;
  };
}

function set(target: unknown, key: string, value: unknown): void {
  Reflect.set(Object(target), key, value);
}

/** Each breaks one rule. */
const MUTATIONS: readonly (readonly [what: string, mutation: Mutation, check: string])[] = [
  [
    "an edge that is there from one side only",
    changed(/^POST \/objects\/related/, (json) => {
      const [first] = listAt(json, "results");
      const own = listAt(first, "result");
      set(first, "result", own.slice(1));
    }),
    "EXP-19…21",
  ],
  [
    "null that is Good",
    changed(/^POST \/objects\/value/, (json) => {
      for (const item of listAt(json, "results")) {
        if (valueAt(item, "result", "value") === null)
          set(valueAt(item, "result"), "quality", "Good");
      }
    }),
    "QRY-01…03",
  ],
  [
    "no gzip",
    async ({ body }, ask) => await ask(body, { "accept-encoding": "identity" }),
    "CORE-04",
  ],
  [
    "a subscription for everybody",
    async ({ path, body }, ask) => {
      const own = valueAt(body, "clientId");
      if (path === "/subscriptions" && typeof own === "string") owner = own;
      return await ask(own === undefined ? body : { ...body, clientId: owner });
    },
    "SUB-16",
  ],
  [
    "−1 that acknowledges nothing",
    async ({ body }, ask) => {
      const isAll = valueAt(body, "lastSequenceNumber") === -1;
      return await ask(isAll ? { ...body, lastSequenceNumber: null } : body);
    },
    "SUB-13",
  ],
  [
    "bulk answers in another order",
    changed(/^POST \/objects\/list/, (json) =>
      set(json, "results", listAt(json, "results").toReversed()),
    ),
    "EXP-18",
  ],
  [
    "a type that is not listed",
    changed(/^GET \/objecttypes/, (json) => set(json, "result", listAt(json, "result").slice(1))),
    "EXP-12…14",
  ],
  [
    "a composition with components nobody asked for",
    async ({ path, body }, ask) =>
      await ask(path === "/objects/value" ? { ...body, maxDepth: 0 } : body),
    "QRY-05, QRY-06",
  ],
];

let owner = "";

describe("i3X 1.0", { timeout: 180_000 }, () => {
  it("keeps every rule of its conformance suite, and each answer is as its OpenAPI document says", async () => {
    const faults = await failing(plant.client);

    assert.deepEqual(faults, new Map());
    assert.ok(CHECKS.length > 20);
  });

  for (const [what, mutation, check] of MUTATIONS) {
    it(`finds ${what}`, async () => {
      const faults = await failing(mutated(plant.client, mutation));

      assert.ok(faults.has(check), [...faults].join("\n"));
    });
  }

  it("finds a second stream that leaves the first one open", async () => {
    const { client } = plant;
    const door: I3xDoor = {
      ask: (...asked) => client.ask(...asked),
      stream: async (body) => {
        const stream = await client.stream(body);
        return { ...stream, next: async () => (await stream.next()) ?? [] };
      },
    };

    const faults = await failing(door);

    assert.deepEqual([...faults.keys()], ["SUB-09, SUB-14"]);
  });
});
