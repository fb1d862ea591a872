import type * as Lessons from "../entries/lessons";
import { prefix, setAside } from "./keeping";
import { type Opened, OPENED, pack, type Shared, unpack } from "./payload";
import { button, element, screen } from "./screen";
import { nameOfLast, read, type Session } from "./session";

const texts = {
  ko: {
    title: "이 링크에 세션이 담겨 있습니다",
    what: "링크를 만든 사람이 한 일을 그대로 다시 실행해 보여 줍니다. 이 페이지 안의 시뮬레이션에서만 실행됩니다.",
    last: "마지막으로 한 일:",
    own: "지금까지 하던 세션은 따로 남겨 둡니다. 나중에 공유에서 다시 열 수 있습니다.",
    open: "링크의 세션 열기",
    stay: "하던 세션 이어 하기",
    damaged: "이 링크에 담긴 세션을 읽을 수 없어 열지 않았습니다. 링크가 중간에 잘렸을 수 있습니다.",
    newer: "이 링크는 이 페이지보다 새로운 버전에서 만들어져 열지 못했습니다. 페이지를 새로고침한 뒤 다시 열어 보세요.",
    fetches: (source: string) => `이 세션의 강의는 다른 사람이 쓴 것이라 브라우저가 ${source}에서 가져옵니다.`,
    without: "강의 없이 세션만 열기",
    lacks: "이 링크에는 세션만 있고 강의는 들어 있지 않습니다. 강의 폴더가 있다면 ‘강의 고르기’에서 따로 열 수 있습니다.",
    unfetched: "이 세션의 강의를 가져오지 못해 강의 없이 열었습니다. 네트워크를 확인하고 링크를 다시 열어 보세요.",
    room: "브라우저에 저장할 공간이 모자라 링크의 세션을 열지 않았습니다. 하던 세션은 그대로 있습니다.",
    close: "닫기",
  },
  en: {
    title: "This link holds a session",
    what: "What its author did is done again before your eyes. It runs in this page's simulation, and nowhere else.",
    last: "What was done last:",
    own: "What you were doing yourself is set aside. You can open it again, under Share.",
    open: "Open the link's session",
    stay: "Go on with mine",
    damaged: "The session in this link cannot be read, so it was not opened. Perhaps the link was cut off.",
    newer: "A newer version of this page made this link, so it was not opened. Reload the page, then open the link again.",
    fetches: (source: string) => `Somebody else wrote its lesson: your browser fetches that from ${source}.`,
    without: "Open it without its lesson",
    lacks: "This link holds a session without its lesson. If you have the lesson's folder, you can open it apart, under Choose a lesson.",
    unfetched: "The lesson of this session did not come, so the session was opened without it. Check the network, and open the link again.",
    room: "The browser has no room to keep this link's session, so it was not opened. Yours is as it was.",
    close: "Close",
  },
};

const words = () => texts[document.documentElement.lang === "ko" ? "ko" : "en"];

/** A link to this page, as the address of its folder, for the JSON of a `Shared`. */
export async function link(json: string): Promise<string> {
  const shared = JSON.parse(json) as Shared;
  const { lang } = document.documentElement;
  const lesson = shared.lesson === OPENED ? "" : `&lesson=${shared.lesson}`;
  return `${location.origin}${location.pathname}?lang=${lang}${lesson}${await pack(shared)}`;
}

/** Says something above the page, until it is put away. */
function tell(text: string): void {
  const box = element("div", { className: "notice missing" }, [
    element("span", { textContent: text }),
    button(words().close, () => box.remove()),
  ]);
  box.setAttribute("role", "alert");
  document.body.prepend(box);
}

/** Puts the session that the address holds where the app takes it up from; asks first where a person's own would give way. */
export async function open(): Promise<void> {
  const { keeping } = globalThis.kubePlayground;
  const store = keeping.store();
  try {
    const shared = await unpack(location.hash);
    const mine = store?.getItem(`${prefix}session`) ?? "";
    // As src/session/aside.rs has it: a session in which nothing was done is none to lose.
    const worth = /\\r|"save"/.test(mine) && read(mine) !== undefined && mine !== JSON.stringify(shared.session);
    const from = shared.opened;
    const asks = from && !comesWith(from) && !keeps(store, from) ? from.source : undefined;
    const chosen = worth || asks ? await choice(shared.session as Session, worth, asks) : "open";
    if (chosen === "stay") return leave(store !== undefined);
    const texts: Record<string, string> = { session: JSON.stringify(shared.session), lesson: shared.lesson };
    if (shared.lesson === OPENED) {
      const kept = from && chosen === "open" ? (keeps(store, from) ?? (await lessonOf(from).catch(() => ""))) : "";
      if (kept) texts[OPENED] = kept;
      else texts.lesson = "none";
      if (!from) tell(words().lacks);
      else if (!kept && chosen === "open") tell(words().unfetched);
    }
    for (const [id, progress] of Object.entries(shared.progress)) texts[`progress.${id}`] = progress;
    if (store) take(store, worth ? mine : "", texts);
    else globalThis.kubePlayground.linked = texts;
    leave(store !== undefined, ["src"]);
  } catch (error) {
    const why = (error as Error).message;
    tell(words()[why === "newer" || why === "room" ? why : "damaged"]);
  }
  leave(store !== undefined);
}

