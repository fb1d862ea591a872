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

/** Milliseconds that a worker may take to answer before the page begins as it is. */
const patience = 3_000;

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

/** Begins with what the worker has: with the version that waits, if this is the only tab (the page is loaded again then, and
 * this never ends), and with the texts that a replay may ask for. */
export async function beginWithNewest(): Promise<void> {
  await useWaiting();
  await holdTexts();
}

async function useWaiting(): Promise<void> {
  const container = workers();
  const waiting = (await container?.getRegistration())?.waiting;
  if (!container || !waiting) return;
  const changed = new Promise<boolean>((resolve) => container.addEventListener("controllerchange", () => resolve(true), { once: true }));
  const { port1, port2 } = new MessageChannel();
  const alone = new Promise<boolean>((resolve) => (port1.onmessage = ({ data }) => resolve(data === true)));
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, patience, false));
  waiting.postMessage("start", [port2]);
  if (!(await Promise.race([alone, late])) || !(await Promise.race([changed, late]))) return;
  location.reload();
  await new Promise(() => {});
}

/** From now on the page works without a network. */
export async function register(): Promise<void> {
  const container = workers();
  if (!container || !isBuilt()) return;
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
