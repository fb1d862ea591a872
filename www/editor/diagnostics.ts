import type { Diagnostic as Lint } from "@codemirror/lint";
import type { EditorState } from "@codemirror/state";

/** Something wrong in the text: lines from 1, columns from 0, in UTF-16 units; without columns, the whole line. */
export interface Diagnostic {
  severity: "error" | "warning" | "info";
  message: string;
  line: number;
  column?: number;
  endLine?: number;
  endColumn?: number;
  /** A way to put it right: the marked text becomes `insert`. */
  fix?: { label: string; insert: string };
}

/** The same as CodeMirror counts: positions from the start, never outside the text. */
export function toCodeMirror(state: EditorState, diagnostics: Diagnostic[]): Lint[] {
  const at = (line: number, column: number | undefined, end: boolean): number => {
    const place = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
    if (column !== undefined) return Math.min(place.from + column, place.to);
    return end ? place.to : place.from + (place.text.length - place.text.trimStart().length);
  };
  return diagnostics
    .map(({ severity, message, line, column, endLine, endColumn, fix }): Lint => {
      const from = at(line, column, false);
      const to = Math.max(at(endLine ?? line, endColumn, true), from);
      const actions = fix && [
        {
          name: fix.label,
          apply: (view: import("@codemirror/view").EditorView, start: number, end: number) =>
            view.dispatch({ changes: { from: start, to: end, insert: fix.insert }, userEvent: "input.fix" }),
        },
      ];
      return { from, to, severity, message, ...(actions ? { actions } : {}) };
    })
    .sort((one, other) => one.from - other.from);
}
