/** What a playground says of itself; times are milliseconds of the cluster's time. */
export interface PlaygroundState {
  lesson: string | null;
  step?: number;
  /** Of each step, whether its checks are ticked. */
  done?: boolean[];
  time: number;
  commands: PlaygroundCommand[];
  lang: string;
  theme?: string;
  /** Of the messages. */
  version: number;
}

export interface PlaygroundCommand {
  line: string;
  began: number;
  /** Not yet, if null. */
  ended: number | null;
}

export interface PlaygroundBeginning {
  lesson?: string;
  step?: number;
  seed?: number;
  run?: string;
  fill?: string;
  file?: string;
  /** Saved in the home folder; alone, nothing begins anew. */
  files?: Record<string, string>;
}

export interface PlaygroundEvents {
  ready: PlaygroundState;
  step: { lesson: string; step: number };
  completed: { lesson: string; step: number; all: boolean };
  command: PlaygroundCommand;
  resize: { width: number; height: number };
  failed: string;
}

export type PlaygroundPanel = "lesson" | "picture" | "timeline" | "terminal" | "editor";

/** `<kube-playground>`. Each method waits until the playground is there, fetching it if need be. */
export interface KubePlaygroundElement extends HTMLElement {
  /** Fetches the playground now. */
  start(): void;
  /** Types commands and sends them; `place` is `outside`, `node` or `pod/NAME`. */
  run(text: string, place?: string): Promise<unknown>;
  /** Types into the terminal in front. */
  type(text: string): Promise<unknown>;
  files(): Promise<Record<string, string>>;
  files(save: Record<string, string>): Promise<unknown>;
  state(): Promise<PlaygroundState>;
  step(): Promise<number | undefined>;
  step(to: number): Promise<unknown>;
  load(beginning: PlaygroundBeginning | string): Promise<unknown>;
  /** A link that holds the whole session. */
  share(): Promise<string>;
  reset(): Promise<unknown>;
  show(panel: PlaygroundPanel): Promise<unknown>;
  setTheme(theme: "light" | "dark" | "auto"): Promise<unknown>;
  setLang(lang: "ko" | "en"): Promise<unknown>;
  /** Gives what ends it. */
  on<Name extends keyof PlaygroundEvents>(event: Name, hear: (detail: PlaygroundEvents[Name]) => void): () => void;
}

declare global {
  interface HTMLElementTagNameMap {
    "kube-playground": KubePlaygroundElement;
    "kube-run": HTMLElement;
  }
}
