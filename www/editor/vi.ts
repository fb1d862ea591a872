import { completionStatus } from "@codemirror/autocomplete";
import { type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, type Panel, showPanel } from "@codemirror/view";

/** What a line such as `:wq` asks for. */
export type Way = "save" | "save and leave" | "discard and leave";

const ways = new Map<string, Way>([
  ["w", "save"],
  ["q", "save and leave"],
  ["wq", "save and leave"],
  ["x", "save and leave"],
  ["q!", "discard and leave"],
]);

/** The keys of a Korean keyboard that was left on. */
const latin: Record<string, string> = { ㅈ: "w", ㅂ: "q", ㅌ: "x" };

/** What is asked for after the colon; undefined when this editor does not know it. */
function wayOf(command: string): Way | undefined {
  const typed = command.trim().replace(/[ㅈㅂㅌ]/g, (letter) => latin[letter] ?? letter);
  return ways.get(typed) ?? ways.get(typed.replace(/!$/, ""));
}

interface Listener {
  /** Something was asked for. */
  asked(way: Way): void;
  /** What is said of a command that this editor does not know. */
  unknown(): string;
}

const show = StateEffect.define<boolean>();

/**
 * The ways of vi to save and leave, for those who came by `vi`: Escape, then `:wq` in a line of its own below the text, or
 * `ZZ`. Nothing of it enters the text, wherever the cursor is. Also `:wq` typed as a line of the text, which no manifest has,
 * and typed after an Escape that closed a list of completions: then a colon may be meant as one, until Return ends a command.
 */
export function vi(listener: Listener): Extension {
  /** The last key was Escape, and closed nothing. */
  let escaped = false;
  /** A `Z` came after it. */
  let half = false;
  /** Where the cursor was when Escape closed a list of completions. */
  let closedAt = -1;

  const keydown = (event: KeyboardEvent, view: EditorView): boolean => {
    if (event.isComposing || event.key === "Shift") return false;
    const [was, wasHalf] = [escaped, half];
    escaped = half = false;
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    if (event.key === "Escape") {
      escaped = completionStatus(view.state) !== "active";
      closedAt = escaped ? -1 : view.state.selection.main.head;
      return false;
    }
    if (wasHalf) {
      if (event.key === "Z" || event.key === "Q") {
        listener.asked(event.key === "Z" ? "save and leave" : "discard and leave");
        return true;
      }
      view.dispatch(view.state.replaceSelection("Z"), { userEvent: "input.type" });
      return false;
    }
    if (was && event.key === ":") {
      view.dispatch({ effects: show.of(true) });
      return true;
    }
    half = was && event.key === "Z" && !view.state.readOnly;
    return half;
  };

  /** Takes away the command that the cursor stands behind. */
  const take = (view: EditorView): boolean => {
    const { head, empty } = view.state.selection.main;
    if (!empty || view.state.readOnly) return false;
    const line = view.state.doc.lineAt(head);
    const whole = /^\s*:(\S+)\s*$/.exec(line.text);
    const after = closedAt >= line.from && closedAt < head ? /^:(\S+)$/.exec(view.state.sliceDoc(closedAt, head)) : null;
    const way = wayOf((whole ?? after)?.[1] ?? "");
    if (!way) return false;
    // A whole line goes with the end of the line before it, if there is one.
    const changes = whole ? { from: Math.max(line.from - 1, 0), to: line.to } : { from: closedAt, to: head };
    closedAt = -1;
    view.dispatch({ changes, userEvent: "delete" });
    listener.asked(way);
    return true;
  };

  const commandLine = (view: EditorView): Panel => {
    const dom = document.createElement("div");
    dom.className = "vi-line";
    const input = document.createElement("input");
    input.setAttribute("aria-label", ":");
    input.spellcheck = false;
    input.autocomplete = "off";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    dom.append(":", input, said);
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      view.dispatch({ effects: show.of(false) });
    };
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const back = event.key === "Escape" || (event.key === "Backspace" && input.value === "");
      if (event.key !== "Enter" && !back) return;
      event.preventDefault();
      const way = wayOf(input.value);
      if (!back && !way) {
        said.textContent = listener.unknown();
        return;
      }
      // The line goes as it loses the keyboard: so the keyboard never leaves the editor.
      view.focus();
      if (!back && way) listener.asked(way);
    });
    return { dom, mount: () => input.focus() };
  };

  const line = StateField.define<boolean>({
    create: () => false,
    update: (shown, { effects }) => effects.reduce((now, effect) => (effect.is(show) ? effect.value : now), shown),
    provide: (field) => showPanel.from(field, (shown) => (shown ? commandLine : null)),
  });
  return [
    line,
    Prec.highest([EditorView.domEventHandlers({ keydown }), keymap.of([{ key: "Enter", run: take }])]),
  ];
}
