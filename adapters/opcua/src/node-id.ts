/**
 * How a tag names its node: `nsu=<namespace uri>;s=Line1.Speed`, `ns=2;i=4711`, `i=2258`. A namespace's index may be
 * another after the server has restarted, its URI not; so the index is looked up anew at each connection.
 */
import type { NodeIdLike } from "node-opcua-client";

/** A URI, or an index of the server's namespace array; 0 is the standard's own namespace. */
export type NodeNamespace = { readonly uri: string } | { readonly index: number };

/** A node's name as the configuration gives it. */
export interface NodeAddress {
  readonly namespace: NodeNamespace;
  /** The rest, e.g. `s=Line1.Speed`: `i` number, `s` text, `g` GUID, `b` Base64. */
  readonly identifier: string;
}

const FORM = /^(?:nsu=([^;]+);|ns=(\d{1,5});)?([isgb])=(.+)$/su;
const IDENTIFIERS: Readonly<Record<string, RegExp>> = {
  i: /^\d{1,10}$/,
  s: /^.{1,4096}$/su,
  g: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu,
  b: /^[A-Za-z0-9+/]+={0,2}$/,
};
const LARGEST_NUMBER = 0xffff_ffff;

/** The address in `text`, or what is wrong with it, as a sentence. */
export function parseNodeAddress(
  text: string,
): { readonly address: NodeAddress } | { readonly fault: string } {
  const match = FORM.exec(text);
  const [, uri, index, kind = "", value = ""] = match ?? [];
  if (match === null) {
    return {
      fault: `"${text}" is no node id; write e.g. nsu=urn:my-plc;s=Line1.Speed or ns=2;i=4711`,
    };
  }
  const numberTooLarge = kind === "i" && Number(value) > LARGEST_NUMBER;
  if (IDENTIFIERS[kind]?.test(value) !== true || numberTooLarge) {
    return { fault: `"${kind}=${value}" is no node id: ${EXPECTED[kind]}` };
  }
  const namespace = uri === undefined ? { index: Number(index ?? 0) } : { uri };
  return { address: { namespace, identifier: `${kind}=${value}` } };
}

const EXPECTED: Readonly<Record<string, string>> = {
  i: "i= takes a whole number from 0 to 4294967295",
  s: "s= takes a text of 1 to 4096 characters",
  g: "g= takes a GUID such as 72962b91-fa75-4ae6-8d28-b404dc7daf63",
  b: "b= takes Base64",
};

/** The address as it is written; `parseNodeAddress` reads it as the same. */
export function nodeAddressText({ namespace, identifier }: NodeAddress): string {
  if ("uri" in namespace) return `nsu=${namespace.uri};${identifier}`;
  return namespace.index === 0 ? identifier : `ns=${namespace.index};${identifier}`;
}

/**
 * What the library calls this node on a server with these namespaces, e.g. `ns=2;s=Line1.Speed`;
 * `undefined` when the server does not have the namespace.
 */
export function locateNode(
  address: NodeAddress,
  namespaces: readonly string[],
): NodeIdLike | undefined {
  const { namespace, identifier } = address;
  const index = "uri" in namespace ? namespaces.indexOf(namespace.uri) : namespace.index;
  return index >= 0 && index < namespaces.length ? `ns=${index};${identifier}` : undefined;
}
