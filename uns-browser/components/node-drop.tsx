"use client";
import { useState, type DragEvent, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";

/** By which a dragged node is known. */
export const NODE_DRAG = "application/x-unshub-node";

/** Where nodes of a server can be let go; the keyboard has ticks and a button for the same. */
export function NodeDrop({
  onNodes,
  children,
}: {
  /** Left out: none come here. */
  readonly onNodes: (() => void) | undefined;
  readonly children: ReactNode;
}) {
  const [isOver, setIsOver] = useState(false);
  const isNode = ({ dataTransfer }: DragEvent): boolean =>
    onNodes !== undefined && dataTransfer.types.includes(NODE_DRAG);
  const onOver = (event: DragEvent): void => {
    if (!isNode(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    setIsOver(true);
  };
  return (
    <div
      className="fill-column relative gap-2 p-3"
      data-drop={isOver ? "over" : undefined}
      onDragEnter={onOver}
      onDragOver={onOver}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        const isInside = relatedTarget instanceof Node && currentTarget.contains(relatedTarget);
        if (!isInside) setIsOver(false);
      }}
      onDrop={(event) => {
        setIsOver(false);
        if (!isNode(event)) return;
        event.preventDefault();
        onNodes?.();
      }}
    >
      {children}
      {isOver ? <p className="drop-hint">{words.browse.dropHere}</p> : null}
    </div>
  );
}
