/** What a client has proved with a certificate; without TLS itself, which is loaded only where it is wanted. */
import type { TLSSocket } from "node:tls";
import type { TlsProof } from "./contract.ts";

/** The certificate that the client has shown, if it was asked for one and has proved it. */
export function certificateProof(socket: TLSSocket): TlsProof | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate && { kind: "certificate", certificate };
}
