/**
 * Where this page keeps its session.
 *
 * - `shared`: in localStorage, for every later visit. One tab at a time has it.
 * - `own`: in sessionStorage, for this tab alone: another tab has the shared one, or had taken it from here.
 * - `memory`: nowhere: inside another page, or where the browser forbids both.
 */
export type Mode = "shared" | "own" | "memory";

export interface Keeping {
  mode: Mode;
  /** Another tab has the shared session. */
  second: boolean;
  /** What `kube-playground.owner` holds while the shared session is this tab's. */
  readonly id: string;
  /** Finds out which it is. */
  claim(): Promise<void>;
  /** Takes the shared session from whichever tab has it, and opens it here. */
  takeOver(): Promise<void>;
  /** From now on this tab is a session of its own. */
  leave(): void;
  /** Where the session is; undefined when it is nowhere. */
  store(): Storage | undefined;
}

export const prefix = "kube-playground.";
/** Told to the page when another tab has taken the session. */
const lost = "kube-playground-lost";
/** Milliseconds that another tab may take to answer, or to go away when a page is loaded again. */
const patience = 1_500;

/** A storage that can be written to. */
function usable(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    const storage = globalThis[name];
    storage.setItem(`${prefix}try`, "1");
    storage.removeItem(`${prefix}try`);
    return storage;
  } catch {
    return undefined;
  }
}

/** Whether this page stands in another one, which has not asked for anything to be kept. */
function embedded(): boolean {
  return window.top !== window || new URLSearchParams(location.search).get("embed") === "1";
}

const releases: (() => void)[] = [];

/** True once no other tab holds the lock, and then holds it until `lose` is called; false when one goes on holding it. */
async function hold(name: string, lose: () => void): Promise<boolean> {
  const request = (options: LockOptions): Promise<boolean> =>
    new Promise((resolve) => {
      let held = false;
      const granted = (lock: Lock | null): Promise<void> | undefined => {
        held = lock !== null;
        resolve(held);
        // Until the page goes, or another takes it. What nobody can reach the browser may throw away.
        return held ? new Promise<void>((release) => releases.push(release)) : undefined;
      };
      navigator.locks.request(name, options, granted).catch(() => (held ? lose() : resolve(false)));
    });
  // A busy machine may take long to say that nobody has it: only where somebody has, time is counted.
  return (await request({ ifAvailable: true })) || request({ signal: AbortSignal.timeout(patience) });
}

/** Puts one tab's session where it can be opened again: see src/session/aside.rs. */
export function setAside(own: Storage, shared: Storage, session: string): void {
  const begin = `${prefix}progress.`;
  const names = Object.keys(own).filter((name) => name.startsWith(begin));
  const progress = Object.fromEntries(names.map((name) => [name.slice(begin.length), own.getItem(name)]));
  const lesson = own.getItem(`${prefix}lesson`) ?? "service";
  // A lesson from elsewhere goes with its session.
  const opened = (lesson === "opened" && own.getItem(`${prefix}opened`)) || undefined;
  const one = { session, lesson, progress, at: Date.now(), opened };
  let before: unknown;
  try {
    before = JSON.parse(shared.getItem(`${prefix}aside`) ?? "[]");
  } catch {
    // What cannot be read cannot be opened.
  }
  shared.setItem(`${prefix}aside`, JSON.stringify([one, ...(Array.isArray(before) ? before : [])]));
  for (const name of names) own.removeItem(name);
}

export function keeping(): Keeping {
  const lock = `${prefix}session`;
  const id = Math.random().toString(36).slice(2);
  const lose = () => {
    if (self.mode === "shared") dispatchEvent(new Event(lost));
  };
  addEventListener("storage", ({ key, newValue }) => {
    if (key === `${prefix}owner` && newValue !== id) lose();
  });

  /** As `hold`, where there are no locks (a page without https): asks the other tabs. */
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      const channel = new BroadcastChannel(lock);
      const timer = setTimeout(() => resolve(true), patience);
      channel.addEventListener("message", ({ data }) => {
        if (data === "anybody?" && self.mode === "shared") channel.postMessage("here");
        if (data !== "here") return;
        clearTimeout(timer);
        resolve(false);
      });
      channel.postMessage("anybody?");
    });

  const self: Keeping = {
    mode: "memory",
    second: false,
    id,
    async claim() {
      const [shared, own] = [usable("localStorage"), usable("sessionStorage")];
      if (embedded() || !shared) return;
      if (own?.getItem(`${prefix}session`)) {
        self.mode = "own";
        return;
      }
      const free = navigator.locks ? await hold(lock, lose) : await ask();
      if (free) {
        shared.setItem(`${prefix}owner`, id);
        self.mode = "shared";
      } else {
        self.second = true;
        self.mode = own ? "own" : "memory";
      }
    },
    async takeOver() {
      const [shared, own] = [usable("localStorage"), usable("sessionStorage")];
      const mine = own?.getItem(`${prefix}session`);
      // What was done here is not thrown away: it is what can be gone back to.
      if (own && shared && mine) setAside(own, shared, mine);
      for (const name of ["session", "files", "link", "unfinished"]) own?.removeItem(prefix + name);
      shared?.setItem(`${prefix}owner`, id);
      await navigator.locks?.request(lock, { steal: true }, () => {});
      location.reload();
    },
    leave() {
      self.mode = usable("sessionStorage") ? "own" : "memory";
    },
    store() {
      return self.mode === "memory" ? undefined : usable(self.mode === "own" ? "sessionStorage" : "localStorage");
    },
  };
  return self;
}
