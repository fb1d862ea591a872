import type * as Sharing from "../entries/shared";
import { pack, type Shared, unpack } from "./payload";

/**
 * The page in another page's frame: what the page around it may ask, and what it is told (docs/embedding.md).
 *
 * The outer page posts `{ kubePlayground: 1 }` with a port. All else goes through that port: nothing is ever posted to a
 * window, so nobody but who greeted hears it. Only the page right around this one is listened to. It may do what a link to
 * this page may: the session in a frame is kept nowhere, so there is none of a reader's to lose.
 */

const VERSION = 1;

interface State {
  time: number;
  lesson: string | null;
  step?: number;
  done?: boolean[];
  commands: { line: string; began: number; ended: number | null }[];
}

interface App {
  ask?(request: string): string;
  tell?(state: string): void;
}

const app = (): App => globalThis.kubePlayground as App;

/** Asks the app; throws what it refuses. */
function ask(request: Record<string, unknown>): unknown {
  const answer = JSON.parse(app().ask?.(JSON.stringify(request)) ?? '{"error":"the playground is not there yet"}') as { result?: unknown; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.result;
}

/** Asks the app when all of it is there. */
async function whole(request: Record<string, unknown>): Promise<unknown> {
  await globalThis.kubePlayground.rest.arrive();
  return ask(request);
}

/** The address of this page with other settings. */
function addressWith(settings: Record<string, unknown>, hash = ""): string {
  const address = new URL(location.href);
  for (const name of ["lesson", "step", "seed", "run", "fill", "file"]) address.searchParams.delete(name);
  for (const [name, value] of Object.entries(settings)) {
    if (/^(lesson|step|seed|panels|lang|theme|run|fill|file)$/.test(name) && value !== undefined && value !== null) address.searchParams.set(name, String(value));
  }
  address.hash = hash;
  return address.href;
}

type Does = (first: unknown, second: unknown) => unknown;

const verbs: Record<string, Does> = {
  run: (text, place) => ask({ do: "run", text, place: place ?? undefined }),
  type: (text) => ask({ do: "type", text }),
  files: (files) => (files === undefined ? ask({ do: "files" }) : ask({ do: "save", files })),
  state: () => {
    const { lang, dataset } = document.documentElement;
    return { ...(ask({ do: "state" }) as State), lang, theme: dataset.theme, version: VERSION };
  },
  share: async () => addressWith({}, await pack(ask({ do: "session" }) as Shared)).replace(/([?&])embed=1&?/, "$1"),
  reset: () => ask({ do: "reset" }),
  step: (step) => (step === undefined ? (ask({ do: "state" }) as State).step : ask({ do: "step", step })),
  show: (panel) => ask({ do: "show", panel }),
  setTheme: (theme) => ask({ do: "theme", theme }),
  setLang: (lang) => ask({ do: "lang", lang }),
  // What the page on which lessons are written (../author) asks; all of it needs the whole of the app.
  lesson: (folder) => whole({ ...(folder as object), do: "lesson" }),
  check: (folder) => whole({ ...(folder as object), do: "check" }),
  checkStep: () => ask({ do: "check step" }),
  done: () => whole({ do: "done" }),
  /** What a link names: a lesson and its step, files to edit, or a session that somebody shared. */
  load: async (what) => {
    if (typeof what === "string") {
      const { withLesson } = (await globalThis.kubePlayground.part("shared.js")) as typeof Sharing;
      return whole({ do: "open", shared: await withLesson(await unpack(new URL(what, location.href).hash)) });
    }
    const { files, ...settings } = (what ?? {}) as Record<string, unknown>;
    if (files !== undefined) ask({ do: "save", files });
    // The page is loaded again after the answer.
    if (Object.keys(settings).length > 0) setTimeout(() => location.replace(addressWith(settings)));
    return null;
  },
};

export function answerHost(): void {
  const ports = new Set<MessagePort>();
  let before: State | undefined;
  /** The last moment of the cluster whose commands were told of. */
  let told = 0;

  const say = (event: string, detail?: unknown) => {
    for (const port of ports) port.postMessage({ event, detail });
  };

  const answer = async (port: MessagePort, data: unknown) => {
    const asked = data as { id?: unknown; do?: unknown; with?: unknown } | null;
    if (typeof asked?.id !== "number" || typeof asked.do !== "string") return;
    const given = Array.isArray(asked.with) ? (asked.with as unknown[]) : [];
    try {
      if (!Object.hasOwn(verbs, asked.do)) throw new Error(`a playground cannot ${JSON.stringify(asked.do.slice(0, 40))}`);
      const result = await (verbs[asked.do] as Does)(given[0], given[1]);
      port.postMessage({ id: asked.id, result: result ?? null });
    } catch (error) {
      port.postMessage({ id: asked.id, error: error instanceof Error ? error.message : String(error) });
    }
  };

  addEventListener("message", ({ source, data, ports: [port] }) => {
    if (source !== parent || !port || (data as { kubePlayground?: unknown } | null)?.kubePlayground !== VERSION) return;
    port.onmessage = ({ data: asked }) => void answer(port, asked);
    ports.add(port);
    port.postMessage({ welcome: VERSION });
    // What the page's own start (index.html) found missing.
    const { stopped, missing } = document.documentElement.dataset;
    if (stopped !== undefined) port.postMessage({ event: "failed", detail: missing });
    if (before) port.postMessage({ event: "ready", detail: verbs.state?.(undefined, undefined) });
  });

  const look = (text: string) => {
    const state = JSON.parse(text) as State;
    const last = before;
    before = state;
    const ended = state.commands.filter(({ ended }) => ended !== null && ended > told);
    // Where time was gone back in, what is lived again is told again.
    told = Math.max(Math.min(told, state.time), ...ended.map((run) => run.ended as number));
    if (!last) return say("ready", verbs.state?.(undefined, undefined));
    for (const { line, began, ended: at } of ended) say("command", { line, began, ended: at });
    const done = (of: State) => (of.lesson === state.lesson ? of.done : undefined);
    state.done?.forEach((is, at) => {
      if (is && !done(last)?.[at]) say("completed", { lesson: state.lesson, step: at + 1, all: state.done?.every(Boolean) });
    });
    if (state.lesson !== last.lesson || state.step !== last.step) say("step", { lesson: state.lesson, step: state.step });
  };
  app().tell = look;
  globalThis.kubePlayground.failed = (reason) => say("failed", reason);
  if (app().ask) look(JSON.stringify(ask({ do: "state" })));
  addEventListener("resize", () => say("resize", { width: innerWidth, height: innerHeight }));
}
