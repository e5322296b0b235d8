/**
 * What other clients command, by NCMD and DCMD, passes by the same rules as a write: all metrics of a message, or the
 * message goes nowhere. A request for rebirth always passes: it changes nothing in the plant.
 */
import { decodePayload, metricValue, readTopic, REBIRTH, type Metric } from "@unshub/sparkplug";
import type { ConnectingClient, PublishedMessage, Verdict, Watcher } from "../broker/index.ts";
import { messageOf } from "../caught.ts";
import { DECODING, type MetricInfo, type NodeSessions } from "../tree/index.ts";
import type { Foreign, ForeignCommands } from "./foreign-commands.ts";
import { plainOutcome } from "./plain-outcome.ts";
import type { Writer, WriteOutcome } from "./outcome.ts";
import type { Replies, Reply } from "./replies.ts";

const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;
/** MQTT 5's reasons. */
const NOT_AUTHORIZED = 0x87;

type Refusal = Extract<Verdict, { allow: false }>;

export interface FirewallOptions {
  readonly commands: Pick<ForeignCommands, "judge" | "passed" | "isOpen">;
  readonly sessions: Pick<NodeSessions, "born">;
  /** Left out: nobody gets an answer. */
  readonly replies?: Replies;
  /** Who a client is, as on the audit trail. */
  actorOf(clientId: string): string;
  /** A message has passed; `followed`: the metrics of it that are on the trail already. Left out: there is no trail. */
  passed?(client: ConnectingClient, message: PublishedMessage, followed: ReadonlySet<string>): void;
}

/** Who sent a message, and how he is answered. */
interface Sender {
  readonly by: Writer;
  readonly reply: Reply | undefined;
  readonly client: ConnectingClient;
}

export class Firewall {
  readonly #options: FirewallOptions;

  constructor(options: FirewallOptions) {
    this.#options = options;
  }

  /** Judges each command on a topic; `undefined` for other topics, and for the hub itself. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    if (client === undefined || !COMMAND.test(topic)) return undefined;
    const { clientId, address } = client;
    return (message) => {
      const actor = this.#options.actorOf(clientId);
      const by: Writer = { actor, via: "mqtt", address, fault: () => undefined };
      const reply = this.#options.replies?.to(message, client);
      return this.#judge(message, { by, reply, client });
    };
  }

  #judge(message: PublishedMessage, { by, reply, client }: Sender): Refusal | undefined {
    const { commands } = this.#options;
    const wanted = this.#read(message);
    if (!commands.isOpen) {
      for (const one of wanted) {
        const because = "unborn" in one ? one.unborn : faultOf(commands, one, by);
        if (because === undefined) continue;
        reply?.({ result: "refused", because });
        return refused(`${message.topic}: ${because}`);
      }
    }
    const known = wanted.filter((one) => "info" in one);
    const followed = known.map((one) => ({ name: one.info.name, ended: commands.passed(one, by) }));
    const noted = followed.filter(({ ended }) => ended !== undefined).map(({ name }) => name);
    this.#options.passed?.(client, message, new Set(noted));
    if (reply !== undefined) void answerAll(followed, reply);
    return undefined;
  }

  /** What the message commands; nothing when it cannot be read: the guard says what is wrong with it. */
  #read({ topic, payload }: PublishedMessage): readonly Wanted[] {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return [];
    const place = reading.topic;
    const deviceId = place.kind === "device" ? place.deviceId : undefined;
    try {
      return decodePayload(payload, DECODING)
        .metrics.filter(({ name, alias }) => name !== REBIRTH || alias !== undefined)
        .flatMap((metric) => {
          const born = (label: Label): MetricInfo | undefined =>
            this.#options.sessions.born(place, deviceId, label);
          return meant(metric, born).map((info) => wantedOf(metric, info));
        });
    } catch {
      return [];
    }
  }
}

/** A metric that a command names. `unborn`: why nobody can say what it would do. */
type Wanted = Foreign | { readonly unborn: string } | { readonly isRebirth: true };

/** One answer for all metrics of a message, when the last of them has come to its end. */
async function answerAll(
  followed: readonly {
    readonly name: string;
    readonly ended: Promise<WriteOutcome | undefined> | undefined;
  }[],
  reply: Reply,
): Promise<void> {
  const metrics = await Promise.all(
    followed.map(async ({ name, ended }) => {
      const outcome = await ended;
      return { name, ...(outcome === undefined ? { result: "unknown" } : plainOutcome(outcome)) };
    }),
  );
  reply({ metrics });
}

function faultOf(
  commands: Pick<ForeignCommands, "judge">,
  one: Exclude<Wanted, { readonly unborn: string }>,
  by: Writer,
): string | undefined {
  return "info" in one ? commands.judge(one, by)?.because : undefined;
}

type Label = Pick<Metric, "name" | "alias">;

/** One that has a name and the alias of another is both: nobody knows by which of them the edge node goes. */
function meant(
  { name, alias }: Metric,
  born: (label: Label) => MetricInfo | undefined,
): readonly (MetricInfo | undefined)[] {
  if (name === undefined || alias === undefined) return [born({ name, alias })];
  const [named, aliased] = [born({ name, alias: undefined }), born({ name: undefined, alias })];
  return aliased === undefined || aliased.id === named?.id ? [named] : [named, aliased];
}

function wantedOf(metric: Metric, info: MetricInfo | undefined): Wanted {
  const name = metric.name ?? `alias ${metric.alias}`;
  if (info === undefined) return { unborn: `no birth names ${name}` };
  if (info.name === REBIRTH && info.deviceId === undefined) return { isRebirth: true };
  const { datatype } = info;
  if (datatype === undefined) return { unborn: `${name} is of no datatype of the standard` };
  try {
    return { info, value: metricValue(metric, datatype), askedAt: metric.timestamp };
  } catch (error) {
    return { unborn: `${name}: ${messageOf(error)}` };
  }
}

function refused(because: string): Refusal {
  return { allow: false, reasonCode: NOT_AUTHORIZED, because };
}
