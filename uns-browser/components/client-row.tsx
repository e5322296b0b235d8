"use client";
import type { Account } from "../lib/account.ts";
import type { ClientColumn } from "../lib/client-columns.ts";
import { isFoughtOver, type Client } from "../lib/clients.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { CLIENT_CELLS } from "./client-cells.tsx";
import { ClientFacts } from "./client-facts.tsx";
import { Icon } from "./icons.tsx";

const { clients: words } = texts;

export interface ClientRowProps {
  readonly client: Client;
  readonly account: Account | null;
  /** When this was heard, by the hub's clock. */
  readonly now: number;
  /** The hub does not answer: nothing can be done. */
  readonly isOld: boolean;
  readonly onChanged: () => void;
}

interface TableRowProps extends ClientRowProps {
  readonly columns: readonly ClientColumn[];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** One client in a line; open, what it says and hears, what happened to it, and how to send it off. */
export function ClientRow({ columns, isOpen, onToggle, ...row }: TableRowProps) {
  const { client, now } = row;
  const isFight = isFoughtOver(client, now);
  return (
    <tbody data-client={client.clientId} data-fight={isFight || undefined}>
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the button in it is for keys */}
      <tr className="client-line" onClick={onToggle}>
        {columns.map((column) =>
          column === "client" ? (
            <th key={column} scope="row" data-column={column}>
              <Name client={client} isOpen={isOpen} onToggle={onToggle} />
            </th>
          ) : (
            <td key={column} data-column={column}>
              {CLIENT_CELLS[column]({ client, now })}
            </td>
          ),
        )}
      </tr>
      {isFight ? (
        <tr>
          <td colSpan={columns.length} className="client-fight">
            <Fight client={client} />
          </td>
        </tr>
      ) : null}
      {isOpen ? (
        <tr>
          <td colSpan={columns.length} className="client-details">
            <ClientFacts {...row} />
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

interface NameProps extends Pick<TableRowProps, "isOpen" | "onToggle"> {
  readonly client: Client;
}

function Name({ client: { clientId }, isOpen, onToggle }: NameProps) {
  const name = visibleText(clientId).text;
  return (
    <button
      type="button"
      className="client-name"
      aria-expanded={isOpen}
      aria-label={words.open(name)}
      title={name}
      onClick={(event) => {
        event.stopPropagation(); // the line would close it again
        onToggle();
      }}
    >
      <Icon name="chevron" className={`size-3.5 shrink-0 text-mute ${isOpen ? "rotate-90" : ""}`} />
      <span className="truncate">{name}</span>
    </button>
  );
}

function Fight({ client: { lastEnd } }: { readonly client: Client }) {
  return (
    <span className="line-alarm flex" data-alarm="fight">
      <Icon name="cross" className="mt-0.5 size-3.5 shrink-0" />
      {words.fight(
        lastEnd?.takeovers ?? 0,
        visibleText(inOurLanguage(lastEnd?.because ?? "")).text,
      )}
    </span>
  );
}
