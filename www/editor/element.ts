import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  selectedCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, undo } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorSelection, EditorState, Prec, Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { completionSource, type Complete } from "./complete";
import { type Diagnostic, toCodeMirror } from "./diagnostics";
import { scrollBack } from "./scroll";
import { highlight, theme } from "./theme";
import { vi, type Way } from "./vi";

/**
 * A YAML editor: CodeMirror in the page's own tree. With the attribute `plain` the next file is no YAML, and its lines are broken.
 *
 * - property `value`: the text; property `path`: which file it is, each file keeps its own history and cursor. Undo never
 *   goes past a text that was set.
 * - property `diagnostics`: what is wrong with it, shown as squiggles.
 * - property `complete`: called for completions, see ./complete.ts.
 * - attribute `readonly`, attribute `label`; attribute `unknown`, said of a command of vi that is not known here.
 * - event `change`, detail the new text; event `apply` on Ctrl/Cmd+Enter; event `save` when saving was asked for, by
 *   Ctrl/Cmd+S or `:w`.
 * - event `leave` when `:wq` or the like was typed, as those do who came by `vi` (./vi.ts); `:q!` takes back what was changed
 *   since the keyboard came here.
 *
 * Escape, then Tab, leaves it (CodeMirror's own rule).
 */
export class KpEditor extends HTMLElement {
  static readonly observedAttributes = ["readonly", "label"];

  #view: EditorView | undefined;
  #path = "";
  #value = "";
  #diagnostics: Diagnostic[] = [];
  #complete: Complete | undefined;
  #files = new Map<string, EditorState>();
  #access = new Compartment();
  /** The text when it was set, or when the keyboard came here: what `:q!` goes back to. */
  #mark = "";

