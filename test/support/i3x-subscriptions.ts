/** Subscriptions over a small tree, without HTTP and with a clock of the test. */
import { EVERYTHING } from "../../hub/src/identity/index.ts";
import { Sight } from "../../hub/src/feed/index.ts";
import { Adapters } from "../../hub/src/i3x/space/adapters.ts";
import { AddressSpace } from "../../hub/src/i3x/space/address-space.ts";
import { Members } from "../../hub/src/i3x/space/members.ts";
import { Refusal } from "../../hub/src/i3x/envelope.ts";
import { Subscribe } from "../../hub/src/i3x/subscribe.ts";
import type { Subscription } from "../../hub/src/i3x/subscriptions/subscription.ts";
import { Subscriptions } from "../../hub/src/i3x/subscriptions/subscriptions.ts";
import { Values } from "../../hub/src/i3x/values.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import { UnsFindings } from "../../hub/src/uns/findings.ts";
import { UnsPaths } from "../../hub/src/uns/index.ts";
import { SILENT_LOG } from "./silent-log.ts";
import { dbirth, nbirth, speed } from "./sparkplug-messages.ts";

/** The device `g/e/d`, which has `Motor/Speed` and `ok`. */
export const DEVICE = "g/e/d";
export const SPEED = `${DEVICE}/Motor/Speed`;

/** Of adapters whose tags nobody knows. */
export const NO_ADDRESSES = { version: 0, look: async () => undefined, of: () => undefined };

export function openSubscriptions(more: { readonly mostBytes?: number } = {}) {
  const clock = { now: 1_800_000_000_000 };
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const paths = new UnsPaths({
    tree,
    placement: [{ method: "group", delimiter: ":", places: "devices" }],
    findings: new UnsFindings(() => clock.now),
    log: SILENT_LOG,
  });
  paths.start();
  const adapters = new Adapters({ read: () => [], addresses: NO_ADDRESSES, now: () => clock.now });
  const members = new Members({ tree, sessions, paths });
  const space = new AddressSpace({ tree, paths, members, adapters });
  const times = { startedAt: clock.now, rebirthsOf: () => 0 };
  const values = new Values({ tree, space, members, ...times });
  const now = (): number => clock.now;
  const rooms = { tree, space, members, values, now, ttlMs: 60_000, ...more };
  const subscriptions = new Subscriptions(rooms);
  const sight = new Sight(tree, EVERYTHING);
  const owner = { owner: "user:ann", clientId: "c", sight };
  let seq = 1;
  return {
    clock,
    tree,
    sessions,
    sight,
    subscriptions,
    subscribe: new Subscribe(subscriptions),
    owner,
    create: (by: Partial<typeof owner> = {}): Subscription => {
      const made = subscriptions.create({ ...owner, ...by }, null);
      if (made instanceof Refusal) throw new RangeError(made.detail);
      return made;
    },
    /** The device says that its motor turns so fast. */
    say: (value: number): void => {
      seq = (seq + 1) % 256;
      sessions.apply(speed(value, seq, { timestamp: clock.now }));
    },
  };
}
