/** A kept session as far as the page itself reads it: `Session::to_json` in crates/playground. */
export interface Session {
  version: number;
  entries: [at: number, steps: number, verb: string, ...rest: unknown[]][];
  end: [at: number, steps: number];
}

/** Reads a kept session; undefined when it is none of this version's. */
export function read(text: string): Session | undefined {
  try {
    const session = JSON.parse(text) as Session;
    return session.version === 1 && Array.isArray(session.entries) && Array.isArray(session.end) ? session : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes as letters: text comes as it is, what is none as numbers. */
export function typed(bytes: unknown): string {
  return typeof bytes === "string" ? bytes : Array.isArray(bytes) ? String.fromCharCode(...(bytes as number[])) : "";
}

/** Whether an entry is something that a person did, rather than a letter of it. */
function commits([, , verb, , bytes]: Session["entries"][number]): boolean {
  return verb === "save" || verb === "remove" || (verb === "type" && /[\r\n\x04]/.test(typed(bytes)));
}

/** From which entry to which the last command goes; undefined when there is none. */
function lastCommand({ entries }: Session): [from: number, to: number] | undefined {
  let to = entries.length - 1;
  while (to >= 0 && !commits(entries[to] as Session["entries"][number])) to -= 1;
  const last = entries[to];
  if (!last) return undefined;
  let from = to;
  const before = () => entries[from - 1];
  while (last[2] === "type" && before()?.[2] === "type" && before()?.[3] === last[3] && !commits(before() as Session["entries"][number])) from -= 1;
  return [from, to];
}

/** The last command as it was typed, or the file that was saved last. */
export function nameOfLast(session: Session): string {
  const [from, to] = lastCommand(session) ?? [0, -1];
  const entries = session.entries.slice(from, to + 1);
  if (entries[0]?.[2] !== "type") return String(entries[0]?.[3] ?? "");
  const text = entries.map((entry) => typed(entry[4])).join("");
  // As the line editor would: Ctrl-U empties the line, Backspace takes a letter back.
  let line = "";
  for (const letter of text) {
    if (letter === "\x15") line = "";
    else if (letter === "\x7f") line = line.slice(0, -1);
    else if (letter >= " ") line += letter;
  }
  return line;
}

/** The session as it was before its last command. */
export function withoutLast(session: Session): Session {
  const [from] = lastCommand(session) ?? [0, 0];
  const first = session.entries[from];
  return first ? { ...session, entries: session.entries.slice(0, from), end: [first[0], first[1]] } : session;
}