  connectedCallback(): void {
    for (const name of ["path", "value", "diagnostics", "complete"] as const) this.#upgrade(name);
    if (this.#view) return;
    this.#view = new EditorView({ parent: this, state: this.#state(this.#value) });
    this.#mark = this.#value;
    this.#show();
    this.addEventListener("focusin", ({ relatedTarget }) => {
      // The command line is gone already when the keyboard comes back from it.
      const within = relatedTarget instanceof Element && (this.contains(relatedTarget) || relatedTarget.closest(".vi-line"));
      if (!within) this.#mark = this.value;
    });
  }

  disconnectedCallback(): void {
    this.#view?.destroy();
    this.#view = undefined;
    this.replaceChildren();
  }

  attributeChangedCallback(): void {
    this.#view?.dispatch({ effects: this.#access.reconfigure(this.#accessRules()) });
  }

  get value(): string {
    return this.#view?.state.doc.toString() ?? this.#value;
  }

  set value(text: string) {
    this.#value = text;
    this.#mark = text;
    const view = this.#view;
    if (!view || view.state.doc.eq(lines(text))) return;
    // A state of its own: what could be undone belongs to a text that is gone.
    const { scrollLeft, scrollTop } = view.scrollDOM;
    settle(view);
    view.setState(this.#state(text, view.state.selection.main.head));
    view.scrollDOM.scrollTo(scrollLeft, scrollTop);
    this.#show();
  }

  get path(): string {
    return this.#path;
  }

  set path(path: string) {
    if (path === this.#path) return;
    const view = this.#view;
    if (view) {
      settle(view);
      this.#files.set(this.#path, view.state);
      view.setState(this.#files.get(path) ?? this.#state(""));
      view.scrollDOM.scrollTo(0, 0);
      // A state that was kept has the rules of its time.
      view.dispatch({ effects: this.#access.reconfigure(this.#accessRules()) });
    }
    this.#path = path;
    this.#mark = this.value;
  }

  get diagnostics(): Diagnostic[] {
    return this.#diagnostics;
  }

  set diagnostics(diagnostics: Diagnostic[]) {
    this.#diagnostics = diagnostics;
    this.#show();
  }

  set complete(complete: Complete | undefined) {
    this.#complete = complete;
  }

  override focus(): void {
    this.#view?.focus();
  }

  /** Takes back the last change. */
  undo(): void {
    if (this.#view) undo(this.#view);
    this.focus();
  }

  /** Writes `text` over a part of a line (from 1; columns from 0), as if it were typed. */
  replace(line: number, from: number, to: number, text: string): void {
    const view = this.#view;
    if (!view || line < 1 || line > view.state.doc.lines) return;
    const { from: start, to: end } = view.state.doc.line(line);
    const changes = { from: Math.min(start + from, end), to: Math.min(start + to, end), insert: text };
    view.dispatch({ changes, userEvent: "input.fix" });
    view.focus();
  }

  /** Puts the cursor at the start of a line, counted from 1, and shows it. */
  goTo(line: number): void {
    const view = this.#view;
    if (!view) return;
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines)).from;
    view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    view.focus();
  }

  #show(): void {
    const view = this.#view;
    if (view) view.dispatch(setDiagnostics(view.state, toCodeMirror(view.state, this.#diagnostics)));
  }

  #upgrade(name: "path" | "value" | "diagnostics" | "complete"): void {
    // A property that was set before this class arrived hides the accessor of the same name.
    if (!Object.hasOwn(this, name)) return;
    const self = this as unknown as Record<string, unknown>;
    const value = self[name];
    delete self[name];
    self[name] = value;
  }

  #accessRules() {
    const readOnly = this.hasAttribute("readonly");
    return [
      EditorState.readOnly.of(readOnly),
      EditorView.contentAttributes.of({ "aria-label": this.getAttribute("label") ?? "YAML", spellcheck: "false", tabindex: "0" }),
    ];
  }

  #emit(name: string, detail?: unknown): boolean {
    this.dispatchEvent(new CustomEvent(name, { detail }));
    return true;
  }

  #asked(way: Way): void {
    const view = this.#view;
    if (way === "discard and leave" && view && this.value !== this.#mark) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: this.#mark }, userEvent: "delete" });
    }
    this.#emit("save");
    if (way !== "save") this.#emit("leave");
  }

  #state(text: string, cursor = 0): EditorState {
    const doc = lines(text);
    return EditorState.create({
      doc,
      selection: { anchor: Math.min(cursor, doc.length) },
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: () => this.#emit("apply") },
            { key: "Enter", run: endWord },
            { key: "Mod-s", run: () => this.#emit("save"), preventDefault: true },
          ]),
        ),
        vi({ asked: (way) => this.#asked(way), unknown: () => this.getAttribute("unknown") ?? "" }),
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        indentUnit.of("  "),
        this.hasAttribute("plain") ? EditorView.lineWrapping : [yaml(), closeBrackets()],
        syntaxHighlighting(highlight),
        theme,
        scrollBack,
        autocompletion({ override: [completionSource(() => this.#complete)], icons: false }),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
          { key: "Tab", run: insertSpaces, shift: indentLess },
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#emit("change", update.state.doc.toString());
        }),
        this.#access.of(this.#accessRules()),
      ],
    });
  }
}

/** The lines of a text, however they end: an editor knows only one way. */
function lines(text: string): Text {
  return Text.of(text.split(/\r\n?|\n/));
}

/**
 * Ends what would outlive the text: a list of completions, and the measurements asked for, which CodeMirror 6.43 keeps when
 * its state is replaced and then makes at positions the new text may not have.
 */
function settle(view: EditorView): void {
  closeCompletion(view);
  // Asking for a height makes them now.
  view.elementAtHeight(0);
}

/** Return after a word that is written whole ends the line; it does not choose the same word from the list. */
function endWord(view: EditorView): boolean {
  const choice = selectedCompletion(view.state);
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  const word = /[\w./-]*$/.exec(view.state.sliceDoc(line.from, view.state.selection.main.head))?.[0];
  if (choice && choice.label === word && (choice.apply ?? word) === word) closeCompletion(view);
  return false;
}

/** YAML knows no tabs: Tab moves on to the next even column. */
function insertSpaces(view: EditorView): boolean {
  if (view.state.readOnly) return false;
  view.dispatch(
    view.state.changeByRange((range) => {
      const line = view.state.doc.lineAt(range.from);
      const spaces = " ".repeat(2 - ((range.from - line.from) % 2));
      return {
        changes: { from: range.from, to: range.to, insert: spaces },
        range: EditorSelection.cursor(range.from + spaces.length),
      };
    }),
    { scrollIntoView: true, userEvent: "input" },
  );
  return true;
}
