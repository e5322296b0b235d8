/** The options of `unshub host`, read and checked before anything connects. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { durationMs } from "@unshub/adapter";
import { idFault, type MqttVersion } from "@unshub/sparkplug";
import { DEFAULT_MQTT_URL, readArguments, UsageError } from "./arguments.ts";

/** Where the password is looked for when the URL has none. */
export const PASSWORD_VARIABLE = "UNSHUB_MQTT_PASSWORD";

const SCHEMES: readonly string[] = ["mqtt:", "mqtts:", "ws:", "wss:"];

export interface HostOptions {
  /** Without user and password. */
  readonly url: string;
  /** As MQTT.js names them. */
  readonly security: {
    readonly username?: string;
    readonly password?: string;
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
  };
  readonly hostId: string;
  readonly clientId: string;
  readonly mqttVersion: MqttVersion;
  readonly keepAliveSeconds: number;
  readonly reorderTimeoutMs: number;
  readonly legacyState: "off" | "mirrored";
  readonly certificates: boolean;
  readonly dataDir: string | undefined;
  readonly json: boolean;
}

/** @throws {UsageError} */
export function readHostOptions(args: readonly string[], env: NodeJS.ProcessEnv): HostOptions {
  const { values } = readArguments({ args: [...args], options: OPTIONS });
  const hostId = values["host-id"];
  const fault = idFault("host", hostId);
  if (fault !== undefined) throw new UsageError(`--host-id: ${fault.because}`);
  const url = readUrl(values.url);
  const security = { ...login(url, values.user, env), ...readFiles(values) };
  return {
    url: withoutLogin(url),
    security,
    hostId,
    clientId: values["client-id"] ?? hostId,
    mqttVersion: readVersion(values.mqtt),
    keepAliveSeconds: Math.ceil(readDuration("--keep-alive", values["keep-alive"]) / 1000),
    reorderTimeoutMs: readDuration("--reorder", values.reorder),
    legacyState: values["legacy-state"] ? "mirrored" : "off",
    certificates: values.certificates,
    dataDir: values["data-dir"] === undefined ? undefined : openFolder(values["data-dir"]),
    json: values.json,
  };
}

const OPTIONS = {
  url: { type: "string" },
  "host-id": { type: "string", default: "unshub" },
  "client-id": { type: "string" },
  user: { type: "string" },
  ca: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  mqtt: { type: "string", default: "5" },
  "keep-alive": { type: "string", default: "30s" },
  reorder: { type: "string", default: "2s" },
  "data-dir": { type: "string" },
  certificates: { type: "boolean", default: false },
  "legacy-state": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

function readUrl(text: string | undefined): URL {
  if (text === undefined) throw new UsageError("--url, please: which MQTT server?");
  const url = URL.parse(text);
  if (url !== null && url.hostname !== "" && SCHEMES.includes(url.protocol)) return url;
  throw new UsageError(`--url: not a URL like ${DEFAULT_MQTT_URL} (mqtt, mqtts, ws or wss)`); // it may hold a password
}

function withoutLogin({ protocol, host, pathname, search }: URL): string {
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}${search}`;
}

function login(
  url: URL,
  user: string | undefined,
  env: NodeJS.ProcessEnv,
): Pick<HostOptions["security"], "username" | "password"> {
  const username = user ?? decodeURIComponent(url.username);
  const password = url.password === "" ? env[PASSWORD_VARIABLE] : decodeURIComponent(url.password);
  if (username === "") return {};
  return { username, ...(password !== undefined && { password }) };
}

type Files = Partial<Record<"ca" | "cert" | "key", string>>;

function readFiles(files: Files): Pick<HostOptions["security"], "ca" | "cert" | "key"> {
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw new UsageError("--cert and --key belong together");
  }
  const read = (name: keyof Files): object =>
    files[name] === undefined ? {} : { [name]: readBytes(name, files[name]) };
  return { ...read("ca"), ...read("cert"), ...read("key") };
}

function readBytes(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`--${option} ${file}: cannot be read`, { cause });
  }
}

function readVersion(text: string): MqttVersion {
  if (text === "5" || text === "3.1.1") return text;
  throw new UsageError(`--mqtt ${text}: 5 or 3.1.1`);
}

function readDuration(option: string, text: string): number {
  const { success, data, error } = durationMs.safeParse(text === "0" ? "0s" : text);
  if (success) return data;
  throw new UsageError(`${option}: ${error.issues[0]?.message ?? text}`);
}

/** The folder of a hub holds files of the same names. */
function openFolder(folder: string): string {
  if (existsSync(join(folder, "broker.db")) || existsSync(join(folder, "hub.lock"))) {
    throw new UsageError(`--data-dir ${folder}: this is the folder of a hub; take another`);
  }
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch (cause) {
    throw new UsageError(`--data-dir ${folder}: cannot be made`, { cause });
  }
}
