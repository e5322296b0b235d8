import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { TreeLine } from "../lib/opcua-tree.ts";
import { statusSentence } from "../lib/tag-raw.ts";
import { visibleText } from "../lib/visible.ts";

const { browse: said } = words;
/** A status code has no spaces; other reasons are sentences of the hub's. */
const STATUS = /^(?:Good|Uncertain|Bad)\w*$/;

/** What is known of the node that somebody looks at: its id as in a tag, its type, and what the server says of its value. */
export function NodeFacts({ line }: { readonly line: TreeLine | undefined }) {
  if (line?.kind !== "node") return null;
  const { node, type, kind, reason, tag } = line.node;
  const status = reason ?? (kind === "variable" && tag !== null ? "Good" : null);
  return (
    <dl className="node-facts" data-node-facts={node}>
      <dt>{said.facts.node}</dt>
      <dd className="figures wrap-anywhere select-all">{visibleText(node).text}</dd>
      {type === null ? null : (
        <>
          <dt>{said.columns.type}</dt>
          <dd>{type}</dd>
        </>
      )}
      {kind === "object" ? null : (
        <>
          <dt>{said.columns.access}</dt>
          <dd>{accessText(line)}</dd>
        </>
      )}
      {status === null || !STATUS.test(status) ? null : (
        <>
          <dt>{said.facts.status}</dt>
          <dd>{statusSentence(status)}</dd>
        </>
      )}
    </dl>
  );
}

export function accessText({ node }: Extract<TreeLine, { kind: "node" }>): string | null {
  if (node.kind === "object") return null;
  if (node.tag === null) return said.notReadable;
  return node.tag["access"] === "rw" ? said.readWrite : said.read;
}
