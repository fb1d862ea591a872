import type { IBufferCell, Terminal } from "@xterm/xterm";

/** The columns of a row, seen or not: as wide as the widest tables are. */
export const COLUMNS = 300;

/**
 * What is seen of a terminal whose rows are wider than its place: a scroll bar below, a mark at the end of each row that
 * goes on, and the cursor kept in sight while one types.
 */
export class Sideways {
  readonly #terminal: Terminal;
  readonly #bar = document.createElement("div");
  readonly #extent = document.createElement("div");
  readonly #marks = document.createElement("div");
  #cell: IBufferCell | undefined;
  #columns = 0;
  #width = 0;
  #height = 0;
  /** The cursor is kept in sight: until the person looks elsewhere. */
  #follows = true;
  #moved = 0;

  constructor(terminal: Terminal, host: HTMLElement) {
    this.#terminal = terminal;
    this.#bar.className = "sideways";
    this.#bar.tabIndex = -1;
    this.#bar.ariaHidden = "true";
    this.#bar.append(this.#extent);
    this.#marks.className = "more";
    this.#marks.ariaHidden = "true";
    host.append(this.#marks, this.#bar);
    this.#bar.addEventListener("scroll", () => {
      // Moved by hand, not by what is written below.
      if (Math.round(this.#bar.scrollLeft) !== this.#moved) this.#follows = false;
      this.#place();
    });
    host.addEventListener("wheel", (event) => this.#wheel(event), { capture: true, passive: false });
    this.#drags(host);
    terminal.onRender(() => this.look());
    terminal.onScroll(() => this.look());
  }

  /** So many columns of this size, in CSS pixels, are seen. */
  fit(columns: number, width: number, height: number): void {
    this.#columns = columns;
    this.#width = width;
    this.#height = height;
    this.look();
  }

  /** Goes to where the cursor is, and stays with it. */
  follow(): void {
    this.#follows = true;
    this.look();
  }

  /** Moves the view by so many columns. */
  move(columns: number): void {
    this.#bar.scrollLeft += columns * this.#width;
  }

  /** Looks again at how far the rows in sight go. */
  look(): void {
    const buffer = this.#terminal.buffer.active;
    const lengths = [];
    for (let row = 0; row < this.#terminal.rows; row += 1) lengths.push(this.#length(buffer.viewportY + row));
    const cursor = buffer.cursorX + 1;
    const longest = Math.max(...lengths, cursor);
    this.#extent.style.width = `${longest > this.#columns ? this.#bar.clientWidth + (longest - this.#columns) * this.#width : 0}px`;
    if (this.#follows) {
      const first = Math.round(this.#bar.scrollLeft / this.#width) || 0;
      if (cursor <= this.#columns) this.#bar.scrollLeft = 0;
      else if (cursor > first + this.#columns || cursor <= first) this.#bar.scrollLeft = (cursor - this.#columns) * this.#width;
    }
    this.#moved = Math.round(this.#bar.scrollLeft);
    this.#place(lengths);
  }

  /** Puts the rows where the bar says, and a mark on those that go on. */
  #place(lengths = this.#lengths): void {
    this.#lengths = lengths;
    const left = this.#bar.scrollLeft;
    const screen = this.#terminal.element?.querySelector<HTMLElement>(".xterm-screen");
    if (screen) screen.style.left = left ? `${-left}px` : "";
    const last = left / this.#width + this.#columns + 0.5;
    while (this.#marks.childElementCount < lengths.length) this.#marks.append(document.createElement("i"));
    for (const [row, mark] of [...this.#marks.children].entries()) {
      const more = (lengths[row] ?? 0) > last;
      const text = more ? "▸" : "";
      if (mark.textContent !== text) mark.textContent = text;
      if (more) (mark as HTMLElement).style.cssText = `top:${row * this.#height}px;height:${this.#height}px;line-height:${this.#height}px`;
    }
  }
  #lengths: number[] = [];

  /** How many columns a row uses. */
  #length(row: number): number {
    const line = this.#terminal.buffer.active.getLine(row);
    // Nearly every row ends within the view.
    if (!line?.translateToString(true, this.#columns)) return 0;
    for (let at = line.length - 1; at >= this.#columns; at -= 1) {
      this.#cell = line.getCell(at, this.#cell);
      if (this.#cell?.getChars().trim()) return at + 1;
    }
    return 0;
  }

  #wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!sideways || (!event.shiftKey && Math.abs(event.deltaX) < Math.abs(event.deltaY))) return;
    const before = this.#bar.scrollLeft;
    this.#bar.scrollLeft += sideways;
    // At its end the browser may do with it what it does.
    if (this.#bar.scrollLeft === before && !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A finger drags the rows. */
  #drags(host: HTMLElement): void {
    let at: number | undefined;
    host.addEventListener("touchstart", ({ touches }) => (at = touches.length === 1 ? touches[0]?.clientX : undefined), { passive: true });
    host.addEventListener(
      "touchmove",
      ({ touches }) => {
        const now = touches[0]?.clientX;
        if (at === undefined || now === undefined) return;
        this.#bar.scrollLeft += at - now;
        at = now;
      },
      { passive: true },
    );
  }
}
