/**
 * MQTT over TLS with pre-shared keys, for devices that cannot hold certificates. A name that is not known is answered like
 * a wrong key: nobody learns which names there are.
 */
import { constants, randomBytes } from "node:crypto";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Listener, ListenerEvents } from "./listen.ts";
import { listenerOf, remoteAddress } from "./tcp-listener.ts";
import { reportHandshakes } from "./tls-listener.ts";

/** Of TLS 1.2 first what has forward secrecy; small devices often have nothing but the last ones. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-PSK-CHACHA20-POLY1305",
  "DHE-PSK-AES128-GCM-SHA256",
  "PSK-AES256-GCM-SHA384",
  "PSK-AES128-GCM-SHA256",
  "PSK-AES128-CCM",
].join(":");

const KEY_BYTES = 32;

/** A server for MQTT over TLS-PSK; the caller tells it where to listen. */
export function createPskListener(events: ListenerEvents): Listener {
  const names = new WeakMap<TLSSocket, string>();
  const inner = pskServer(events, names);
  inner.on("secureConnection", (socket: TLSSocket) => {
    const name = names.get(socket);
    if (name === undefined) return void socket.destroy(); // a resumed session shows no name
    events.accepted(socket, remoteAddress(socket), { kind: "psk", name });
  });
  reportHandshakes(inner, events);
  return listenerOf(events, (socket) => inner.emit("connection", socket));
}

function pskServer(events: ListenerEvents, names: WeakMap<TLSSocket, string>): Server {
  return createServer({
    pskCallback: (socket, name) => {
      names.set(socket, name);
      return events.pskOf?.(name) ?? randomBytes(KEY_BYTES);
    },
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    handshakeTimeout: 2 * events.handshakeWithinMs, // `Arrivals` has ended it by then
  });
}
