/** Where certificates lie: the running hub, its tools and its page must mean the same. */
import { join } from "node:path";

/** Key and certificate of the hub, below the folder that everything of OPC UA shares. */
export function certificateDir(sharedDir: string): string {
  return join(sharedDir, "certificate");
}

/** Certificates of servers, below the folder of the adapter that connects to them. */
export function trustDir(adapterDir: string): string {
  return join(adapterDir, "trust");
}

/** Certificates of clients of the hub, below the folder that everything of OPC UA shares. */
export function clientsDir(sharedDir: string): string {
  return join(sharedDir, "clients");
}

/** Certificates of users who come in over the hub's OPC UA server, below the folder that everything of OPC UA shares. */
export function usersDir(sharedDir: string): string {
  return join(sharedDir, "users");
}
