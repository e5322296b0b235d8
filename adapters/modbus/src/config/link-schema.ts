/** What may stand under `link:`. One shape for each framing, so that a baud rate of a TCP link is a mistake, not a wish. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { MOST_IN_FLIGHT } from "../wire/link-config.ts";
import { duration } from "./parts.ts";

const any = {
  transport: z
    .enum(["own", "modbus-serial"])
    .default("own")
    .describe("modbus-serial: the library of that name speaks, one request at a time"),
  timeout: duration(10).default(1000).describe("how long a request may take"),
  retries: z
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe("how often an unanswered read is asked again; default 1 over TCP, 2 on a bus"),
  connectTimeout: duration(100).default(3000),
  lateWindow: duration(0).optional().describe("how long after its time-out an answer may come"),
  pauseAfterConnect: duration(0).default(0),
  pauseBetweenRequests: duration(0).default(0),
  idleClose: duration(0).default(0).describe("closes after so long without a request; 0ms: never"),
  reconnect: section({
    first: duration(10).default(500),
    longest: duration(100).default(30_000),
    healthyAfter: duration(100).default(30_000),
  })
    .refine(({ first, longest }) => first <= longest, "first must not be longer than longest")
    .prefault({}),
};

const host = {
  host: z.string().min(1).describe("name or address of the device or gateway"),
  maxConnections: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("connections that the device takes at once; more links to it are told"),
  connection: z
    .enum(["own", "shared"])
    .default("own")
    .describe("shared: links of the entry to the same address that say so use one connection"),
};

const port = (usual: number): z.ZodDefault<z.ZodInt> => z.int().min(1).max(65_535).default(usual);

const tcp = {
  ...any,
  ...host,
  maxInFlight: z
    .union([z.int().min(1).max(MOST_IN_FLIGHT), z.literal("auto")])
    .default(1)
    .describe("requests on the wire at once"),
  gateway: z
    .boolean()
    .default(false)
    .describe("true: a gateway to several units, one request for each of them at a time"),
  unitWildcard: z
    .array(z.int().min(0).max(255))
    .default([0, 255])
    .describe("requests to these units take an answer from any unit"),
  adaptiveTimeout: z
    .boolean()
    .default(false)
    .describe("shortens time-outs to four times the usual answer, at least 200 ms"),
};

const bus = {
  turnaround: duration(0).default(0).describe("pause after an answer, beside 3.5 characters"),
  broadcastDelay: duration(0).default(100),
  localEcho: z.boolean().default(false).describe("the line gives back what we send"),
};

const line = {
  dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
  parity: z.enum(["none", "even", "odd"]).default("even"),
  stop: z.union([z.literal(1), z.literal(2)]).default(1),
};

const baud = z.int().min(300).max(4_000_000);

/** MBAP over TCP. */
const tcpSchema = section({ framing: z.literal("tcp"), ...tcp, port: port(502) });

/** MBAP over TLS: Modbus/TCP Security. Files are seen from the folder of the configuration. */
const tlsSchema = section({
  framing: z.literal("tls"),
  ...tcp,
  port: port(802),
  ca: z.string().optional().describe("file of the authorities that we trust; PEM"),
  cert: z.string().optional().describe("file of our certificate; PEM"),
  key: z.string().optional().describe("file of its key; PEM"),
  serverName: z.string().optional().describe("the name in the certificate of the device"),
  fingerprint: z
    .string()
    .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, "must be a SHA-256 fingerprint of 32 bytes in hex")
    .optional()
    .describe("SHA-256 of the certificate of the device: this one and no other"),
}).refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
  path: ["cert"],
  message: "cert and key belong together",
});

/** The library takes the echo of a request for the answer to it. */
const hearsEcho = (link: { readonly localEcho: boolean; readonly transport: string }): boolean =>
  !link.localEcho || link.transport === "own";
const ECHO = {
  path: ["localEcho"],
  message:
    "localEcho is not possible with transport modbus-serial, which takes its own request for the answer; leave transport out",
};

/** RTU frames through a serial server. */
const rtuOverTcpSchema = section({
  framing: z.literal("rtuOverTcp"),
  ...any,
  ...host,
  ...bus,
  ...line,
  port: port(4001),
  baud: baud.optional().describe("of the line behind the server; gives the pause between frames"),
}).refine(hearsEcho, ECHO);

/** RTU on a serial port of this machine. */
const rtuSchema = section({
  framing: z.literal("rtu"),
  ...any,
  ...bus,
  ...line,
  port: z.string().min(1).describe("e.g. /dev/serial/by-id/usb-FTDI_x, COM3"),
  baud: baud.default(9600),
  driver: z.enum(["auto", "own", "serialport"]).default("auto"),
}).refine(hearsEcho, ECHO);

/** A link as written; `framing: tcp` when it says none. */
export const linkSchema = z.preprocess(
  (input) =>
    typeof input === "object" && input !== null && !("framing" in input)
      ? { framing: "tcp", ...input }
      : input,
  z.discriminatedUnion("framing", [tcpSchema, tlsSchema, rtuOverTcpSchema, rtuSchema]),
);
/** A link as written, defaults filled in. */
export type LinkInput = z.output<typeof linkSchema>;
