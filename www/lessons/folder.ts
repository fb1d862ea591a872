// The folder of a lesson: from a public GitHub repository, a gist, a zip of this site, or files a person chose. Nothing of it is run or
// drawn here; what it means, and what of it is shown, is `crates/lesson`'s business.
/// <reference path="./built.d.ts" />
import built from "built";
import { unzipSync, zipSync } from "fflate";
import { isHeld, LONGEST_LINK, pack, textOf, unpack } from "./link";

/** A folder's files. */
export interface Folder {
  /** What the folder is called. */
  name: string;
  /** The address that gives the same files again, for ever if it names a commit; empty if there is none. */
  source: string;
  /** Path in the folder, and content; `../` before those that its course shares. */
  files: [string, Uint8Array][];
}

/** Why there is none; the app has the words (`src/text/opening.rs`). */
type Why = "address" | "network" | "missing" | "busy" | "large" | "zip" | "damaged" | "newer";

export class Refused extends Error {
  constructor(readonly why: Why) {
    super(why);
  }
}

export const MOST_FILES = 300;
export const MOST_BYTES = 4_000_000;

/** The lessons of a kind (`course`, `challenge`) that come with the page, in their order. */
export function builtIn(kind: string): Folder[] {
  return Object.keys(built[kind] ?? {}).filter((name) => name !== "").map((name) => ours(kind, name));
}

function ours(kind: string, name: string): Folder {
  const own = Object.entries(built[kind]?.[name] ?? {});
  const shared = Object.entries(built[kind]?.[""] ?? {}).map(([path, text]): [string, string] => [`../${path}`, text]);
  return { name, source: `${kind}:${name}`, files: [...own, ...shared].map(([path, text]) => [path, encode(text)]) };
}

/** The folder at an address: `github:owner/repo/path@ref` (a folder, or a page of Markdown), an address of github.com, `gist:id`, a
 * zip on this site, `course:name` and `challenge:name`, which come with the page, or `#lesson=`, which holds the lesson itself. */
