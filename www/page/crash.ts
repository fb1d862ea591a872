import { holdUntilAllIsHere } from "./hold";
import { keeping, type Keeping, prefix } from "./keeping";
import { rest, type Rest } from "./rest";
import { button, element, screen } from "./screen";
import { nameOfLast, read, withoutLast } from "./session";

/** What the app leaves here as it goes, outside wasm memory, and calls when it begins and when it panics. */
interface Page {
  /** The session so far: what a crash page offers for download. */
  session: string;
  /** Settles what the app opens: waits until it is known where the session is kept and, where an earlier visit did not get
   * through, until somebody has chosen how to go on. */
  begin(): Promise<void>;
  /** Says how far the session of an earlier visit is lived again, from 0 to 1, and gives the browser its turn. */
  replaying(part: number): Promise<void>;
  /** Lets the browser do what it has to do, between two slices of something long. */
  breathe(): Promise<void>;
  /** Shows the crash page. */
  crash(message: string): void;
  /** Says that the page has not arrived whole, and stops the app. */
  incomplete(): void;
  /** Tells the page around this one that nothing more can be done here (./embedded.ts). */
  failed?(reason: string): void;
  /** A link to this page that holds a session (the JSON of a `Shared`, ./payload.ts). */
  share(shared: string): Promise<string>;
  /** A shell script that does again what was done, for the JSON of a `Done`. */
  script(done: string): Promise<string>;
  /** Of a cluster's objects those that a person made, as another cluster takes them; JSON. */
  manifests(objects: string): Promise<string>;
  /** Offers the picture that is shown as a file of this kind; its name, or nothing where none is shown. */
  picture(kind: "svg" | "png"): Promise<string>;
  /** The texts that commands ask for, by their files' names, where a service worker has them: see src/browser/texts.rs. */
  texts?: Record<string, string>;
  /** The session of a link where nothing is kept: texts by the names they are kept under. */
  linked?: Record<string, string>;
  /** Where the session is kept. */
  keeping: Keeping;
  /** The rest of the app's wasm. */
  rest: Rest;
  /** A script of the page that is fetched when somebody asks for what it does. */
  part(name: string): Promise<unknown>;
}

declare global {
  // eslint-disable-next-line no-var
  var kubePlayground: Page;
  // eslint-disable-next-line no-var
  var partMissing: ((file: string) => void) | undefined;
}

const texts = {
  ko: {
    title: "시뮬레이터가 멈췄습니다",
    what: "이 페이지 안의 클러스터에서 예상하지 못한 오류가 났습니다. 하신 일은 잘못이 없습니다.",
    do: "마지막 명령만 빼고 이어서 하거나, 새 클러스터로 다시 시작할 수 있습니다. 편집하던 YAML 파일은 남아 있습니다. 지금까지의 세션을 파일로 내려받아 두면 나중에 다시 열 수 있습니다.",
    unfinishedTitle: "지난번에 페이지가 끝까지 열리지 못했습니다",
    unfinished: "아래 명령을 실행하던 중에 페이지가 멈췄거나 닫혔습니다. 이번에는 아직 아무것도 실행하지 않았습니다. 어떻게 이어서 할지 골라 주세요.",
    incompleteTitle: "페이지를 다 받지 못했습니다",
    incomplete: "페이지의 일부가 도착하지 않아 더 진행할 수 없습니다. 네트워크를 확인하고 다시 불러와 주세요. 지금까지 한 일은 남아 있습니다.",
    replaying: (percent: number) => `지난번에 한 일을 다시 하는 중입니다. ${percent}%`,
    stop: "기다리지 않고 다르게 시작하기",
    without: "마지막 명령 빼고 이어서 하기",
    again: "그대로 다시 해 보기",
    download: "세션 내려받기",
    open: "세션 파일 열기",
    refused: "세션 파일이 아니어서 열지 않았습니다.",
    restart: "다시 시작",
    reload: "다시 불러오기",
    details: "오류 내용",
  },
  en: {
    title: "The simulator has stopped",
    what: "Something unexpected went wrong inside this page's cluster. You did nothing wrong.",
    do: "Go on without the last command, or restart with a fresh cluster. The YAML files you edited are kept. The session so far can be downloaded, and opened again later.",
    unfinishedTitle: "The last visit did not get through",
    unfinished: "The page stopped, or was closed, while it was doing this. Nothing of it has been run this time. Please choose how to go on.",
    incompleteTitle: "The page did not arrive whole",
    incomplete: "A part of this page is missing, so it cannot go on. Please check the network, and load the page again. What you have done is kept.",
    replaying: (percent: number) => `Doing again what you did last time. ${percent} %`,
    stop: "Do not wait, begin differently",
    without: "Go on without the last command",
    again: "Try it again as it was",
    download: "Download the session",
    open: "Open a session file",
    refused: "This is not a session, so it was not opened.",
    restart: "Restart",
    reload: "Load again",
    details: "The error",
  },
};

