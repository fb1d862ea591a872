import { addressOf, get, make, sheetOf } from "./address";
import { connect, type Connection } from "./connection";

const style =
  ":host{display:block;position:relative;height:640px}:host([hidden]){display:none}slot{display:block;height:100%;overflow:auto}" +
  "iframe{position:absolute;width:100%;height:100%;border:0}iframe[inert]{opacity:0}@media screen{iframe:not([inert])~slot{visibility:hidden}}" +
  "button{position:absolute;bottom:1em;left:1em;font:inherit;padding:.4em 1em}" +
  "@media print{:host{height:auto!important}iframe,button{display:none}}";

/** The element's name, and what its frame and button are called where it has no title. */
export const name = "kube-playground";

/** The element that shows a session which several share by its name. */
const shared = new Map<string | null, KubePlayground>();

/**
 * `<kube-playground lesson="service">what stands here until it is there, on paper, and without scripts</kube-playground>`
 *
 * Nothing is fetched before a reader comes near (`loading="lazy"`), presses Start (`loading="click"`), or something is asked of it.
 */
export class KubePlayground extends HTMLElement {
  static readonly observedAttributes = ["theme", "lang", "height"];

  #root = this.attachShadow({ mode: "open" });
  #frame?: HTMLIFrameElement;
  #connection?: Connection;
  #near?: IntersectionObserver;
  #button = make("button");

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheetOf(style)];
    this.#root.append(make("slot"));
  }

  connectedCallback(): void {
    if (this.#frame) return;
    const loading = get(this, "loading");
    if (loading === "eager") this.start();
    else if (loading === "click") this.#offer("▶", () => this.start());
    else {
      this.#near = new IntersectionObserver((all) => all.some((it) => it.isIntersecting) && this.start(), { rootMargin: "600px" });
      this.#near.observe(this);
    }
  }

  disconnectedCallback(): void {
    this.#near?.disconnect();
    this.#connection?.close();
    this.#frame?.remove();
    this.#frame = this.#connection = undefined;
    if (this.#owner === this) shared.delete(this.#session);
  }

  attributeChangedCallback(attribute: string, _: string | null, value: string | null): void {
    if (attribute === "height") this.style.height = +(value as string) ? `${value}px` : (value ?? "");
    else if (this.#connection?.ready && value) this.ask(attribute === "lang" ? "setLang" : "setTheme", value).catch(console.error);
  }

  /** Fetches the playground now. */
  start(): void {
    this.#near?.disconnect();
    this.#button.remove();
    const owner = this.#owner;
    if (owner !== this) return this.#offer("→", () => owner.scrollIntoView());
    if (this.#frame) return;
    if (this.#session) shared.set(this.#session, this);
    const frame = make("iframe");
    frame.title = this.title || name;
    frame.allow = "clipboard-write; fullscreen";
    if (this.hasAttribute("sandbox")) frame.sandbox.value = get(this, "sandbox") as string;
    // What stands in its place is seen until it is there; then nothing jumps, and no Tab leads into what cannot be seen.
    frame.inert = this.hasChildNodes();
    const address = addressOf(this);
    frame.src = address.href;
    this.#frame = frame;
    this.#connection = connect(frame, address, (event, detail) => {
      if (event === "shown") frame.inert = false;
      else this.dispatchEvent(new CustomEvent(event, { detail }));
    });
    this.#root.prepend(frame);
  }

  /** Asks the playground something, when it is there; gives its answer. Each thing to ask is a method, too. */
  async ask(verb: string, ...given: unknown[]): Promise<unknown> {
    const owner = this.#owner;
    owner.start();
    return owner.#connection?.ask(verb, given);
  }

  /** Calls `hear` with what each such event tells; gives what ends that. */
  on(event: string, hear: (detail: unknown) => void): () => void {
    const end = new AbortController();
    this.addEventListener(event, (it) => hear((it as CustomEvent).detail), end);
    return () => end.abort();
  }

  get #session(): string | null {
    return get(this, "session");
  }

  get #owner(): KubePlayground {
    return shared.get(this.#session) ?? this;
  }

  /** A button in the place of the frame. */
  #offer(sign: string, does: () => void): void {
    this.#button.textContent = `${sign} ${this.title || name}`;
    this.#button.onclick = does;
    this.#root.append(this.#button);
  }
}

for (const verb of "load run type files state share reset step show setTheme setLang".split(" ")) {
  (KubePlayground.prototype as unknown as Record<string, unknown>)[verb] = function (this: KubePlayground, ...given: unknown[]) {
    return this.ask(verb, ...given);
  };
}
