/**
 * What a subscription asks of a stream, in the grammar of EMQX: `$stream/<name>` and `$stream/<name>/<filter>` with the
 * user property `stream-offset`, or `$s/<offset>/<filter>`, where the filter says which stream is meant.
 */

/** From where on: what is there, what comes, or microseconds since 1970 UTC. */
export type Start = "earliest" | "latest" | number;

export interface Asked {
  /** `undefined`: the one that carries the topics of `filter`. */
  readonly name: string | undefined;
  /** `undefined`: everything in it. */
  readonly filter: string | undefined;
  readonly from: Start;
  /** Messages a second; `undefined`: as fast as they are taken. */
  readonly rate: number | undefined;
}

export interface AskedFault {
  readonly reasonCode: number;
  readonly because: string;
}

/** [MQTT5-3.9.3-2]: of a property no other code speaks. */
const IMPLEMENTATION_SPECIFIC = 0x83;
const FILTER_INVALID = 0x8f;

const NAMED = "$stream/";
const PLAIN = "$s/";
const NAME = /^[A-Za-z0-9_.-]+$/;
const MOST_RATE = 1_000_000;

export function asksForStream(filter: string): boolean {
  return filter === "$stream" || filter.startsWith(NAMED) || filter.startsWith(PLAIN);
}

/** `user`: the user properties of the SUBSCRIBE. */
export function readAsked(filter: string, user: ReadonlyMap<string, string>): Asked | AskedFault {
  const rate = rateOf(user.get("stream-rate"));
  if (rate instanceof Fault) return rate;
  return filter.startsWith(PLAIN) ? readPlain(filter, rate) : readNamed(filter, user, rate);
}

function readPlain(filter: string, rate: number | undefined): Asked | AskedFault {
  const [, offset = "", ...rest] = filter.split("/");
  const from = startOf(offset);
  if (from === undefined)
    return new Fault(FILTER_INVALID, `"${offset}" in $s/<offset>/<filter> ${OFFSETS}`);
  const wanted = rest.join("/");
  if (wanted === "") return new Fault(FILTER_INVALID, "$s/<offset>/<filter>: there is no filter");
  return { name: undefined, filter: wanted, from, rate };
}

function readNamed(
  filter: string,
  user: ReadonlyMap<string, string>,
  rate: number | undefined,
): Asked | AskedFault {
  const [, name = "", ...rest] = filter.split("/");
  if (!NAME.test(name))
    return new Fault(
      FILTER_INVALID,
      `$stream/<name>: "${name}" is no name: letters, digits, _ - .`,
    );
  const offset = user.get("stream-offset") ?? "latest";
  const from = startOf(offset);
  if (from === undefined)
    return new Fault(IMPLEMENTATION_SPECIFIC, `stream-offset "${offset}" ${OFFSETS}`);
  const wanted = rest.join("/");
  if (rest.length > 0 && wanted === "")
    return new Fault(FILTER_INVALID, `$stream/${name}/<filter>: the filter is empty`);
  return { name, filter: rest.length === 0 ? undefined : wanted, from, rate };
}

const OFFSETS = "is none of earliest, latest, or microseconds since 1970";

function startOf(offset: string): Start | undefined {
  if (offset === "earliest" || offset === "latest") return offset;
  return /^\d{1,16}$/.test(offset) ? Number(offset) : undefined;
}

function rateOf(text: string | undefined): number | undefined | Fault {
  if (text === undefined) return undefined;
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (rate >= 0.1 && rate <= MOST_RATE) return rate;
  const because = `stream-rate "${text}" is no number of messages a second from 0.1 to ${MOST_RATE}`;
  return new Fault(IMPLEMENTATION_SPECIFIC, because);
}

class Fault implements AskedFault {
  readonly reasonCode: number;
  readonly because: string;

  constructor(reasonCode: number, because: string) {
    this.reasonCode = reasonCode;
    this.because = because;
  }
}