const words = () => texts[document.documentElement.lang === "ko" ? "ko" : "en"];

/** While a command, or what an earlier visit did, has just begun to run: if the page never comes back, this is still there. */
const mark = `${prefix}unfinished`;
const kept = `${prefix}session`;

let crashed = false;

/** Makes `kubePlayground` and catches what would leave a dead screen. */
export function installCrashPage(): void {
  const keeps = keeping();
  const claimed = keeps.claim();
  const newest = beginWithNewest();
  const later = rest();
  globalThis.kubePlayground = {
    session: globalThis.kubePlayground?.session ?? "",
    begin: () => Promise.all([claimed, newest]).then(openLink).then(askAfterUnfinished),
    share: (session) => sharing().then((it) => it.link(session)),
    script: (done) => exporting().then((it) => it.scriptOf(JSON.parse(done))),
    manifests: (objects) => exporting().then((it) => it.manifestsOf(objects)),
    picture: (kind) => exporting().then((it) => it.savePicture(kind)),
    replaying,
    breathe,
    crash,
    incomplete,
    keeping: keeps,
    rest: later,
    part: (name) => import(new URL(name, document.baseURI).href),
  };
  holdUntilAllIsHere(later);
  // Who leaves a page that answers leaves nothing unfinished.
  addEventListener("pagehide", () => {
    if (!crashed) store()?.removeItem(mark);
  });
  // A link to a session, or to a lesson, that is opened in the page itself.
  addEventListener("hashchange", () => {
    if (isSession() || location.hash.startsWith("#lesson=")) location.reload();
  });
  // A trap in wasm (a stack overflow, say) reaches no panic hook.
  addEventListener("error", ({ error }) => catchTrap(error));
  addEventListener("unhandledrejection", ({ reason }) => catchTrap(reason));
}

/** What few need: it comes when it is asked for. */
function sharing(): Promise<typeof import("../entries/shared")> {
  return import(new URL("shared.js", document.baseURI).href);
}

/** As `sharing`, for a button: says when it cannot come. */
async function exporting(): Promise<typeof import("../entries/shared")> {
  try {
    return await sharing();
  } catch (error) {
    globalThis.partMissing?.("shared.js");
    throw error;
  }
}

/** Where a service worker serves this page, another version may wait to be begun with. */
async function beginWithNewest(): Promise<void> {
  try {
    if (!navigator.serviceWorker.controller) return;
    const offline = (await import(new URL("offline.js", document.baseURI).href)) as typeof import("../entries/offline");
    await offline.beginWithNewest();
  } catch {
    // There are no workers here: a sandbox, or a page without https.
  }
}

/** Whether the address holds a session. */
const isSession = () => location.hash.startsWith("#s=");

/** Opens the session that the address holds, if it does. */
async function openLink(): Promise<void> {
  if (!isSession()) return;
  await sharing().then(
    (it) => it.open(),
    () => globalThis.partMissing?.("shared.js"),
  );
}

/** A timer would wait 4 ms each time, which browsers ask of timers in timers. Not every browser has a scheduler. */
function breathe(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: { yield?(): Promise<void> } };
  return scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
}

function store(): Storage | undefined {
  return globalThis.kubePlayground.keeping.store();
}

/** A stack that is too deep is a RangeError in some browsers, an InternalError in others. */
function catchTrap(error: unknown): void {
  const stack = error instanceof Error ? `${error}\n${error.stack ?? ""}` : "";
  const trapped = error instanceof WebAssembly.RuntimeError || (/recursion|call stack/i.test(stack) && /wasm/i.test(stack));
  if (trapped) crash(stack);
}

