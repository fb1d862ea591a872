/** What marks, in what is written to xterm.js, that the row at hand goes on from the one above. */
export const CONTINUES = 7771;

const mark = `\x1b]${CONTINUES};\x07`;
const colour = /\x1b\[[\d;]*m/g;
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/;

/**
 * Breaks sentences at their spaces, into rows of so many columns. The terminal's own rows are wider than what is seen of
 * them: a table runs on to the right and keeps its columns, but a sentence should not have to be scrolled to.
 */
export class Lines {
  #decoder = new TextDecoder();
  /** Whether what comes next begins a row. */
  #atStart = true;

  /** What to write for `bytes` of a program's output. */
  take(bytes: Uint8Array, columns: number): string {
    let written = "";
    for (const line of this.#decoder.decode(bytes, { stream: true }).split(/(?<=\n)/)) {
      written += this.#atStart && line.endsWith("\r\n") ? broken(line, columns) : line;
      this.#atStart = line.endsWith("\n");
    }
    return written;
  }
}

/** A whole line, broken if it is a sentence that is too long. */
function broken(line: string, columns: number): string {
  const text = line.slice(0, -2);
  if (text.length * 2 <= columns) return line;
  const shown = text.replace(colour, "");
  // Columns are parted by more than a space; whatever moves the cursor is no sentence.
  if (cells(shown) <= columns || /\S {2,}\S|[\x00-\x1f]/.test(shown)) return line;
  let rows = "";
  let used = 0;
  for (const word of text.split(/(?<= )(?! )/)) {
    const width = cells(word.replace(colour, ""));
    if (used > 0 && used + width - (word.endsWith(" ") ? 1 : 0) > columns) {
      rows += `\r\n${mark}`;
      used = 0;
    }
    rows += word;
    used += width;
  }
  return `${rows}\r\n`;
}

function cells(text: string): number {
  let width = 0;
  for (const letter of text) width += wide.test(letter) ? 2 : 1;
  return width;
}