export async function fromAddress(address: string): Promise<Folder> {
  if (isHeld(address)) return unpack(address);
  const at = parse(address.trim());
  if (at.kind === "ours") return ours(at.of, at.name);
  if (at.kind === "zip") {
    const bytes = new Uint8Array(await (await get(at.url)).arrayBuffer());
    return { name: nameOf(at.url), source: address.trim(), files: unzip(bytes) };
  }
  if (at.kind === "gist") {
    const gist = await (await get(`https://api.github.com/gists/${at.id}${at.version ? `/${at.version}` : ""}`)).json();
    const version = at.version ?? gist.history?.[0]?.version;
    const files = Object.values<{ filename: string; content: string }>(gist.files ?? {});
    return { name: at.id, source: version ? `gist:${at.id}/${version}` : `gist:${at.id}`, files: files.map((file) => [file.filename, encode(file.content)]) };
  }
  const repository = `${at.owner}/${at.repository}`;
  const commit = (await (await get(`https://api.github.com/repos/${repository}/commits/${encodeURIComponent(at.ref)}`)).json()).sha as string;
  const tree = await (await get(`https://api.github.com/repos/${repository}/git/trees/${commit}?recursive=1`)).json();
  // A page of Markdown stands for itself, without what lies beside it.
  const page = at.path.endsWith(".md");
  const prefix = page ? at.path.slice(0, at.path.lastIndexOf("/") + 1) : at.path ? `${at.path}/` : "";
  const blobs = (tree.tree as { path: string; type: string; size?: number }[]).filter((entry) => entry.type === "blob");
  const inCourse = blobs.some((entry) => entry.path === `${above(prefix)}course.yaml`);
  const named = (path: string) => nameIn(prefix, path, inCourse);
  const wanted = (path: string) => (page ? path === at.path : named(path) !== undefined);
  const listed = blobs.filter((entry) => wanted(entry.path));
  if (!listed.some((entry) => entry.path.startsWith(prefix))) throw new Refused("missing");
  if (listed.length > MOST_FILES || listed.reduce((sum, entry) => sum + (entry.size ?? 0), 0) > MOST_BYTES) throw new Refused("large");
  const files = await Promise.all(
    listed.map(async ({ path }): Promise<[string, Uint8Array]> => {
      const address = `https://raw.githubusercontent.com/${repository}/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
      return [named(path) ?? path, new Uint8Array(await (await get(address)).arrayBuffer())];
    }),
  );
  return { name: nameOf(at.path || at.repository), source: `github:${repository}${at.path ? `/${at.path}` : ""}@${commit}`, files };
}

/** The folder of files that were chosen or dropped: a zip, or the files of a folder with their paths. */
export async function fromFiles(chosen: FileList): Promise<Folder> {
  const all = [...chosen];
  const [first] = all;
  if (!first) throw new Refused("missing");
  if (all.length > MOST_FILES || all.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) throw new Refused("large");
  if (all.length === 1 && first.name.endsWith(".zip")) {
    return holding(nameOf(first.name), unzip(new Uint8Array(await first.arrayBuffer())));
  }
  const files = await Promise.all(
    all.map(async (file): Promise<[string, Uint8Array]> => [file.webkitRelativePath || file.name, new Uint8Array(await file.arrayBuffer())]),
  );
  return holding(nameOf(files[0]?.[0].split("/")[0] ?? ""), withoutTop(files));
}

/** A folder of this computer. Nobody else has it: if it is small enough, its address holds all of it. */
async function holding(name: string, files: [string, Uint8Array][]): Promise<Folder> {
  const source = await pack({ name, files });
  return { name, source: source.length > LONGEST_LINK ? "" : source, files };
}

/** What is kept of a folder (src/session/opened.rs). */
export function keptOf({ name, source, files }: Folder): string {
  return JSON.stringify({ name, source, files: Object.fromEntries(files.map(([path, bytes]) => [path, textOf(bytes) ?? [...bytes]])) });
}

/** The folder of what was dropped: files, a zip, or a folder. */
export async function fromDropped(entries: (FileSystemEntry | null)[]): Promise<Folder> {
  const files = (await Promise.all(entries.filter((entry) => entry !== null).map(within))).flat();
  if (files.length > MOST_FILES || files.reduce((sum, [, file]) => sum + file.size, 0) > MOST_BYTES) throw new Refused("large");
  const [first] = files;
  if (!first) throw new Refused("missing");
  const bytes = async (file: File) => new Uint8Array(await file.arrayBuffer());
  if (files.length === 1 && first[0].endsWith(".zip")) return holding(nameOf(first[0]), unzip(await bytes(first[1])));
  const read = await Promise.all(files.map(async ([path, file]): Promise<[string, Uint8Array]> => [path, await bytes(file)]));
  return holding(nameOf(first[0].split("/")[0] ?? ""), withoutTop(read));
}

/** The files of an entry, with their paths. */
async function within(entry: FileSystemEntry): Promise<[string, File][]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) return [[path, await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))]];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: [string, File][] = [];
  // A reader gives a hundred at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0 || all.length > MOST_FILES) return all;
    for (const inner of some) all.push(...(await within(inner)));
  }
}

/** A zip that holds a folder, under its name; beside it what lies beside it. */
export function zip({ name, files }: Pick<Folder, "name" | "files">): Uint8Array<ArrayBuffer> {
  // Of files of the same content the same zip.
  const options = { mtime: new Date(1980, 0, 1, 12) };
  return zipSync(Object.fromEntries(files.map(([path, bytes]) => [path.startsWith("../") ? path.slice(3) : `${name}/${path}`, [bytes, options]])));
}

type At =
  | { kind: "github"; owner: string; repository: string; path: string; ref: string }
  | { kind: "gist"; id: string; version: string | undefined }
  | { kind: "ours"; of: string; name: string }
  | { kind: "zip"; url: string };

function parse(address: string): At {
  const [, of, name] = address.match(/^(course|challenge):(.+)$/) ?? [];
  if (of && name && Object.hasOwn(built[of] ?? {}, name)) return { kind: "ours", of, name };
  const gist = address.match(/^(?:gist:|https:\/\/gist\.github\.com\/(?:[\w-]+\/)?)([0-9a-f]{8,64})(?:\/([0-9a-f]{40}))?\/?$/);
  if (gist?.[1]) return { kind: "gist", id: gist[1], version: gist[2] };
  const short = address.match(/^github:([\w.-]+)\/([\w.-]+)((?:\/[^@?#]+)?)(?:@([\w./-]+))?$/);
  if (short?.[1] && short[2]) return github(short[1], short[2], short[3] ?? "", short[4]);
  const long = address.match(/^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+)(?:\/(?:tree|blob)\/([^/?#]+)((?:\/[^?#]*)?))?\/?$/);
  if (long?.[1] && long[2]) return github(long[1], long[2].replace(/\.git$/, ""), decodeURI(long[4] ?? ""), long[3]);
  try {
    const url = new URL(address, document.baseURI);
    if (url.origin === location.origin && url.pathname.endsWith(".zip")) return { kind: "zip", url: url.href };
  } catch {
    // No address at all.
  }
  throw new Refused("address");
}

function github(owner: string, repository: string, path: string, ref?: string): At {
  const parts = path.split("/").filter((part) => part !== "");
  // The address of a scenario's own file means its folder.
  if (/^(index\.json|lesson\.yaml)$/.test(parts.at(-1) ?? "")) parts.pop();
  if (parts.includes("..")) throw new Refused("address");
  return { kind: "github", owner, repository, path: parts.join("/"), ref: ref ?? "HEAD" };
}

async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {
    throw new Refused("network");
  });
  if (answer.ok) return answer;
  // GitHub answers strangers sixty times an hour.
  if (answer.status === 403 || answer.status === 429) throw new Refused("busy");
  throw new Refused(answer.status === 404 || answer.status === 422 ? "missing" : "network");
}

function unzip(bytes: Uint8Array): [string, Uint8Array][] {
  let files = 0;
  let size = 0;
  try {
    const all = unzipSync(bytes, {
      filter: (file) => {
        if (file.name.endsWith("/") || file.name.startsWith("__MACOSX/")) return false;
        files += 1;
        size += file.originalSize;
        if (files > MOST_FILES || size > MOST_BYTES) throw new Refused("large");
        return true;
      },
    });
    return withoutTop(Object.entries(all));
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("zip");
  }
}

/** What a folder's files are called in it: a zip or a chosen folder brings its own name along. */
function withoutTop(files: [string, Uint8Array][]): [string, Uint8Array][] {
  const named = (names: RegExp) => files.map(([path]) => path).filter((path) => names.test(path));
  const lessons = named(/(^|\/)(lesson\.yaml|index\.json)$/);
  const index = lessons.length > 0 ? lessons : named(/(^|\/)(index|readme)\.md$/i);
  const nearest = index.sort((one, other) => one.split("/").length - other.split("/").length)[0] ?? "";
  const prefix = nearest.slice(0, nearest.lastIndexOf("/") + 1);
  const inCourse = files.some(([path]) => path === `${above(prefix)}course.yaml`);
  return files.flatMap(([path, bytes]): [string, Uint8Array][] => {
    const name = nameIn(prefix, path, inCourse);
    return name === undefined ? [] : [[name, bytes]];
  });
}

/** The folder around one: `a/` for `a/b/`, nothing for a top. */
function above(prefix: string): string {
  return prefix.replace(/[^/]+\/$/, "");
}

/** What a file is called in the folder `prefix`: those of its course, which lie beside it, begin with `../`; the others are not of it. */
function nameIn(prefix: string, path: string, inCourse: boolean): string | undefined {
  if (path.startsWith(prefix)) return path.slice(prefix.length);
  const beside = path.slice(above(prefix).length);
  return inCourse && path.startsWith(above(prefix)) && !beside.includes("/") ? `../${beside}` : undefined;
}

function nameOf(path: string): string {
  return path.replace(/\/$/, "").replace(/\.(zip|md)$/, "").split("/").pop() || "lesson";
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
