import type * as Lessons from "../entries/lessons";
import { pack as packLesson } from "../lessons/link";
import { type Draft, nameOf } from "./draft";

/** Reading and writing folders, and the lessons that come with the page: fetched when somebody opens or exports one. */
export function lessons(): Promise<typeof Lessons> {
  return import(new URL("lessons.js", document.baseURI).href);
}

const bytesOf = (content: string | number[]) => (typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content));

/** The draft as a folder, as it is packed. */
export function folderOf(draft: Draft): { name: string; files: [string, Uint8Array][] } {
  return { name: nameOf(draft), files: Object.entries(draft.files).map(([path, content]) => [path, bytesOf(content)]) };
}

/** What was opened, as a draft. */
export function draftOf(name: string, files: [string, Uint8Array][]): Draft {
  const text = (bytes: Uint8Array): string | number[] => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n/g, "\n");
    } catch {
      return [...bytes];
    }
  };
  return { name: name.replace(/[^\w.-]+/g, "-") || "lesson", files: Object.fromEntries(files.map(([path, bytes]) => [path, text(bytes)])) };
}

/** The address that opens the lesson in the app. */
export async function linkOf(draft: Draft): Promise<string> {
  const address = new URL("./", location.href);
  address.searchParams.set("lang", document.documentElement.lang);
  return address.href + (await packLesson(folderOf(draft)));
}