function crash(message: string): void {
  if (document.querySelector(".crash")) return;
  crashed = true;
  globalThis.kubePlayground.failed?.(message);
  const text = words();
  // Parts of the app may live on, and would keep what is chosen away here once more: to them another tab has taken the session.
  if (globalThis.kubePlayground.keeping.mode === "shared") write(`${prefix}owner`, "crash");
  const session = read(store()?.getItem(kept) ?? "");
  if (session) write(mark, "crash");
  const pre = element("pre", { textContent: message, tabIndex: 0 });
  const page = screen(text.title, [text.what, text.do], [
    ...(session && nameOfLast(session) ? [button(text.without, () => (goOnWithoutLast(), reload()), true)] : []),
    button(text.download, () => download(globalThis.kubePlayground.session), !session),
    button(text.restart, () => (startAfresh(), reload())),
    openFile(),
  ]);
  page.firstElementChild?.append(element("details", {}, [element("summary", { textContent: text.details }), pre]));
  // The app is gone: nothing of it may take the keyboard.
  document.body.replaceChildren(page);
  page.querySelector("h1")?.focus();
}

function incomplete(): void {
  if (document.querySelector(".crash")) return;
  const text = words();
  globalThis.kubePlayground.failed?.(text.incomplete);
  const page = screen(text.incompleteTitle, [text.incomplete], [button(text.reload, () => reload(), true)]);
  document.body.replaceChildren(page);
  page.querySelector("h1")?.focus();
}

/** Asks how to go on where an earlier visit never came to the end of what it did. */
async function askAfterUnfinished(): Promise<void> {
  const text = words();
  const json = store()?.getItem(kept) ?? "";
  const session = store()?.getItem(mark) ? read(json) : undefined;
  if (session) {
    await new Promise<void>((resolve) => {
      const name = nameOfLast(session);
      const after = (choose: () => void) => () => {
        choose();
        page.remove();
        app?.removeAttribute("hidden");
        resolve();
      };
      const page = screen(text.unfinishedTitle, [text.unfinished], [
        button(text.without, after(goOnWithoutLast), true),
        button(text.again, after(() => {})),
        button(text.restart, after(startAfresh)),
        button(text.download, () => download(json)),
      ]);
      if (name) page.querySelector("p")?.after(element("pre", { textContent: name, tabIndex: 0 }));
      const app = document.getElementById("app");
      app?.setAttribute("hidden", "");
      document.body.append(page);
      page.querySelector("h1")?.focus();
    });
  }
  store()?.removeItem(mark);
}

/** Milliseconds before a replay offers to be stopped. */
const patience = 1_500;
let replayBegan = 0;

function replaying(part: number): Promise<void> {
  const text = words();
  const loading = document.querySelector(".loading");
  const bar = loading?.querySelector("progress");
  if (loading && bar) {
    replayBegan ||= performance.now();
    bar.max = 1;
    bar.value = part;
    const said = loading.querySelector(text === texts.ko ? "[data-only=ko]" : "[data-only=en]");
    if (said) said.textContent = text.replaying(Math.floor(part * 100));
    if (performance.now() - replayBegan > patience && !loading.querySelector("button")) {
      // The mark stays, so that the page, loaded again, asks how to go on.
      loading.querySelector(".blocked")?.before(button(text.stop, () => (write(mark, "stopped"), reload(true))));
    }
  }
  return new Promise((resolve) => setTimeout(resolve));
}

function write(name: string, value: string): void {
  try {
    store()?.setItem(name, value);
  } catch {
    // No room: then it stays as it is.
  }
}

function goOnWithoutLast(): void {
  const session = read(store()?.getItem(kept) ?? "");
  if (session) write(kept, JSON.stringify(withoutLast(session)));
  store()?.removeItem(mark);
}

function startAfresh(): void {
  store()?.removeItem(kept);
  store()?.removeItem(mark);
}

function reload(leavesMark = false): void {
  crashed = leavesMark;
  location.replace(location.pathname + location.search);
}

function download(session: string): void {
  const file = new Blob([session || "{}"], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: "kube-playground-session.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Opens what was downloaded: it is what the page, loaded again, goes on from. */
function openFile(): HTMLElement {
  const text = words();
  const input = element("input", { type: "file", accept: ".json,application/json" });
  const said = element("span", {});
  said.setAttribute("role", "status");
  input.addEventListener("change", async () => {
    const json = (await input.files?.[0]?.text()) ?? "";
    if (!read(json) || !store()) {
      said.textContent = text.refused;
      return;
    }
    write(kept, json);
    store()?.removeItem(mark);
    reload();
  });
  return element("label", { className: "btn file" }, [document.createTextNode(text.open), input, said]);
}
