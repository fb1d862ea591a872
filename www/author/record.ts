import { type Done, type Part, partsOf } from "../page/script";

/** What was done in the preview, as shell. */
export interface Recorded {
  /** Commands, and files that were saved as the commands that write them; in order. */
  commands: string[];
  /** What cannot be done again as it was. */
  byHand: string[];
}

/** Seconds between two commands from which on the second waited for what the first began, and the longest such wait. */
const WAIT = 5;
const LONGEST = 15;

/** The moment at which a session is, in its own time. */
export const nowOf = ({ session }: Done): number => session.end[0];

/** What a person has done since a moment. `waits` puts a `sleep` where the person waited before going on. */
export function recorded(done: Done, since: number, waits: boolean): Recorded {
  const parts = partsOf(done).filter((part) => part.at >= since && part.by !== "lesson");
  const found: Recorded = { commands: [], byHand: [] };
  let last: Part | undefined;
  for (const part of parts) {
    if (part.by === "hand") {
      found.byHand.push(part.text);
      continue;
    }
    const seconds = last ? Math.round((part.at - last.at) / 1e6) : 0;
    if (waits && seconds >= WAIT) found.commands.push(`sleep ${Math.min(seconds, LONGEST)}`);
    found.commands.push(part.text);
    last = part;
  }
  return found;
}
