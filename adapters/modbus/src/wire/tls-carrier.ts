/** Modbus/TCP Security: the same frames over TLS 1.2 or later; our certificate is optional. */
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { ModbusError } from "../errors.ts";
import type { OpenCarrier } from "./carrier.ts";
import type { TlsConfig } from "./link-config.ts";
import { opened, SOCKET_OPTIONS, SocketCarrier, type Peer } from "./tcp-carrier.ts";

/** Opens TLS connections to `peer`. Nothing is sent before the peer has proved who it is. */
export function tlsOpener(peer: Peer, name: string, tls: TlsConfig = {}): OpenCarrier {
  return async (events, signal) => {
    const socket = connect({ ...peer, ...SOCKET_OPTIONS, ...tlsOptions(peer, tls) });
    await opened(socket, "secureConnect", { name, signal });
    checkFingerprint(socket, name, tls);
    const carrier = new SocketCarrier(socket, name, events);
    // Text would only come after setEncoding, which nobody calls.
    socket.on("data", (bytes: Buffer) => events.received(bytes, bytes.length));
    return carrier;
  };
}

function tlsOptions({ host }: Peer, tls: TlsConfig): ConnectionOptions {
  const { ca, cert, key, fingerprint, serverName = host } = tls;
  const isAddress = /^[\d.]+$|:/.test(serverName);
  return {
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // The standard allows no addresses here; they are checked against the certificate nevertheless.
    ...(isAddress ? {} : { servername: serverName }),
    // A pinned certificate needs no authority, unless one is given as well.
    rejectUnauthorized: fingerprint === undefined || ca !== undefined,
  };
}

function checkFingerprint(socket: TLSSocket, name: string, { fingerprint }: TlsConfig): void {
  if (fingerprint === undefined) return;
  const shown = plain(socket.getPeerCertificate().fingerprint256 ?? "");
  if (shown === plain(fingerprint)) return;
  socket.on("error", () => undefined).destroy();
  const message = `the certificate of ${name} is not the pinned one: its SHA-256 is ${shown}`;
  throw new ModbusError("TLS_REFUSED", message);
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
