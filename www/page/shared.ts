import { prefix, setAside } from "./keeping";
import { pack, type Shared, unpack } from "./payload";
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
    room: "The browser has no room to keep this link's session, so it was not opened. Yours is as it was.",
    close: "Close",
  },
};

const words = () => texts[document.documentElement.lang === "ko" ? "ko" : "en"];

/** A link to this page, as the address of its folder, for the JSON of a `Shared`. */
export async function link(json: string): Promise<string> {
  const shared = JSON.parse(json) as Shared;
  const { lang } = document.documentElement;
  return `${location.origin}${location.pathname}?lang=${lang}&lesson=${shared.lesson}${await pack(shared)}`;
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
    const worth = /\\r|"save"/.test(mine) && read(mine) && mine !== JSON.stringify(shared.session);
    if (worth && !(await isWanted(shared.session as Session))) return leave(store !== undefined);
    const texts: Record<string, string> = { session: JSON.stringify(shared.session), lesson: shared.lesson };
    for (const [id, progress] of Object.entries(shared.progress)) texts[`progress.${id}`] = progress;
    if (store) take(store, worth ? mine : "", texts);
    else globalThis.kubePlayground.linked = texts;
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
function leave(kept: boolean): void {
  const address = new URL(location.href);
  for (const name of ["step", "seed", "run", "fill"]) address.searchParams.delete(name);
  if (kept) address.hash = "";
  history.replaceState(null, "", address.href);
}

/** Asks whether the link's session is to be opened. */
function isWanted(session: Session): Promise<boolean> {
  const text = words();
  const app = document.getElementById("app");
  return new Promise((resolve) => {
    const choose = (open: boolean) => () => {
      page.remove();
      app?.removeAttribute("hidden");
      resolve(open);
    };
    const page = screen(text.title, [text.what, text.last, text.own], [button(text.open, choose(true), true), button(text.stay, choose(false))]);
    const last = nameOfLast(session);
    const said = page.querySelectorAll("p")[1];
    if (last) said?.after(element("pre", { textContent: last, tabIndex: 0 }));
    else said?.remove();
    app?.setAttribute("hidden", "");
    document.body.append(page);
    page.querySelector("h1")?.focus();
  });
}
