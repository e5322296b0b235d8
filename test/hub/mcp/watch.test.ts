import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sight } from "../../../hub/src/feed/index.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { Elements } from "../../../hub/src/mcp/elements.ts";
import type { Call } from "../../../hub/src/mcp/tool.ts";
import { watchTool } from "../../../hub/src/mcp/tools/values.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

describe("uns_watch", () => {
  it("tells each change until its time is over, or nobody waits any more", async () => {
    const tree = new UnsTree();
    const sessions = new NodeSessions(tree, () => undefined);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const id = tree.find("g/e/d/Motor/Speed") ?? -1;
    const leaving = new AbortController();
    const sight = new Sight(tree, EVERYTHING);
    const paths = { find: () => undefined, pathOf: () => undefined };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of a call as watching needs
    const call = {
      rooms: { tree },
      caller: { sight, sightNow: () => sight },
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no paths in the plant
      elements: new Elements({ tree, paths } as never, { sight }),
      signal: leaving.signal,
    } as unknown as Call;

    const watching = watchTool.run({ elementIds: ["g/e/d/Motor/Speed"], seconds: 60 }, call);
    await Promise.resolve(); // it watches now
    for (const value of [1300, 900, 1000]) tree.setNumber(id, value, 5, 5);
    leaving.abort();
    const { result } = await watching;
    tree.setNumber(id, 1, 6, 6);

    assert.partialDeepStrictEqual(result, {
      watched: [{ count: 3, first: { value: 1200 }, last: { value: 1000 }, min: 900, max: 1300 }],
    });
  });
});
