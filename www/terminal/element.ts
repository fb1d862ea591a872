import { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";
import { sendComposed } from "./compose";
import { hangulFor } from "./hangul";
import { CONTINUES, Lines } from "./lines";
import { COLUMNS, Sideways } from "./sideways";
import { opened } from "./opened";
import { terminalTheme } from "./theme";

/**
 * A terminal: xterm.js in the page's own tree, so that styles, find and screen readers reach it. Its rows are wider than
 * what is seen of them, so that no table is broken: they run on to the right, with a mark, and scroll sideways.
 *
 * - `write(bytes)` shows what the programs printed; `reset()` empties the screen; `focus()` gives it the keyboard;
 *   `follow()` brings the cursor back into sight.
 * - `size`: `{ cols, rows }` that are seen at once; undefined while there is no room for it.
 * - event `data`, detail `Uint8Array`: bytes that were typed or pasted.
 * - event `resize`, detail `{ cols, rows }`.
 * - attribute `screen-reader`: also keep the screen as text that screen readers follow.
 * - attribute `label`: its accessible name.
 *
 * Colours and sizes come from the CSS variables `--term…`. Escape, then Tab, leaves it, and
 * in another page's frame Tab alone, as long as nothing was typed.
 */
export class KpTerminal extends HTMLElement {
  static readonly observedAttributes = ["screen-reader", "label"];

  #terminal: Terminal | undefined;
  #fit = new FitAddon();
  #observers: { disconnect(): void }[] = [];
  #sideways: Sideways | undefined;
  #lines = new Lines();
  #size: { cols: number; rows: number } | undefined;
  #escaped = false;
  /** In another page's frame, until a key is typed here: whoever goes through that page by Tab goes on. */
  #passing = false;
  #pending: Uint8Array[] = [];

  connectedCallback(): void {
    if (this.#terminal) return;
    const terminal = opened(this);
    this.#terminal = terminal;
    terminal.options.screenReaderMode = this.hasAttribute("screen-reader");
    terminal.loadAddon(this.#fit);
    sendComposed(terminal);
    this.#sideways = new Sideways(terminal, this);
    terminal.parser.registerOscHandler(CONTINUES, () => this.#continueRow());
    terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    const encoder = new TextEncoder();
    terminal.onData((text) => {
      this.follow();
      this.#emit("data", encoder.encode(text));
    });
    this.#label();
    terminal.textarea?.addEventListener("focus", () => (this.#passing = window.parent !== window && !this.matches(":active")));

    const size = new ResizeObserver(() => this.fit());
    size.observe(this);
    const theme = new MutationObserver(() => this.#restyle());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-projector", "style"] });
    this.#observers.push(size, theme);
    this.fit();
    for (const bytes of this.#pending.splice(0)) this.write(bytes);
    void document.fonts?.ready.then(() => this.fit());
    void this.#widenHangul();
  }

  disconnectedCallback(): void {
    for (const observer of this.#observers.splice(0)) observer.disconnect();
    this.#terminal?.dispose();
    this.#terminal = undefined;
    this.#fit = new FitAddon();
    this.#sideways = undefined;
    this.#size = undefined;
    this.replaceChildren();
  }

  attributeChangedCallback(): void {
    if (!this.#terminal) return;
    this.#terminal.options.screenReaderMode = this.hasAttribute("screen-reader");
    this.#label();
  }

  /** Shows bytes: text in UTF-8 and terminal control sequences. */
  write(bytes: Uint8Array): void {
    if (this.#terminal) this.#terminal.write(this.#lines.take(bytes, this.#size?.cols ?? COLUMNS));
    else this.#pending.push(bytes.slice());
  }

  /** Empties the screen and what was scrolled away. */
  reset(): void {
    this.#pending = [];
    this.#terminal?.reset();
  }

  override focus(): void {
    this.#terminal?.focus();
  }

  /** Brings the cursor back into sight, and keeps it there. */
  follow(): void {
    this.#sideways?.follow();
  }

  /** Shows as many columns and rows as there is room for. Nothing while it is hidden. */
  fit(): void {
    const [terminal, room] = [this.#terminal, this.#hasRoom ? this.#fit.proposeDimensions() : undefined];
    if (!terminal || !room || !(room.cols > 0 && room.rows > 0)) return;
    const columns = Math.max(COLUMNS, room.cols);
    if (terminal.cols !== columns || terminal.rows !== room.rows) terminal.resize(columns, room.rows);
    const screen = this.querySelector<HTMLElement>(".xterm-screen");
    const [width, height] = [screen?.style.width, screen?.style.height].map((size) => Number.parseFloat(size ?? ""));
    this.#sideways?.fit(room.cols, (width || 0) / columns, (height || 0) / room.rows);
    if (this.#size?.cols === room.cols && this.#size.rows === room.rows) return;
    this.#size = { cols: room.cols, rows: room.rows };
    this.#emit("resize", this.#size);
  }

  /** The columns and rows that are seen at once; undefined while it is hidden. */
  get size(): { cols: number; rows: number } | undefined {
    return this.#hasRoom ? this.#size : undefined;
  }

  get #hasRoom(): boolean {
    return this.#terminal !== undefined && this.clientWidth > 40 && this.clientHeight > 20;
  }

  /** The text on the screen and above it, for tests and for copying all of it. */
  get text(): string {
    const buffer = this.#terminal?.buffer.active;
    if (!buffer) return "";
    let text = "";
    for (let row = 0; row < buffer.length; row += 1) {
      const line = buffer.getLine(row);
      if (!line) continue;
      text += (line.isWrapped ? "" : "\n") + line.translateToString(true);
    }
    return text.slice(1).trimEnd();
  }

  /** The row of the cursor goes on from the one above: copied, they are one line. xterm.js has no public name for that. */
  #continueRow(): boolean {
    const buffer = this.#terminal?.buffer.active;
    const lines = (this.#terminal as unknown as { _core?: { buffer?: { lines?: { get(row: number): { isWrapped: boolean } | undefined } } } } | undefined)?._core
      ?.buffer?.lines;
    const row = buffer && lines?.get(buffer.baseY + buffer.cursorY);
    if (row) row.isWrapped = true;
    return true;
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #label(): void {
    this.#terminal?.textarea?.setAttribute("aria-label", this.getAttribute("label") ?? "terminal");
  }

  #restyle(): void {
    if (!this.#terminal) return;
    Object.assign(this.#terminal.options, terminalTheme(this));
    this.fit();
    void this.#widenHangul();
  }

  async #widenHangul(): Promise<void> {
    const mono = terminalTheme(this).fontFamily ?? "monospace";
    const hangul = await hangulFor(mono);
    if (hangul && this.#terminal) this.#terminal.options.fontFamily = `${hangul}, ${mono}`;
  }

  /** False for keys that are not the terminal's: leaving it, copying, pasting, the page's own shortcuts. */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== "keydown") return true;
    const escaped = this.#escaped;
    if (event.key !== "Shift") this.#escaped = event.key === "Escape";
    if (event.key === "Tab" && (escaped || this.#passing)) return false;
    if (event.key !== "Shift") this.#passing = false;
    if (event.altKey && !event.ctrlKey && !event.metaKey && /^(Digit[1-4]|Key[MPSZ])$/.test(event.code)) return false;
    if (event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && /^Arrow(Left|Right)$/.test(event.key)) {
      this.#sideways?.move(event.key === "ArrowLeft" ? -8 : 8);
      event.preventDefault();
      return false;
    }
    // A presenter's remote: the page goes to another step.
    if (/^Page(Up|Down)$/.test(event.key) && !event.shiftKey && document.documentElement.hasAttribute("data-projector")) return false;
    const control = event.ctrlKey && !event.altKey && !event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "c" && (event.shiftKey || this.#terminal?.hasSelection())) {
      const selection = this.#terminal?.getSelection() ?? "";
      if (selection) void navigator.clipboard?.writeText(selection);
      this.#terminal?.clearSelection();
      event.preventDefault();
      return false;
    }
    // The browser then pastes into the terminal's own text area.
    if (control && key === "v") return false;
    return true;
  }
}
