import { connect, type Connection } from "../embed/connection";
import { element } from "../page/screen";
import type { Done } from "../page/script";
import type { Draft } from "./draft";
import { lang, t } from "./texts";

/** Something that is wrong with the lesson, and where. */
export interface Mistake {
  file: string;
  line: number;
  what: string;
}

/** What the playground says of a lesson that it was given to show. */
export interface Shown {
  mistakes: Mistake[];
  /** Programs that the lesson uses and that do nothing here. */
  missing?: string[];
  /** Its world began anew. */
  anew?: boolean;
}

/** What the check found in one step. */
export interface Found {
  step: string;
  what: string;
}

/** The playground beside the editor: the page itself in a frame, which shows the lesson as it is written. */
export class Preview {
  readonly frame = element("iframe", { title: t.preview });
  readonly #connection: Connection;

  /** `heard` is told what happens there: `ready`, `failed`, and `step` when another one is looked at. */
  constructor(heard: (event: string) => void) {
    const address = new URL("./", location.href);
    const { theme } = document.documentElement.dataset;
    address.search = new URLSearchParams({ embed: "1", lesson: "none", panels: "lesson,picture,terminal", lang, theme: theme ?? "light" }).toString();
    this.frame.src = address.href;
    this.#connection = connect(this.frame, address, heard);
  }

  show(draft: Draft, anew: boolean): Promise<Shown> {
    return this.#ask("lesson", { ...draft, lang, anew });
  }

  /** The step that is looked at, from 1. */
  step(): Promise<number> {
    return this.#ask("step");
  }

  goTo(step: number): Promise<void> {
    return this.#ask("step", step);
  }

  speak(language: "ko" | "en"): Promise<void> {
    return this.#ask("setLang", language);
  }

  done(): Promise<Done> {
    return this.#ask("done");
  }

  /** Plays the lesson as `kube-playground check` does, and gives what it finds; `tell` is told which turn comes, of how many. */
  async check(draft: Draft, tell: (turn: number, turns: number) => void): Promise<Found[]> {
    const { turns } = await this.#ask<{ turns: number }>("check", { ...draft, lang });
    const found: Found[] = [];
    for (let turn = 1; turn <= turns; turn += 1) {
      tell(turn, turns);
      // A step is played in one go: what is said of it has to be painted before.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      found.push(...(await this.#ask<Found[]>("checkStep")));
    }
    return found;
  }

  #ask<Answer>(verb: string, ...given: unknown[]): Promise<Answer> {
    return this.#connection.ask(verb, given) as Promise<Answer>;
  }
}
