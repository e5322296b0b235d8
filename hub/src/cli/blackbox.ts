/** `unshub blackbox`: what clients said to a hub in the last minutes, saved, shown, and played against another one. */
import { createWriteStream, readFileSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import {
  BlackBoxError,
  Player,
  readBlackBox,
  type BlackBoxLine,
  type PlayerOptions,
} from "../blackbox/index.ts";
import { messageOf } from "../caught.ts";
import {
  CommandFailure,
  DEFAULT_HTTP_URL,
  URL_OPTION,
  DEFAULT_MQTT_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { aborted } from "./aborted.ts";
import { streamFromHub } from "./http.ts";
import { printable } from "./printable.ts";

export const BLACKBOX_USAGE = `unshub blackbox save FILE [--redact FILTER]… [--url ${DEFAULT_HTTP_URL}]
unshub blackbox show FILE
unshub blackbox replay FILE [--url ${DEFAULT_MQTT_URL}] [--speed 1|10|max] [--user NAME] [--ca FILE] [--stay]
  Saves what clients said to the hub in the last minutes: connects, Wills, messages, subscriptions, how connections ended.
  Passwords are never in it, payloads on topics of --redact neither. Shows a file, a line a packet. Plays one against
  another hub, in the order of the recording; --user logs in all of them, with the password in UNSHUB_MQTT_PASSWORD;
  --stay keeps connections that did not end until Ctrl-C, else they are lost at the end, and their Wills come.`;

export async function blackbox(args: readonly string[], console: Console): Promise<ExitCode> {
  const [verb, ...rest] = args;
  if (verb === "save") return await save(rest, console);
  if (verb === "show") return show(rest, console);
  if (verb === "replay") return await replay(rest, console);
  throw new UsageError(`blackbox save, blackbox show or blackbox replay?\n${BLACKBOX_USAGE}`);
}

async function save(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...URL_OPTION,
      redact: { type: "string", multiple: true, default: [] },
    },
  });
  const file = oneFile(positionals);
  const { redact } = values;
  const bytes = await streamFromHub(values.url, "/api/v1/blackbox", { redact });
  try {
    await pipeline(bytes, createWriteStream(file, { mode: 0o600, flags: "wx" }));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
      throw new UsageError(`${file}: is there already`);
    rmSync(file, { force: true });
    const because = messageOf(cause);
    throw new CommandFailure(`Nothing was saved: ${because}`, { cause });
  }
  const { lines } = read(file);
  const { from, packets, clients } = summary(lines);
  console.print(`${file}: ${packets} packets of ${clients} connections, from ${from} on.`);
  return 0;
}

function summary(lines: readonly BlackBoxLine[]) {
  const first = lines.find((line) => !("before" in line))?.at;
  return {
    from: first === undefined ? "now" : new Date(first).toISOString(),
    packets: lines.filter((line) => "packet" in line).length,
    clients: new Set(lines.map(({ c }) => c)).size,
  };
}

function show(args: readonly string[], console: Console): ExitCode {
  const { positionals } = readArguments({ args: [...args], allowPositionals: true, options: {} });
  const { lines } = read(oneFile(positionals));
  const names = new Map<number, string>();
  for (const line of lines) {
    if ("packet" in line && line.clientId !== undefined) names.set(line.c, line.clientId);
    const who = printable(names.get(line.c) ?? `connection ${line.c}`);
    console.print(`${new Date(line.at).toISOString()}  ${who}  ${wordsOf(line)}`);
  }
  return 0;
}

function wordsOf(line: BlackBoxLine): string {
  if ("end" in line) {
    const { end, reasonCode, because = "" } = line;
    const code = reasonCode === undefined ? "" : ` 0x${reasonCode.toString(16).padStart(2, "0")}`;
    return `end by ${end}${code} ${printable(because)}`.trimEnd();
  }
  const { packet, topic, address, bytes, redacted, before } = line;
  const size = bytes === undefined ? "not kept" : `${Buffer.from(bytes, "base64").length} B`;
  const about = topic ?? address ?? "";
  const marks = `${redacted === true ? ", redacted" : ""}${before === true ? ", before" : ""}`;
  return `${packet} ${printable(about)} (${size}${marks})`;
}

async function replay(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: "string", default: DEFAULT_MQTT_URL },
      speed: { type: "string", default: "1" },
      user: { type: "string" },
      ca: { type: "string" },
      stay: { type: "boolean", default: false },
    },
  });
  const { lines } = read(oneFile(positionals));
  const player = new Player({
    ...placeOf(values.url, values.ca),
    ...loginOf(values.user),
    speed: speedOf(values.speed),
    signal: console.stop,
    played: (count) => {
      if (count % 100 === 0) console.progress?.(`${count} of ${lines.length} lines`);
    },
  });
  try {
    const { packets, connections, refused, skipped } = await player.play(lines);
    console.progress?.("");
    const refusals = refused === 0 ? "" : `, ${refused} of which were refused`;
    const left = skipped === 0 ? "" : `; ${skipped} lines were left out`;
    console.print(`${packets} packets of ${connections} connections${refusals}${left}.`);
    if (values.stay) await aborted(console.stop);
  } catch (cause) {
    const because = messageOf(cause);
    throw new CommandFailure(`${values.url}: ${because}`, { cause });
  } finally {
    await player.close();
  }
  return 0;
}

function read(file: string): ReturnType<typeof readBlackBox> {
  try {
    return readBlackBox(readFileSync(file, "utf8"));
  } catch (cause) {
    const because = cause instanceof BlackBoxError ? cause.message : "cannot be read";
    throw new UsageError(`${file}: ${because}`, { cause });
  }
}

function placeOf(
  text: string,
  ca: string | undefined,
): Pick<PlayerOptions, "host" | "port" | "tls"> {
  const url = URL.parse(text);
  if (url === null || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "")
    throw new UsageError(`--url ${text}: not a URL like ${DEFAULT_MQTT_URL} (mqtt or mqtts)`);
  const isTls = url.protocol === "mqtts:";
  const port = url.port === "" ? (isTls ? 8883 : 1883) : Number(url.port);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (!isTls) return { host, port };
  return {
    host,
    port,
    tls: { servername: host, ...(ca !== undefined && { ca: readFileSync(ca) }) },
  };
}

function loginOf(username: string | undefined): Pick<PlayerOptions, "login"> {
  if (username === undefined) return {};
  return { login: { username, password: process.env["UNSHUB_MQTT_PASSWORD"] ?? "" } };
}

function speedOf(text: string): number {
  if (text === "max") return Infinity;
  const speed = Number(text.replace(/^[x×]/, ""));
  if (speed > 0 && speed <= 1000) return speed;
  throw new UsageError(`--speed ${text}: a number up to 1000, or max`);
}

function oneFile([file, ...more]: readonly string[]): string {
  if (file !== undefined && more.length === 0) return file;
  throw new UsageError(`one FILE, please\n${BLACKBOX_USAGE}`);
}
