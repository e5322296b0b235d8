/** Servers that behave as the devices of a Modbus entry, so that a project can be tried before the machine exists. */
import type {
  SimulatedFault,
  SimulatedSetting,
  SimulateOptions,
  Simulation,
} from "@unshub/adapter";
import type { DeviceConfig, LinkedDevices, ModbusConfig } from "../config/config.ts";
import { ModbusError } from "../errors.ts";
import { linkName, type LinkConfig } from "../wire/link-config.ts";
import type { Line, Responder } from "./line.ts";
import { MbapResponder } from "./mbap-responder.ts";
import { RtuResponder } from "./rtu-responder.ts";
import { serveSerial } from "./serial-server.ts";
import { SimulatedUnits, type SimulatedUnit } from "./simulated-units.ts";
import { serveTcp, type LineServer } from "./tcp-server.ts";
import { UnitMemory } from "./unit-memory.ts";

/**
 * Starts a server for each link; it stands for all its devices, enabled or not.
 * @throws {ModbusError} when one may not listen, or a port cannot be opened.
 */
export async function simulateModbus(
  { links }: ModbusConfig,
  options: SimulateOptions,
): Promise<Simulation> {
  const started: SimulatedLink[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(({ server }) => server.stop()));
  };
  try {
    for (const linked of links) started.push(await simulateLink(linked, options));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers: started.map(({ linked, server }) => ({
      link: linkName(linked.link),
      address: server.address,
      deviceIds: linked.devices.map(({ name }) => name),
      settings: settingsOf(server, options.host, linked.path),
    })),
    setFault: (deviceId, fault) => {
      for (const { units, linked } of started) setFault(units, linked.devices, { deviceId, fault });
    },
    stop,
  };
}

interface SimulatedLink {
  readonly linked: LinkedDevices;
  readonly units: ReadonlyMap<number, SimulatedUnit>;
  readonly server: LineServer;
}

async function simulateLink(
  linked: LinkedDevices,
  options: SimulateOptions,
): Promise<SimulatedLink> {
  const units = unitsOf(linked.devices, () => options.now());
  const answering = new SimulatedUnits(units, () => options.random());
  return { linked, units, server: await serve(linked.link, answering, options) };
}

/** A serial line has two ends: that of the adapter stays. */
function settingsOf(
  { port }: LineServer,
  host: string,
  path: LinkedDevices["path"],
): readonly SimulatedSetting[] {
  if (port === undefined) return [];
  return [
    { path: [...path, "link", "host"], value: host },
    { path: [...path, "link", "port"], value: port },
  ];
}

/** Devices that are parts of one unit share its registers. */
function unitsOf(
  devices: readonly DeviceConfig[],
  now: () => number,
): ReadonlyMap<number, SimulatedUnit> {
  const byUnit = Map.groupBy(devices, ({ unit }) => unit);
  return new Map(
    [...byUnit].map(([unit, parts]) => {
      const tags = parts.flatMap(({ groups }) => groups.flatMap((group) => group.tags));
      return [unit, { memory: new UnitMemory(tags, now), fault: { kind: "none" } }];
    }),
  );
}

function setFault(
  units: ReadonlyMap<number, SimulatedUnit>,
  devices: readonly DeviceConfig[],
  { deviceId, fault }: { readonly deviceId: string | undefined; readonly fault: SimulatedFault },
): void {
  for (const { name, unit } of devices) {
    const found = units.get(unit);
    if (found !== undefined && (deviceId ?? name) === name) found.fault = fault;
  }
}

function serve(
  link: LinkConfig,
  units: SimulatedUnits,
  options: SimulateOptions,
): Promise<LineServer> {
  const mbap = (line: Line): Responder => new MbapResponder(units, line);
  const rtu = (line: Line): Responder => new RtuResponder(units, line);
  const name = linkName(link);
  if (link.framing === "rtu") {
    const path = options.pathOf?.(name) ?? link.path;
    return serveSerial({ ...link, path }, options, rtu);
  }
  if (link.framing === "tls") {
    const because = "TLS is not simulated; say framing: tcp while you try the project";
    return Promise.reject(new ModbusError("TLS_REFUSED", `${name}: ${because}`));
  }
  const place = { host: options.host, port: options.portOf?.(name, link.port) ?? link.port };
  return serveTcp(place, link.framing === "rtuOverTcp" ? rtu : mbap);
}
