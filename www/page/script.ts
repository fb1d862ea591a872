import { type Session, typed } from "./session";

/** What was done, as `Session::to_done` of the app has it: the session, and the command lines that were run in it. */
export interface Done {
  session: Session & { files: [path: string, bytes: unknown][] };
  commands: Command[];
}

export interface Command {
  line: string;
  /** Microseconds, as the session's entries have them. */
  at: number;
  /** Not yet, if null. */
  ended: number | null;
  terminal: number;
  /** `laptop`, or where a shell was opened: the node, or a Pod. */
  place: string;
}

const texts = {
  ko: [
    "kube-playground에서 한 일을 진짜 클러스터에서 실행하는 스크립트입니다. 먼저 kind create cluster나 minikube start로 클러스터를 만드세요.",
    "`bash -v`로 실행하면 줄마다 보입니다. 파일은 새 폴더에 만들어집니다.",
    "다른 점: Pod의 이름, IP, 시간이 다릅니다. 이미지를 실제로 받아야 하므로 명령이 너무 이를 수 있습니다. 기다렸다가 다시 실행하세요.",
    "#로 시작하는 명령은 프로그램 안에서 입력했거나 끝나지 않은 것입니다. 직접 입력하세요.",
    "이전에 준비된 것",
  ],
  en: [
    "What was done in kube-playground, to run on a real cluster: make one by kind create cluster, or minikube start.",
    "`bash -v` shows each line. The files are made in a new folder.",
    "What differs: names of Pods, addresses and times. Real images have to be fetched, so that a command may come too early: wait, and repeat it.",
    "Commands behind a # were typed into a program, or did not end: type them yourself.",
    "What the lesson prepared",
  ],
};

const quoted = (text: string) => `'${text.replace(/'/g, "'\\''")}'`;
const comment = (text: string) => text.split("\n").map((line) => `# ${line}`.trimEnd()).join("\n");

/** Lines that write a file. */
function written(path: string, bytes: unknown): string {
  const text = typed(bytes);
  const folder = path.includes("/") ? `mkdir -p ${quoted(path.replace(/\/[^/]*$/, ""))}\n` : "";
  // A text that is none comes as numbers.
  if (Array.isArray(bytes)) return `${folder}base64 -d > ${quoted(path)} <<< ${btoa(text)}`;
  if (!text.endsWith("\n")) return `${folder}printf %s ${quoted(text)} > ${quoted(path)}`;
  let end = "EOF";
  while (text.split("\n").includes(end)) end += "_";
  return `${folder}cat > ${quoted(path)} << '${end}'\n${text}${end}`;
}

/** Whether a command can be done again by a script: it is not one of the programs that a person types into, nothing was typed within it,
 * and it has ended. */
const isAlone = ({ line, ended }: Command, within: Command[]) => within.length === 0 && ended !== null && !byHand.test(line);

/** Programs that a person types into, or that end only when told to; and what would end the script. */
const byHand = /^\s*(?:(?:sudo\s+)?(?:vi|vim|nano|less|more|man|top|htop|watch)\b|kubectl\s+(?:.*\s)?(?:edit|port-forward|proxy)\b|minikube\s+(?:ssh\s*$|tunnel|dashboard|mount)|exit\b|logout\b)/;

/** The command, or what is said in its place. */
function ran(command: Command, within: Command[], entries: Session["entries"]): string {
  const { line, at, ended, terminal } = command;
  if (!isAlone(command, within) || ended === null) {
    return [comment(line), ...within.map((it) => comment(`  ${it.place}: ${it.line}`))].join("\n");
  }
  const stopped = entries.some(([when, , verb, of, bytes]) => verb === "type" && of === terminal && when > at && when <= ended && typed(bytes).includes("\x03"));
  return stopped ? `timeout ${Math.max(1, Math.ceil((ended - at) / 1e6))} bash -c ${quoted(line)}` : line;
}

/** A piece of what was done: when it was, what does it again, and whether that is a comment for somebody to read instead. */
export interface Part {
  at: number;
  text: string;
  by: "lesson" | "editor" | "command" | "hand";
}

/** What was done, in order. */
export function partsOf({ session, commands }: Pick<Done, "session" | "commands">): Part[] {
  const parts: Part[] = [];
  for (const [at, , verb, first, second] of session.entries) {
    if (verb === "save") parts.push({ at, by: "editor", text: written(String(first), second) });
    else if (verb === "remove") parts.push({ at, by: "editor", text: `rm -f ${quoted(String(first))}` });
    else if (verb === "script") parts.push({ at, by: "lesson", text: String(first).trimEnd() });
  }
  // The last command on the outside computer, by terminal: what is typed elsewhere is typed within it.
  const outer = new Map<number, { command: Command; within: Command[] }>();
  const runs: { command: Command; within: Command[] }[] = [];
  for (const command of commands) {
    const run = outer.get(command.terminal);
    if (command.place !== "laptop" && run) run.within.push(command);
    else {
      const one = { command, within: command.place === "laptop" ? [] : [command] };
      outer.set(command.terminal, one);
      runs.push(one);
    }
  }
  for (const { command, within } of runs) {
    parts.push({ at: command.at, by: isAlone(command, within) ? "command" : "hand", text: ran(command, within, session.entries) });
  }
  // Stable: what was saved at a command's moment comes before it.
  return parts.sort((one, other) => one.at - other.at);
}

/** A shell script that does it again. */
export function scriptOf({ session, commands }: Done): string {
  const text = texts[document.documentElement.lang === "ko" ? "ko" : "en"];
  const prepared = comment(text[4] as string);
  const parts = partsOf({ session, commands }).map((part) => (part.by === "lesson" ? `${prepared}\n${part.text}` : part.text));
  const files = session.files.map(([path, bytes]) => written(path, bytes));
  const head = ["#!/usr/bin/env bash", comment(text.slice(0, 4).join("\n")), "", 'cd "$(mktemp -d)" && pwd', ""];
  return `${[...head, ...files, "", ...parts].join("\n")}\n`;
}
