// A lesson in an address: `#lesson=v1.` and the JSON of its folder (`{"name": …, "files": {PATH: text, or bytes as numbers}}`), deflated
// and in base64 as sessions are (../page/payload.ts). The part behind `#` is sent to no server.
import { deflated, inflated } from "../page/payload";
import { type Folder, MOST_BYTES, MOST_FILES, Refused } from "./folder";

const start = "#lesson=";
const version = "v1.";

/** Letters of a link that mail and messengers still take whole. */
export const LONGEST_LINK = 30_000;

/** A text, if bytes are one. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const isHeld = (address: string): boolean => address.startsWith(start);

/** The last part of an address for a lesson. */
export async function pack({ name, files }: Pick<Folder, "name" | "files">): Promise<string> {
  const held = Object.fromEntries(files.map(([path, bytes]) => [path, textOf(bytes) ?? [...bytes]]));
  return `${start}${version}${await deflated(JSON.stringify({ name, files: held }))}`;
}

/** The folder in an address. */
export async function unpack(address: string): Promise<Folder> {
  const payload = address.slice(start.length);
  if (/^v\d+\./.test(payload) && !payload.startsWith(version)) throw new Refused("newer");
  let read: { name: string; files: [string, unknown][] };
  try {
    const { name, files } = JSON.parse(await inflated(payload.slice(version.length))) as { name: unknown; files: object };
    read = { name: typeof name === "string" ? name : "lesson", files: Object.entries(files) };
  } catch {
    throw new Refused("damaged");
  }
  if (read.files.length > MOST_FILES) throw new Refused("large");
  const files = read.files.map(([path, held]): [string, Uint8Array] => {
    if (typeof held === "string") return [path, new TextEncoder().encode(held)];
    if (Array.isArray(held)) return [path, Uint8Array.from(held as number[])];
    throw new Refused("damaged");
  });
  if (files.reduce((sum, [, bytes]) => sum + bytes.length, 0) > MOST_BYTES) throw new Refused("large");
  return { name: read.name, source: address, files };
}
