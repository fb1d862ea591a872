import { unpack } from "../page/payload";
import { typed } from "../page/session";

/** What a student's link says: what was done, as the student's own page kept it. */
export interface Result {
  lesson: string;
  /** Of a lesson that does not come with the page. */
  title: { ko: string; en: string } | undefined;
  /** The step at which it was left, from 1. */
  step: number;
  /** Steps all of whose checks are ticked, of those that have any. */
  steps: [done: number, of: number];
  checks: [done: number, of: number];
  /** How often the student said what would happen. */
  predictions: number;
  /** Lines that were sent. */
  commands: number;
  /** Seconds of the cluster's time. */
  seconds: number;
  /** The last part of an address, which opens it. */
  hash: string;
}

export interface Row {
  /** What stands beside the link. */
  name: string;
  result?: Result;
  /** Why there is none. */
  problem?: "none" | "damaged" | "newer";
  /** The row, from 1, that has the same session. */
  same?: number;
}

/** Letters that are shown of what stands around a link. */
const longest = 200;

/** A line of what was pasted: a link, and what stands around it. */
async function rowOf(line: string): Promise<Row> {
  // Word by word: who pastes something else, however long, waits for nothing.
  const words = line.split(/\s+/);
  const link = words.findIndex((word) => word.includes("#s="));
  const around = words.filter((_, at) => at !== link).join(" ").slice(0, longest);
  const name = around.replace(/^["',;:| ]+/, "").replace(/["',;:| ]+$/, "");
  const hash = /#s=[\w.-]+/.exec(words[link] ?? "")?.[0];
  if (!hash) return { name, problem: "none" };
  try {
    return { name, result: await resultOf(hash) };
  } catch (error) {
    return { name, problem: (error as Error).message === "newer" ? "newer" : "damaged" };
  }
}

async function resultOf(hash: string): Promise<Result> {
  const { session, lesson, progress, opened } = await unpack(hash);
  const { entries, end } = session as { entries: unknown[][]; end?: unknown[] };
  let kept: { step?: unknown; goals?: unknown; guesses?: unknown } = {};
  try {
    kept = (JSON.parse(progress[lesson] ?? "{}") ?? {}) as typeof kept;
  } catch {
    // What cannot be read says nothing of the lesson.
  }
  const goals = (Array.isArray(kept.goals) ? kept.goals : []).map((of) => (Array.isArray(of) ? of.map((it) => it === true) : []));
  const checked = goals.filter((of) => of.length > 0);
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
  const letters = entries.filter((entry) => Array.isArray(entry) && entry[2] === "type").map((entry) => typed(entry[4]));
  // Pasted lines end by carriage returns, too, or by line feeds until the last.
  const lines = letters.reduce((sum, text) => sum + (text.match(/[\r\n]/g)?.length ?? 0), 0);
  return {
    lesson,
    title: opened?.title,
    step: Math.floor(number(kept.step)) + 1,
    steps: [checked.filter((of) => of.every(Boolean)).length, checked.length],
    checks: [goals.flat().filter(Boolean).length, goals.flat().length],
    predictions: Array.isArray(kept.guesses) ? kept.guesses.length : 0,
    commands: lines,
    seconds: Math.max(0, Math.round((number(end?.[0]) - number(entries[0]?.[0])) / 1e6)),
    hash,
  };
}

/** A row for each line that is not empty. */
export async function rowsOf(text: string): Promise<Row[]> {
  const rows: Row[] = [];
  const first = new Map<string, number>();
  for (const line of text.split("\n").filter((it) => it.trim() !== "")) {
    const row = await rowOf(line);
    rows.push(row);
    const hash = row.result?.hash;
    if (!hash) continue;
    row.same = first.get(hash);
    if (!row.same) first.set(hash, rows.length);
  }
  return rows;
}

/** Hours, minutes and seconds. */
export function clock(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** RFC 4180, for spreadsheets: the mark says that it is UTF-8, and no cell is taken for a formula. */
export function csv(table: string[][]): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
  return `\ufeff${table.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
