/** The lesson that is being written: a folder's files, as they are kept in this browser and told to the preview. */
export interface Draft {
  name: string;
  /** Texts by their paths; a file that is no text as numbers. */
  files: Record<string, string | number[]>;
}

const KEPT = "kube-playground-author";
const BEFORE = `${KEPT}-before`;

/** Where it is kept: a second tab has a place of its own, so that none overwrites another's. */
export type Place = "kept" | "second" | "nowhere";

let storage: Storage | undefined;

/** Finds out where the lesson is kept. */
export async function claim(): Promise<Place> {
  const first = await new Promise<boolean>((resolve) => {
    if (!navigator.locks) return resolve(true);
    // Held until the page goes.
    const hold = (lock: Lock | null) => (resolve(lock !== null), lock ? new Promise<void>(() => {}) : undefined);
    navigator.locks.request(KEPT, { ifAvailable: true }, hold).catch(() => resolve(false));
  });
  try {
    const chosen = first ? localStorage : sessionStorage;
    chosen.setItem(`${KEPT}-try`, "1");
    chosen.removeItem(`${KEPT}-try`);
    storage = chosen;
    return first ? "kept" : "second";
  } catch {
    return "nowhere";
  }
}

function read(name: string): Draft | undefined {
  try {
    // A second tab begins with what the first one has.
    const text = storage?.getItem(name) ?? localStorage.getItem(name);
    const draft = JSON.parse(text ?? "null") as Draft | null;
    return draft && typeof draft.name === "string" && draft.files ? draft : undefined;
  } catch {
    return undefined;
  }
}

export const kept = (): Draft | undefined => read(KEPT);
export const before = (): Draft | undefined => read(BEFORE);

/** Keeps it; false if there is no room. */
export function keep(draft: Draft): boolean {
  return write(KEPT, draft);
}

/** Sets a lesson aside whose place another takes. */
export function setAside(draft: Draft): boolean {
  return write(BEFORE, draft);
}

function write(name: string, draft: Draft): boolean {
  try {
    storage?.setItem(name, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** What the lesson's folder is called: as the lesson is in its own file, or as it was when it came. */
export function nameOf({ name, files }: Draft): string {
  const yaml = files["lesson.yaml"];
  return (typeof yaml === "string" && /^id:\s*["']?([\w.-]+)/m.exec(yaml)?.[1]) || name;
}

/** A lesson of one step, which works. */
export function template(): Draft {
  return {
    name: "lesson",
    files: {
      "lesson.yaml": `id: my-lesson
title: {ko: "새 강의", en: "A new lesson"}
steps:
  - id: start
    goals:
      - text: {ko: "Pod \`hello\`가 준비되었습니다", en: "The Pod \`hello\` is ready"}
        when: {pod_ready: {pod: hello}}
`,
      "start.ko.md": `# Pod 하나 띄우기

무엇을 왜 하는지 여기에 씁니다.

\`\`\`sh,run
kubectl run hello --image=nginx
\`\`\`

## Hint

\`kubectl get pods\`를 실행하면 어디까지 되었는지 보입니다.

## Done

Pod이 실행 중입니다.
`,
      "start.en.md": `# Start a Pod

Write here what to do, and why.

\`\`\`sh,run
kubectl run hello --image=nginx
\`\`\`

## Hint

\`kubectl get pods\` shows how far it is.

## Done

The Pod runs.
`,
      "start.solve.sh": "kubectl run hello --image=nginx\n",
    },
  };
}

/** What a new file of a step begins with. */
export function beginning(ending: string, step: string): string {
  if (ending === "ko.md") return `# ${step}\n\n무엇을 왜 하는지 여기에 씁니다.\n`;
  if (ending.endsWith("md")) return `# ${step}\n\nWrite here what to do, and why.\n`;
  if (ending === "verify.sh") return "# Ends with 0 when the goal is reached; what it prints is the hint.\nkubectl get pod hello\n";
  return "";
}

/** The endings of a step's files, in the order in which they are shown. */
export const endings = ["ko.md", "en.md", "md", "solve.sh", "setup.sh", "verify.sh", "hint.sh", "fail.sh"];

/** The names of the steps, in their order, as `lesson.yaml` has them, be it wrong elsewhere. */
export function stepsOf(draft: Draft): string[] {
  const text = draft.files["lesson.yaml"];
  if (typeof text !== "string") return [];
  const steps = text.split(/^steps:/m)[1] ?? "";
  return [...steps.matchAll(/(?:^\s*-\s+\{?\s*|[[,]\s*\{\s*)id:\s*["']?([\w.-]+)/gm)].map(([, id]) => id as string);
}

/** `lesson.yaml` with another step at the end of its list. */
export function withStep(yaml: string, id: string): string {
  const lines = yaml.replace(/\n+$/, "").split("\n");
  const head = lines.findIndex((line) => /^steps:/.test(line));
  if (head < 0) return `${lines.join("\n")}\nsteps:\n  - id: ${id}\n`;
  let end = head + 1;
  while (end < lines.length && /^(\s|-|#|$)/.test(lines[end] as string)) end += 1;
  while (end > head + 1 && (lines[end - 1] as string).trim() === "") end -= 1;
  const indent = lines.slice(head + 1, end).map((line) => /^(\s*)- /.exec(line)?.[1]).find((it) => it !== undefined) ?? "  ";
  lines[head] = (lines[head] as string).replace(/^steps:\s*\[\s*\]\s*$/, "steps:");
  lines.splice(end, 0, `${indent}- id: ${id}`);
  return `${lines.join("\n")}\n`;
}

/** Whether a file may be called so: below the folder, and as zips and URLs take it. */
export function isName(name: string, draft: Draft): boolean {
  const good = /^[\w.-]+(\/[\w.-]+)*$/.test(name) && !name.split("/").some((part) => /^\.+$/.test(part));
  return good && !Object.hasOwn(draft.files, name);
}

/** A text with commands put before its hints and what else follows the text. */
export function withBlocks(markdown: string, commands: string[]): string {
  const blocks = commands.map((command) => `\`\`\`sh,run\n${command}\n\`\`\`\n`).join("\n");
  const lines = markdown.split("\n");
  let fenced = false;
  const at = lines.findIndex((line) => {
    if (line.trimStart().startsWith("```")) fenced = !fenced;
    return !fenced && /^## (Hint|Done|Notes)\s*$/.test(line);
  });
  const [text, rest] = at < 0 ? [lines, []] : [lines.slice(0, at), lines.slice(at)];
  return `${text.join("\n").trimEnd()}\n\n${blocks}${rest.length ? `\n${rest.join("\n")}` : ""}`;
}
