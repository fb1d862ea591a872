import { rest, type Rest } from "./rest";

/** What the app leaves here as it goes, outside wasm memory, and calls when it panics. */
interface Page {
  /** The session so far: what a crash page offers for download. */
  session: string;
  /** Shows the crash page. */
  crash(message: string): void;
  /** The rest of the app's wasm. */
  rest: Rest;
}

declare global {
  // eslint-disable-next-line no-var
  var kubePlayground: Page;
}

const texts = {
  ko: {
    title: "시뮬레이터가 멈췄습니다",
    what: "이 페이지 안의 클러스터에서 예상하지 못한 오류가 났습니다. 하신 일은 잘못이 없습니다.",
    do: "지금까지의 세션을 파일로 내려받아 두면 무슨 일이 있었는지 그대로 되풀이해 볼 수 있습니다. 다시 시작하면 새 클러스터로 시작합니다. 편집하던 YAML 파일은 남아 있습니다.",
    download: "세션 내려받기",
    restart: "다시 시작",
    details: "오류 내용",
  },
  en: {
    title: "The simulator has stopped",
    what: "Something unexpected went wrong inside this page's cluster. You did nothing wrong.",
    do: "Download the session so far: with it, what happened can be replayed exactly. A restart begins with a fresh cluster. The YAML files you edited are kept.",
    download: "Download the session",
    restart: "Restart",
    details: "The error",
  },
};

/** Makes `kubePlayground.crash` and catches what would leave a dead screen. */
export function installCrashPage(): void {
  globalThis.kubePlayground = { session: globalThis.kubePlayground?.session ?? "", crash, rest: rest() };
  // A trap in wasm (a stack overflow, say) reaches no panic hook.
  addEventListener("error", ({ error }) => catchTrap(error));
  addEventListener("unhandledrejection", ({ reason }) => catchTrap(reason));
}

/** A stack that is too deep is a RangeError in some browsers, an InternalError in others. */
function catchTrap(error: unknown): void {
  const stack = error instanceof Error ? `${error}\n${error.stack ?? ""}` : "";
  const trapped = error instanceof WebAssembly.RuntimeError || (/recursion|call stack/i.test(stack) && /wasm/i.test(stack));
  if (trapped) crash(stack);
}

function crash(message: string): void {
  if (document.querySelector(".crash")) return;
  const text = texts[document.documentElement.lang === "ko" ? "ko" : "en"];
  const page = element("main", { className: "crash" }, [
    element("div", {}, [
      element("h1", { textContent: text.title, tabIndex: -1 }),
      element("p", { textContent: text.what }),
      element("p", { textContent: text.do }),
      element("div", { className: "row" }, [
        element("button", { className: "btn primary", textContent: text.download, onclick: download }),
        element("button", { className: "btn", textContent: text.restart, onclick: restart }),
      ]),
      element("details", {}, [
        element("summary", { textContent: text.details }),
        element("pre", { textContent: message, tabIndex: 0 }),
      ]),
    ]),
  ]);
  page.setAttribute("role", "alert");
  // The app is gone: nothing of it may take the keyboard.
  document.body.replaceChildren(page);
  page.querySelector("h1")?.focus();
}

function download(): void {
  const file = new Blob([globalThis.kubePlayground.session || "{}"], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: "kube-playground-session.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function restart(): void {
  try {
    localStorage.removeItem("kube-playground.session");
  } catch {
    // Storage is blocked: then there was nothing to remove.
  }
  location.replace(location.pathname + location.search);
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  children: Node[] = [],
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
