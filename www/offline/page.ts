/** The page's side of the service worker: registers it, says what it is good for, and begins with its newest version. */

const words = () => texts[document.documentElement.lang === "ko" ? "ko" : "en"];

const texts = {
  ko: {
    ready: "이 페이지는 네트워크 없이도 동작합니다.",
    newer: "이 페이지의 새 버전이 준비되었습니다. 다음에 열거나 새로고침할 때 바뀌고, 지금 하는 일은 그대로입니다.",
    close: "확인",
  },
  en: {
    ready: "This page works without a network.",
    newer: "A new version of this page is ready. It comes when you next open or reload the page; until then nothing changes.",
    close: "Got it",
  },
};

/** Milliseconds that a worker may take to begin, or a tab to go away when its page is loaded again. */
const patience = 1_500;

function workers(): ServiceWorkerContainer | undefined {
  try {
    // In a sandbox, asking is refused.
    return parent === window && isSecureContext ? navigator.serviceWorker : undefined;
  } catch {
    return undefined;
  }
}

/** Whether this build has a worker with files. */
const isBuilt = () => document.querySelector<HTMLMetaElement>('meta[name="offline"]')?.content === "1";

/** What commands ask for while the page stands still, which a worker is not asked for. */
const asked = ["descriptions.txt", "help.txt"];

/** Holds those texts: without a network nobody else has them. */
async function holdTexts(): Promise<void> {
  const text = async (name: string) => [name, await (await fetch(new URL(name, document.baseURI))).text()];
  globalThis.kubePlayground.texts ??= Object.fromEntries(await Promise.all(asked.map(text))) as Record<string, string>;
}

/** Each page that runs holds this lock together with the others; one that begins with another version has it alone. */
const lock = () => `kube-playground page ${new URL(".", document.baseURI).href}`;

let running: Promise<void> | undefined;
/** What ends it, kept: what nobody can reach the browser may throw away. */
const ends: (() => void)[] = [];

/** From now on, and until it goes, this page runs: none begins with another version. Waits while one does. */
function run(): Promise<void> {
  running ??= new Promise((resolve) => {
    const goes = new Promise<void>((end) => ends.push(end));
    const granted = () => (resolve(), goes);
    navigator.locks.request(lock(), { mode: "shared" }, granted).catch(() => {});
  });
  return running;
}

/** Does the work if no other page runs. */
async function alone(work: () => Promise<unknown>): Promise<void> {
  const request = (options: LockOptions) =>
    navigator.locks.request(lock(), options, async (held) => {
      if (!held) return false;
      // Asked for while this page is still alone, so that no other comes between.
      void run();
      await work();
      return true;
    });
  // This page's own past may hold it for a moment more when it is loaded again.
  (await request({ ifAvailable: true })) || (await request({ signal: AbortSignal.timeout(patience) }).catch(() => false));
}

/** Begins with what the worker has: with the version that waits, if this is the only tab (the page is loaded again then, and
 * this never ends), and with the texts that a replay may ask for. */
export async function beginWithNewest(): Promise<void> {
  await useWaiting();
  await holdTexts();
}

async function useWaiting(): Promise<void> {
  const container = workers();
  // Without locks, a version that waits comes when no tab is open any more.
  if (!container || !navigator.locks) return;
  let isNewer = false;
  const changed = new Promise<void>((resolve) => container.addEventListener("controllerchange", () => resolve(void (isNewer = true)), { once: true }));
  const waiting = (await container.getRegistration())?.waiting;
  if (waiting) {
    await alone(() => {
      waiting.postMessage("take over");
      return Promise.race([changed, new Promise((resolve) => setTimeout(resolve, patience))]);
    });
  }
  await run();
  if (!isNewer) return;
  location.reload();
  await new Promise(() => {});
}

/** From now on the page works without a network. */
export async function register(): Promise<void> {
  const container = workers();
  if (!container || !isBuilt()) return;
  if (navigator.locks) void run();
  const address = new URL("sw.js", document.baseURI).href;
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } } };
  const trusted = trustedTypes?.createPolicy("kube-playground-worker", { createScriptURL: () => address }).createScriptURL("") ?? address;
  const registration = await container.register(trusted, { updateViaCache: "none" });
  const look = () => {
    if (registration.active) void holdTexts().then(sayReady, () => {});
    if (registration.waiting && registration.active) sayNewer();
  };
  const follow = (worker: ServiceWorker | null) => worker?.addEventListener("statechange", look);
  follow(registration.installing);
  registration.addEventListener("updatefound", () => follow(registration.installing));
  look();
  // A page that is open for days learns of a new version when somebody comes back to it.
  document.addEventListener("visibilitychange", () => document.hidden || void registration.update().catch(() => {}));
}

/** A mark beside the page's name (header.css). */
function sayReady(): void {
  document.documentElement.dataset.offline = "";
  document.querySelector(".brand")?.setAttribute("title", words().ready);
}

function sayNewer(): void {
  if (document.querySelector(".newer")) return;
  const text = words();
  const [box, said, close] = [document.createElement("div"), document.createElement("span"), document.createElement("button")];
  box.className = "notice info missing newer";
  box.setAttribute("role", "status");
  said.textContent = text.newer;
  close.className = "btn small";
  close.textContent = text.close;
  close.addEventListener("click", () => box.remove());
  box.append(said, close);
  document.body.prepend(box);
}
