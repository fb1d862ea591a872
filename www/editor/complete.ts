import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";

/** One thing that may be written where the cursor is. */
export interface Choice {
  label: string;
  /** A word beside it, such as the field's type. */
  detail?: string;
  /** What is written; `label` when missing. */
  insert?: string;
}

/** Given the whole text, and the cursor's line (from 1) and column (from 0): what may stand there. */
export type Complete = (text: string, line: number, column: number) => Choice[];

/** Completions from whatever function the page has given by now. */
export function completionSource(current: () => Complete | undefined) {
  return (context: CompletionContext): CompletionResult | null => {
    const complete = current();
    const word = context.matchBefore(/[\w./-]*/);
    if (!complete || (!context.explicit && (!word || word.from === word.to))) return null;
    const line = context.state.doc.lineAt(context.pos);
    const choices = complete(context.state.doc.toString(), line.number, context.pos - line.from);
    if (choices.length === 0) return null;
    return {
      from: word?.from ?? context.pos,
      options: choices.map(({ label, detail, insert }) => ({
        label,
        ...(detail === undefined ? {} : { detail }),
        ...(insert === undefined ? {} : { apply: insert }),
      })),
      validFor: /^[\w./-]*$/,
    };
  };
}
