import { button, element } from "../page/screen";
import { askName, dialog, row } from "./dialog";
import { beginning, type Draft, endings, isName, stepsOf, withStep } from "./draft";
import { t } from "./texts";

/** What the list of files does to the lesson. */
export interface Files {
  draft: Draft;
  /** The file in the editor. */
  selected: string;
  /** Files with mistakes. */
  wrong: Set<string>;
  select(path: string): void;
  /** Changes files all at once, and selects one of them. */
  change(files: Draft["files"], select: string): void;
}

/** The step to which a file belongs, and what it is of it. */
export function partOf(path: string, steps: string[]): { step: string; ending: string } | undefined {
  const [step, ...rest] = path.split(".");
  const ending = rest.join(".");
  return step !== undefined && steps.includes(step) && endings.includes(ending) ? { step, ending } : undefined;
}

/** Draws the list: what belongs to the whole lesson first, then a line for each step. */
export function drawFiles(list: HTMLElement, files: Files): void {
  const focused = list.contains(document.activeElement) ? (document.activeElement as HTMLElement).title : "";
  const { draft } = files;
  const steps = stepsOf(draft);
  const names = Object.keys(draft.files);
  const general = names.filter((name) => !partOf(name, steps)).sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const line = (label: string, ...inner: Node[]) => element("li", {}, [element("span", { className: "of", textContent: label, title: label }), ...inner]);
  const addFile = button(t.addFile, () => askName(t.addFile, t.fileName, (name) => isName(name, draft), (name) => files.change({ [name]: "" }, name)));
  const addStep = button(t.addStep, () => askName(t.addStep, t.stepName, (name) => /^[a-z0-9-]+$/.test(name) && !steps.includes(name), (name) => newStep(files, name)));
  const lines = steps.map((step, at) => line(`${at + 1}. ${step}`, ...partsOfStep(files, step)));
  const last = "lesson.yaml" in draft.files ? [element("li", {}, [small(addStep)])] : [];
  list.replaceChildren(line(t.lesson, ...general.map((name) => chip(files, name, name)), small(addFile)), ...lines, ...last);
  if (focused) [...list.querySelectorAll<HTMLElement>("button")].find((it) => it.title === focused)?.focus();
}

const rank = (name: string) => (/^(lesson\.yaml|index\.json)$/.test(name) ? 0 : 1);

function small(made: HTMLElement): HTMLElement {
  made.classList.add("small", "ghost");
  return made;
}

function chip(files: Files, name: string, label: string): HTMLElement {
  const made = button(label, () => files.select(name));
  made.classList.add("small");
  made.title = name;
  made.setAttribute("aria-current", String(name === files.selected));
  if (files.wrong.has(name)) {
    made.classList.add("wrong");
    made.append(" !");
  }
  return made;
}

function partsOfStep(files: Files, step: string): Node[] {
  const has = (ending: string) => Object.hasOwn(files.draft.files, `${step}.${ending}`);
  const there = endings.filter(has).map((ending) => chip(files, `${step}.${ending}`, t.endings[ending] ?? ending));
  const lacking = endings.filter((ending) => !has(ending));
  const add = (ending: string) => files.change({ [`${step}.${ending}`]: beginning(ending, step) }, `${step}.${ending}`);
  const ask = () =>
    void dialog(t.addTo(step), (close) => [
      element("div", { className: "choices" }, lacking.map((ending) => button(`${t.endings[ending] ?? ending} · ${step}.${ending}`, () => (close(), add(ending))))),
      row(button(t.cancel, close)),
    ]);
  const more = small(button(t.more, ask));
  more.title = t.addTo(step);
  more.setAttribute("aria-label", t.addTo(step));
  return [...there, more];
}

function newStep(files: Files, step: string): void {
  const yaml = files.draft.files["lesson.yaml"];
  if (typeof yaml !== "string") return;
  const texts = ["ko.md", "en.md"].map((ending) => [`${step}.${ending}`, beginning(ending, step)]);
  files.change({ ...Object.fromEntries(texts), "lesson.yaml": withStep(yaml, step) }, `${step}.${document.documentElement.lang}.md`);
}
