import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorSelection, EditorState, Prec } from "@codemirror/state";
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

/**
 * A YAML editor: CodeMirror in the page's own tree.
 *
 * - property `value`: the text; property `path`: which file it is, each file keeps its own history and cursor.
 * - property `diagnostics`: what is wrong with it, shown as squiggles.
 * - property `complete`: called for completions, see ./complete.ts.
 * - attribute `readonly`, attribute `label`.
 * - event `change`, detail the new text; event `apply` on Ctrl/Cmd+Enter.
 *
 * - event `leave` when a line such as `:wq` was typed, as those do who came by `vi`; the line goes.
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
  #loading = false;

  connectedCallback(): void {
    for (const name of ["path", "value", "diagnostics", "complete"] as const) this.#upgrade(name);
    if (this.#view) return;
    this.#view = new EditorView({ parent: this, state: this.#state(this.#value) });
    this.#show();
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
    const view = this.#view;
    if (!view || view.state.doc.toString() === text) return;
    this.#loading = true;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    this.#loading = false;
  }

  get path(): string {
    return this.#path;
  }

  set path(path: string) {
    if (path === this.#path) return;
    const view = this.#view;
    if (view) {
      this.#files.set(this.#path, view.state);
      view.setState(this.#files.get(path) ?? this.#state(""));
      view.scrollDOM.scrollTo(0, 0);
      // A state that was kept has the rules of its time.
      view.dispatch({ effects: this.#access.reconfigure(this.#accessRules()) });
    }
    this.#path = path;
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

  #state(text: string): EditorState {
    const emit = (name: string, detail?: unknown) => {
      this.dispatchEvent(new CustomEvent(name, { detail }));
      return true;
    };
    return EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: () => emit("apply") },
            { key: "Mod-s", run: () => true, preventDefault: true },
            { key: "Enter", run: (view) => takeCommand(view) && emit("leave") },
          ]),
        ),
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        indentUnit.of("  "),
        yaml(),
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
          if (update.docChanged && !this.#loading) emit("change", update.state.doc.toString());
        }),
        this.#access.of(this.#accessRules()),
      ],
    });
  }
}

/** Takes away the line of the cursor if it is one of vi's ways to leave; nobody writes that in a manifest. */
function takeCommand(view: EditorView): boolean {
  const { head, empty } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  if (!empty || view.state.readOnly || !/^\s*:(w|q|wq|x|q!|wq!)\s*$/.test(line.text)) return false;
  // With the end of the line before it, if there is one.
  view.dispatch({ changes: { from: Math.max(line.from - 1, 0), to: line.to }, userEvent: "delete" });
  return true;
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
