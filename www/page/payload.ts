/**
 * A session in an address: `#s=v1.` and the JSON of a `Shared`, deflated (RFC 1951) and in base64 for addresses (RFC 4648,
 * section 5) without padding. What was once written stays readable: another form gets another number
 * (tests/browser/links holds one of each).
 */
export interface Shared {
  /** What `Session::to_json` wrote. */
  session: unknown;
  /** The lesson's id; `none` for no lesson. */
  lesson: string;
  /** How far the lessons are, by their ids: what is kept as `progress.ID`. */
  progress: Record<string, string>;
  /** Where its lesson is had if it does not come with the page; then `lesson` is `opened`. */
  opened?: Opened;
}

/** A lesson that was opened from elsewhere. */
export interface Opened {
  /** Its address, as ../lessons/folder.ts reads it; it may hold all of the lesson. */
  source: string;
  title: { ko: string; en: string };
}

/** What `Shared.lesson` is for a lesson from elsewhere. */
export const OPENED = "opened";

const start = /^#?s=/;
const version = "v1.";
/** Bytes that a session may have when it is unpacked: those of a week's work, and no more than a tab can hold. */
const most = 16_000_000;

async function through(bytes: BufferSource, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  // What goes wrong is told by the other end.
  void writer.write(bytes).catch(() => {});
  void writer.close().catch(() => {});
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.readable.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    size += piece.value.length;
    if (size > most) {
      void reader.cancel();
      throw new Error("too large");
    }
    pieces.push(piece.value);
  }
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

/** A text, deflated and in base64 for addresses. */
export async function deflated(text: string): Promise<string> {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  let letters = "";
  for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The text that `deflated` was given; fails where nothing can be made of it. */
export async function inflated(packed: string): Promise<string> {
  const letters = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = await through(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)), new DecompressionStream("deflate-raw"));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** The last part of an address for a session. */
export async function pack(shared: Shared): Promise<string> {
  return `#s=${version}${await deflated(JSON.stringify(shared))}`;
}

/** Reads what `pack` wrote. Fails with `newer` where a later version wrote it, `damaged` where nothing can be made of it. */
export async function unpack(hash: string): Promise<Shared> {
  const payload = hash.replace(start, "");
  if (/^v\d+\./.test(payload) && !payload.startsWith(version)) throw new Error("newer");
  try {
    const shared = JSON.parse(await inflated(payload.slice(version.length))) as Shared;
    const { version: kind, entries } = shared.session as { version: unknown; entries: unknown };
    if (!payload.startsWith(version) || kind !== 1 || !Array.isArray(entries)) throw new Error("no session");
    const progress = Object.entries(shared.progress ?? {}).filter(([id, text]) => /^[\w-]+$/.test(id) && typeof text === "string");
    const read: Shared = { session: shared.session, lesson: /^[\w-]+$/.test(shared.lesson) ? shared.lesson : "none", progress: Object.fromEntries(progress) };
    const { source, title } = shared.opened ?? {};
    if (read.lesson === OPENED && source && typeof source === "string") {
      read.opened = { source, title: { ko: String(title?.ko ?? ""), en: String(title?.en ?? "") } };
    }
    return read;
  } catch (error) {
    throw new Error("damaged", { cause: error });
  }
}