/** Keeps the link's session in the place of the one that is kept, which is set aside; all of it, or nothing. */
function take(store: Storage, mine: string, texts: Record<string, string>): void {
  const before = Object.entries(store).filter(([name]) => name.startsWith(prefix));
  try {
    if (mine) setAside(store, store, mine);
    for (const name of ["link", "unfinished", "files"]) store.removeItem(prefix + name);
    for (const name of Object.keys(store)) if (name.startsWith(`${prefix}progress.`)) store.removeItem(name);
    for (const [name, text] of Object.entries(texts)) store.setItem(prefix + name, text);
  } catch {
    for (const name of Object.keys(store)) if (name.startsWith(prefix)) store.removeItem(name);
    for (const [name, text] of before) store.setItem(name, text);
    throw new Error("room");
  }
}

/** Takes out of the address what would begin another session, and what a reload is not to ask again. */
function leave(kept: boolean, more: string[] = []): void {
  const address = new URL(location.href);
  if (address.searchParams.get("lesson") === OPENED) more.push("lesson");
  for (const name of ["step", "seed", "run", "fill", ...more]) address.searchParams.delete(name);
  if (kept) address.hash = "";
  history.replaceState(null, "", address.href);
}

/** Whether a lesson comes with the page or with the link itself, so that nobody is asked for it. */
const comesWith = ({ source }: Opened) => /^(#lesson=|(course|challenge|practice):)/.test(source);

/** What is kept of this lesson already. */
function keeps(store: Storage | undefined, { source }: Opened): string | undefined {
  try {
    const kept = store?.getItem(prefix + OPENED) ?? "";
    return (JSON.parse(kept) as { source?: unknown }).source === source ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** What is to be kept of a link's lesson. A challenge that is made of a number needs no files. */
async function lessonOf({ source }: Opened): Promise<string> {
  if (source.startsWith("practice:")) return JSON.stringify({ name: source, source, files: {} });
  const { fromAddress, keptOf } = (await globalThis.kubePlayground.part("lessons.js")) as typeof Lessons;
  return keptOf(await fromAddress(source));
}

/** A link's session with its lesson, for who cannot be asked: nothing is fetched from others. */
export async function withLesson(shared: Shared): Promise<Shared & { kept?: string }> {
  if (!shared.opened) return shared;
  if (!comesWith(shared.opened)) throw new Error(`the lesson of this session is fetched from ${shared.opened.source}: a person has to open the link`);
  return { ...shared, kept: await lessonOf(shared.opened) };
}

/** Asks whether the link's session is to be opened: in the place of a person's own, and with a lesson that is fetched from somewhere. */
function choice(session: Session, worth: boolean, source: string | undefined): Promise<"open" | "without" | "stay"> {
  const text = words();
  const app = document.getElementById("app");
  return new Promise((resolve) => {
    const choose = (chosen: "open" | "without" | "stay") => () => {
      page.remove();
      app?.removeAttribute("hidden");
      resolve(chosen);
    };
    const told = [text.what, text.last, ...(source ? [text.fetches(source)] : []), ...(worth ? [text.own] : [])];
    const page = screen(text.title, told, [
      button(text.open, choose("open"), true),
      ...(source ? [button(text.without, choose("without"))] : []),
      ...(worth ? [button(text.stay, choose("stay"))] : []),
    ]);
    const last = nameOfLast(session);
    const said = page.querySelectorAll("p")[1];
    if (last) said?.after(element("pre", { textContent: last, tabIndex: 0 }));
    else said?.remove();
    app?.setAttribute("hidden", "");
    document.body.append(page);
    page.querySelector("h1")?.focus();
  });
}
