import { get, langOf, make, sheetOf } from "./address";

/** The commands of a text from notes: where lines begin with `$`, those, without it, and what belongs to them. */
export function commands(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const prompt = /^\s*\$ /;
  if (!lines.some((line) => prompt.test(line))) return lines.join("\n");
  // The line that a here-document ends with.
  let end: string | undefined;
  let goesOn = false;
  const taken = lines.filter((line) => {
    const take = goesOn || prompt.test(line) || line.startsWith("> ");
    if (line.trim() === end) end = undefined;
    else end ??= take ? /<<-?\s*["']?(\w+)/.exec(line)?.[1] : end;
    goesOn = take && (!!end || line.endsWith("\\"));
    return take;
  });
  return taken.map((line) => line.replace(/^(\s*\$|>) /, "")).join("\n");
}

interface Runs extends Element {
  run(text: string, place: string | null): Promise<unknown>;
}

/** `Node.DOCUMENT_POSITION_FOLLOWING` */
const FOLLOWING = 4;

/** Our own buttons are not for paper. */
export const sheet = sheetOf("@media print{.kube-run{display:none}}");

/**
 * `<kube-run>`: a Run button for each `<pre>` in it or, where there is none, for the last one before it: Markdown may have put
 * either into elements of its own. The commands go to the playground whose id is `for`, or to the page's first one.
 */
export class KubeRun extends HTMLElement {
  #attached = false;

  connectedCallback(): void {
    // Where the script is above the text, what is in the element is not there yet.
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => this.#attach());
    else this.#attach();
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    const within = this.querySelectorAll("pre");
    for (const pre of within) pre.after(this.#button(pre));
    if (within[0]) return;
    // React, which writes the whole page again when it starts, stumbles over what it did not put into an element.
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#button());
  }

  #button(pre?: Element): Element {
    const textContent = langOf(this) === "ko" ? "실행" : "Run";
    return Object.assign(make("button"), { className: "kube-run", part: "run", textContent, onclick: () => this.#run(pre) });
  }

  async #run(pre?: Element): Promise<void> {
    // Looked for only now: React has put another in the place of the one that was there first.
    pre ??= [...document.querySelectorAll("pre")].filter((it) => it.compareDocumentPosition(this) & FOLLOWING).pop();
    const name = get(this, "for");
    const to = document.querySelector(name ? `#${name}` : "kube-playground");
    const copy = pre?.cloneNode(true) as Element | undefined;
    if (!to || !copy) throw Error("kube-run: no playground or pre");
    // Some systems end lines by `<br>` alone.
    copy.querySelectorAll("br").forEach((end) => end.replaceWith("\n"));
    // The reader wants to see what comes of it; out of sight, the cluster's time stands still.
    to.scrollIntoView({ block: "nearest" });
    await (to as Runs).run(commands(copy.textContent as string), get(this, "place"));
  }
}
