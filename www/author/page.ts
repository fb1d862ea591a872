/** The page on which lessons are written: the files on the left, on the right the playground as a student will see it. */
import type { KpEditor } from "../editor/element";
import { button, element } from "../page/screen";
import { claim, type Draft, keep, kept, type Place, setAside, stepsOf, template, withBlocks } from "./draft";
import { dialog, paragraph, review, row } from "./dialog";
import { askExport } from "./export";
import { drawFiles, type Files, partOf } from "./files";
import { askHeld, askWhich, reason } from "./open";
import { draftOf, lessons } from "./parts";
import { type Mistake, Preview, type Shown } from "./preview";
import { nowOf, recorded } from "./record";
import { lang, t } from "./texts";

/** Milliseconds after the last key until the preview is shown anew; of what a world is made of longer, for it begins anew. */
const PAUSE = 400;
const LONG_PAUSE = 1200;

export async function writeLessons(): Promise<void> {
  document.documentElement.lang = lang;
  document.title = `${t.title} · kube-playground`;
  document.documentElement.dataset.theme = theme();
  const place = await claim();
  new Author(document.getElementById("author") as HTMLElement, place).begin();
}

/** As the app has it: from the address, what was chosen there, or the browser. */
function theme(): string {
  const asked = new URLSearchParams(location.search).get("theme");
  if (asked === "light" || asked === "dark") return asked;
  try {
    const { theme } = JSON.parse(localStorage.getItem("kube-playground.settings") ?? "{}") as { theme?: string };
    if (theme === "light" || theme === "dark") return theme;
  } catch {
    // Nothing was chosen, or nothing is kept.
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

class Author implements Files {
  draft: Draft;
  selected = "lesson.yaml";
  readonly #root: HTMLElement;
  readonly #place: Place;
  readonly #preview: Preview;
  readonly #list = element("ul", { className: "lesson-files" });
  readonly #editor = document.createElement("kp-editor") as KpEditor;
  readonly #name = element("strong", {});
  readonly #said = element("span", { className: "said" });
  readonly #wrongs = element("section", { className: "wrongs" });
  readonly #state = element("span", { className: "said", textContent: t.starting });
  readonly #record = button(t.record, () => void this.#toggleRecording());
  readonly #tools: HTMLButtonElement[] = [];
  #shown: Shown = { mistakes: [] };
  /** What the last check said; an item each. */
  #checked: { text: string; step?: string; good?: boolean }[] = [];
  /** Whether the lesson has changed since. */
  #stale = false;
  #timer = 0;
  /** Whether the preview is being told of a change, and whether another came meanwhile. */
  #busy = false;
  #again: { anew: boolean } | undefined;
  /** When recording began, in the preview's time. */
  #recordedFrom: number | undefined;
  /** When each step (from 1) was first seen in the preview's world. */
  readonly #seen = new Map<number, number>();

  constructor(root: HTMLElement, place: Place) {
    this.#root = root;
    this.#place = place;
    this.draft = kept() ?? template();
    this.#preview = new Preview((event) => this.#heard(event));
  }

  get wrong(): Set<string> {
    return new Set(this.#shown.mistakes.map(({ file }) => file));
  }

  begin(): void {
    this.#layOut();
    this.#said.textContent = this.#place === "kept" ? t.kept : this.#place === "second" ? t.second : t.keptNowhere;
    this.select(Object.keys(this.draft.files).includes("lesson.yaml") ? "lesson.yaml" : (Object.keys(this.draft.files)[0] ?? "lesson.yaml"));
    void askHeld((draft) => this.#open(draft), (text) => this.#tell(text));
    addEventListener("hashchange", () => void askHeld((draft) => this.#open(draft), (text) => this.#tell(text)));
  }

  #layOut(): void {
    const tool = (label: string, does: () => void) => {
      const made = button(label, does) as HTMLButtonElement;
      made.disabled = true;
      this.#tools.push(made);
      return made;
    };
    this.#tools.push(this.#record as HTMLButtonElement);
    this.#record.setAttribute("disabled", "");
    this.#list.setAttribute("aria-label", t.files);
    for (const said of [this.#said, this.#state]) said.setAttribute("role", "status");
    this.#wrongs.setAttribute("aria-label", t.wrong);
    this.#editor.addEventListener("change", ({ detail }: CustomEventInit<string>) => this.#typed(detail ?? ""));
    const guide = element("a", { className: "btn ghost", href: `docs/${lang}/lessons.html`, target: "_blank", rel: "noopener", textContent: t.guide });
    const other = new URL(location.href);
    other.searchParams.set("lang", lang === "ko" ? "en" : "ko");
    other.hash = "";
    const language = element("a", { className: "btn ghost", href: other.href, textContent: t.other, lang: lang === "ko" ? "en" : "ko" });
    const header = element("header", { className: "bar" }, [
      element("h1", { textContent: t.title }),
      this.#said,
      button(t.open, () => askWhich((draft) => this.#open(draft))),
      tool(t.check, () => void this.#check()),
      button(t.export, () => void askExport(this.draft), true),
      guide,
      language,
    ]);
    const remove = button(t.remove, () => this.#remove());
    remove.classList.add("small", "ghost");
    const edit = element("div", { className: "edit" }, [
      element("header", {}, [this.#name, element("span", { className: "spring" }), remove]),
      this.#editor,
    ]);
    const write = element("main", { className: "write" }, [this.#list, edit, this.#wrongs]);
    const preview = element("section", { className: "preview" }, [
      element("header", {}, [
        element("h2", { className: "visually-hidden", textContent: t.preview }),
        this.#state,
        tool(t.restart, () => this.#show(true)),
        this.#record,
        tool(t.keepStart, () => void this.#keepStart()),
      ]),
      this.#preview.frame,
    ]);
    preview.setAttribute("aria-label", t.preview);
    this.#root.replaceChildren(header, write, preview, paragraph(t.narrow, "narrow"));
    this.#takeDropped();
  }

  /** A folder or a zip that is dropped anywhere but in the preview. */
  #takeDropped(): void {
    this.#root.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    this.#root.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      // The list is gone once this listener is.
      const { items } = event.dataTransfer;
      const entries = [...items].map((item) => item.webkitGetAsEntry());
      void lessons()
        .then((part) => part.fromDropped(entries))
        .then(
          ({ name, files }) => this.#open(draftOf(name, files), name),
          (error) => this.#tell(reason(error)),
        );
    });
  }

  select(path: string): void {
    this.selected = path;
    const content = this.draft.files[path];
    this.#name.textContent = path;
    this.#editor.toggleAttribute("plain", !/\.(ya?ml|json)$/.test(path));
    this.#editor.toggleAttribute("readonly", typeof content !== "string");
    this.#editor.setAttribute("label", path);
    this.#editor.path = path;
    this.#editor.value = typeof content === "string" ? content : t.bytes;
    this.#mark();
    drawFiles(this.#list, this);
    void this.#follow(path);
  }

  /** The preview shows the step, and speaks the language, of the text that is written. */
  async #follow(path: string): Promise<void> {
    const steps = stepsOf(this.draft);
    const part = partOf(path, steps);
    if (!part || this.#tools[0]?.disabled) return;
    if (part.ending === "ko.md" || part.ending === "en.md") await this.#preview.speak(part.ending === "ko.md" ? "ko" : "en");
    await this.#preview.goTo(steps.indexOf(part.step) + 1).catch(() => {});
  }

  change(files: Draft["files"], select: string): void {
    this.draft = { ...this.draft, files: { ...this.draft.files, ...files } };
    this.#changed();
    this.select(select);
    this.#editor.focus();
  }

  #typed(text: string): void {
    if (typeof this.draft.files[this.selected] !== "string") return;
    this.draft.files[this.selected] = text;
    this.#changed(/\.md$|^lesson\.yaml$/.test(this.selected) ? PAUSE : LONG_PAUSE);
  }

  #changed(pause = 0): void {
    this.#keep();
    this.#stale = this.#checked.length > 0;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#show(false), pause);
  }

  #keep(): void {
    if (this.#place === "nowhere") return;
    const text = !keep(this.draft) ? t.noRoom : this.#place === "second" ? t.second : t.kept;
    if (this.#said.textContent !== text) this.#tell(text);
  }

  #tell(text: string, ...more: Node[]): void {
    this.#said.replaceChildren(text, ...more);
  }

  #remove(): void {
    const { [this.selected]: content, ...files } = this.draft.files;
    const name = this.selected;
    if (content === undefined) return;
    this.draft = { ...this.draft, files };
    this.#changed();
    this.select(Object.keys(files)[0] ?? "lesson.yaml");
    const undo = button(t.undo, () => this.change({ [name]: content }, name));
    undo.className = "link";
    this.#tell(`${t.removed(name)} `, undo);
  }

  /** Another lesson takes the place of this one, which can be opened again: at once where it was `dropped`, which nobody asks about. */
  #open(draft: Draft, dropped?: string): void {
    const before = this.draft;
    setAside(before);
    this.draft = draft;
    this.#checked = [];
    this.#recordedFrom = undefined;
    this.#drawRecording();
    this.#keep();
    this.select("lesson.yaml" in draft.files ? "lesson.yaml" : (Object.keys(draft.files)[0] ?? "lesson.yaml"));
    this.#show(true);
    if (dropped === undefined) return;
    const back = button(t.back, () => this.#open(before));
    back.className = "link";
    this.#tell(`${t.dropped(dropped)} `, back);
  }

  #heard(event: string): void {
    if (event === "ready") {
      for (const tool of this.#tools) tool.disabled = false;
      this.#show(true);
    } else if (event === "failed") {
      for (const tool of this.#tools) tool.disabled = true;
      this.#state.textContent = t.stopped;
    } else if (event === "step") {
      void this.#arrived();
    }
  }

  /** Notes when the step that the preview shows was first seen. */
  async #arrived(): Promise<void> {
    const [step, done] = [await this.#preview.step(), await this.#preview.done()];
    if (!this.#seen.has(step)) this.#seen.set(step, nowOf(done));
  }

  /** Shows the lesson as it is; one request at a time, the last one for certain. */
  #show(anew: boolean): void {
    clearTimeout(this.#timer);
    if (this.#tools[0]?.disabled) return;
    if (this.#busy) {
      this.#again = { anew: anew || (this.#again?.anew ?? false) };
      return;
    }
    this.#busy = true;
    void this.#preview
      .show(this.draft, anew)
      .then(
        (shown) => this.#look(shown),
        (error: Error) => this.#look({ mistakes: [{ file: this.selected, line: 1, what: error.message }] }),
      )
      .finally(() => {
        this.#busy = false;
        const again = this.#again;
        this.#again = undefined;
        if (again) this.#show(again.anew);
      });
  }

  #look(shown: Shown): void {
    this.#shown = shown;
    if (shown.anew) {
      // What did the steps before is not what the author does.
      this.#seen.clear();
      void this.#arrived();
    }
    if (this.#recordedFrom === undefined) this.#state.textContent = shown.mistakes.length ? t.notShown : t.shown;
    this.#drawWrongs();
    this.#mark();
    drawFiles(this.#list, this);
    if (shown.anew) void this.#follow(this.selected);
  }

  /** Marks in the editor what is wrong with the file in it. */
  #mark(): void {
    const here = this.#shown.mistakes.filter(({ file }) => file === this.selected);
    this.#editor.diagnostics = here.map(({ line, what }) => ({ severity: "error", message: what, line }));
  }

  #drawWrongs(): void {
    const { mistakes, missing = [] } = this.#shown;
    const item = (...inner: (Node | string)[]) => {
      const made = element("li", {});
      made.append(...inner);
      return made;
    };
    const lines = mistakes.map((mistake) => item(this.#leadTo(mistake)));
    if (missing.length) lines.push(item(`${t.missing} ${missing.join(", ")}`));
    if (this.#checked.length && this.#stale) lines.push(item(t.stale));
    for (const { text, step, good } of this.#checked) {
      lines.push(item(element("pre", { className: good ? "good" : "bad", textContent: `${good ? "✓ " : ""}${step ? `${step}: ` : ""}${text}` })));
    }
    const heading = mistakes.length ? t.wrong : t.fine;
    this.#wrongs.replaceChildren(element("h2", { textContent: heading }), element("ul", {}, lines));
  }

  #leadTo({ file, line, what }: Mistake): HTMLElement {
    const lead = button(`${file}:${line}: ${what}`, () => {
      if (file in this.draft.files) this.select(file);
      this.#editor.goTo(line);
    });
    lead.className = "link bad";
    return lead;
  }

  async #check(): Promise<void> {
    for (const tool of this.#tools) tool.disabled = true;
    try {
      const found = await this.#preview.check(this.draft, (turn, of) => this.#tell(t.checking(turn, of)));
      const head = found.length ? { text: t.failed(found.length) } : { text: t.checked(stepsOf(this.draft).length), good: true };
      this.#checked = [head, ...found.map(({ step, what }) => ({ step, text: what }))];
    } catch (error) {
      this.#checked = [{ text: (error as Error).message }];
    }
    for (const tool of this.#tools) tool.disabled = false;
    this.#stale = false;
    this.#tell(this.#checked[0]?.text ?? "");
    this.#drawWrongs();
    // What was written meanwhile.
    this.#show(false);
  }

  #drawRecording(): void {
    const on = this.#recordedFrom !== undefined;
    this.#record.textContent = on ? t.stop : t.record;
    this.#record.setAttribute("aria-pressed", String(on));
    this.#state.textContent = on ? t.recording : this.#shown.mistakes.length ? t.notShown : t.shown;
    this.#state.classList.toggle("recording", on);
  }

  async #toggleRecording(): Promise<void> {
    const done = await this.#preview.done();
    const from = this.#recordedFrom;
    this.#recordedFrom = from === undefined ? nowOf(done) : undefined;
    this.#drawRecording();
    if (from === undefined) return this.#preview.frame.focus();
    const { commands, byHand } = recorded(done, from, false);
    const step = await this.#step();
    if (commands.length + byHand.length === 0) return void dialog(t.recordedTitle(step), (close) => [paragraph(t.nothing), row(button(t.close, close))]);
    const solution = `${step}.solve.sh`;
    review(t.recordedTitle(step), t.recordedWhat, commands.join("\n"), byHand, [
      [t.asSolution(solution), (text) => this.change({ [solution]: text }, solution)],
      [t.asBlocks, (text) => this.#putBlocks(step, text)],
    ]);
  }

  /** Puts commands, a line each, as blocks with buttons into the texts of a step. */
  #putBlocks(step: string, text: string): void {
    const commands = text.split("\n").filter((line) => line.trim() !== "");
    const names = ["ko.md", "en.md", "md"].map((ending) => `${step}.${ending}`).filter((name) => typeof this.draft.files[name] === "string");
    const texts = names.map((name) => [name, withBlocks(this.draft.files[name] as string, commands)]);
    const first = names.find((name) => name === `${step}.${lang}.md`) ?? names[0];
    if (first) this.change(Object.fromEntries(texts), first);
  }

  /** The step that the preview shows, by its name. */
  async #step(): Promise<string> {
    return stepsOf(this.draft)[(await this.#preview.step()) - 1] ?? "start";
  }

  async #keepStart(): Promise<void> {
    const [done, step] = [await this.#preview.done(), await this.#step()];
    const { commands, byHand } = recorded(done, this.#seen.get(await this.#preview.step()) ?? 0, true);
    if (commands.length + byHand.length === 0) return void dialog(t.startTitle(step), (close) => [paragraph(t.startNothing), row(button(t.close, close))]);
    const name = `${step}.setup.sh`;
    const before = this.draft.files[name];
    const text = `${typeof before === "string" ? before.trimEnd() : ""}\n${commands.join("\n")}`.trim();
    review(t.startTitle(step), t.startWhat, text, byHand, [[t.asStart(name), (text) => (this.change({ [name]: text }, name), this.#show(true))]]);
  }
}
