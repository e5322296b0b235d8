"use client";
import { useId, useLayoutEffect, useRef, type KeyboardEvent, type RefObject } from "react";
import type { TagKey } from "../lib/tags.ts";

/** Where the active cell goes when what was typed is taken. */
export type CellStep = readonly [rows: number, columns: number];

interface CellEditorProps {
  readonly tagKey: TagKey;
  readonly label: string;
  /** What is typed; `null`: nobody types yet, and the cell shows what it has. */
  readonly text: string | null;
  /** Of the sentence that says what is wrong. */
  readonly faultId: string | undefined;
  readonly onText: (text: string) => void;
  /** `null`: the focus went elsewhere, and the active cell stays. */
  readonly onTake: (step: CellStep | null) => void;
  readonly onLeave: () => void;
}

/**
 * What somebody types in a cell. Enter and Tab take it, Escape leaves the cell as it was. It waits in the active cell, not
 * to be seen, with the focus: the first key of an input method is in it like any other.
 */
export function CellEditor(props: CellEditorProps) {
  const { tagKey, label, text, faultId, onText } = props;
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const isIdle = text === null;
  const typing = useTyping(props, input);
  const choices = isIdle ? [] : choicesOf(tagKey);
  return (
    <>
      <input
        ref={input}
        className="cell-editor figures"
        data-idle={isIdle ? "" : undefined}
        aria-label={label}
        aria-invalid={faultId !== undefined}
        aria-describedby={faultId}
        value={text ?? ""}
        list={choices.length === 0 ? undefined : list}
        inputMode={inputModeOf(tagKey, isIdle)}
        autoCapitalize="none"
        autoCorrect="off"
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => {
          typing.began();
          onText(target.value);
        }}
        {...typing.handlers}
        onMouseDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      />
      {choices.length === 0 ? null : (
        <datalist id={list}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </datalist>
      )}
    </>
  );
}

/** From the first key to the last: what is typed is taken or left once, and the caret stands behind what was there. */
function useTyping(
  { text, onTake, onLeave }: CellEditorProps,
  input: RefObject<HTMLInputElement | null>,
) {
  const isIdle = text === null;
  const isOver = useRef(false);
  /** Begun by a key in here; then the caret is where it belongs. */
  const hasBegun = useRef(false);
  /** Nothing but what an input method has not finished. */
  const isOnlyComposed = useRef(false);
  useLayoutEffect(() => {
    isOver.current = false;
    const mine = input.current;
    if (!isIdle && !hasBegun.current) {
      mine?.focus();
      mine?.setSelectionRange(mine.value.length, mine.value.length);
    }
    hasBegun.current = false;
  }, [input, isIdle]);
  const end = (run: () => void): void => {
    if (isIdle || isOver.current) return; // the focus goes when the editor does
    isOver.current = true;
    run();
  };
  return {
    began: () => {
      hasBegun.current = isIdle;
    },
    handlers: {
      onKeyDown: (event: KeyboardEvent): void => {
        if (isIdle) return; // the table hears it
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return; // Enter chooses a word then
        const step = stepOf(event);
        if (step === undefined && event.key !== "Escape") return;
        event.preventDefault();
        end(() => (step === undefined ? onLeave() : onTake(step)));
      },
      onCompositionStart: () => {
        isOnlyComposed.current = isIdle;
      },
      onCompositionEnd: () => {
        // Given up before a word came of it: the cell stays as it was.
        if (isOnlyComposed.current && input.current?.value === "") end(onLeave);
        isOnlyComposed.current = false;
      },
      // Whoever looks something up in another window goes on typing here.
      onBlur: () => (document.hasFocus() ? end(() => onTake(null)) : undefined),
    },
  };
}

/** A screen keyboard does not come up for a cell that is only looked at. */
function inputModeOf({ kind }: TagKey, isIdle: boolean): "none" | "decimal" | undefined {
  if (isIdle) return matchMedia("(pointer: coarse)").matches ? "none" : undefined;
  return kind === "number" ? "decimal" : undefined;
}

function stepOf({ key, shiftKey }: KeyboardEvent): CellStep | undefined {
  const way = shiftKey ? -1 : 1;
  if (key === "Enter") return [way, 0];
  return key === "Tab" ? [0, way] : undefined;
}

function choicesOf({ kind, choices }: TagKey): readonly string[] {
  return kind === "boolean" ? ["true", "false"] : choices;
}
