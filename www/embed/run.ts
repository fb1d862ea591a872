import { get, langOf, make } from "./address";

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

/**
 * `<kube-run>`: a Run button for each `<pre>` in it or, where there is none, for the one before it. The commands go to the
 * playground whose id is `for`, or to the page's first one.
 */
export class KubeRun extends HTMLElement {
  connectedCallback(): void {
    // Where the script is above the text, what is in the element is not there yet.
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => this.#attach());
    else this.#attach();
  }

  #attach(): void {
    if (this.querySelector(".kube-run")) return;
    const within = [...this.querySelectorAll("pre")];
    const before = this.previousElementSibling;
    const all = within.length ? within : [before?.querySelector("pre") ?? before];
    for (const pre of all) {
      const button = make("button");
      button.className = "kube-run";
      button.textContent = langOf(this) === "ko" ? "실행" : "Run";
      button.onclick = () => this.#run(pre?.textContent ?? "");
      if (within.length) pre?.after(button);
      else this.append(button);
    }
  }

  async #run(text: string): Promise<void> {
    const name = get(this, "for");
    const to = document.querySelector(name ? `#${name}` : "kube-playground");
    if (!to) throw new Error("kube-run: no playground");
    // The reader wants to see what comes of it; out of sight, the cluster's time stands still.
    to.scrollIntoView({ block: "nearest" });
    await (to as Runs).run(commands(text), get(this, "place"));
  }
}
