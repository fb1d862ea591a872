import { stubs } from "./stubs";

/** The rest of the page's wasm: what no first prompt needs, fetched while a person reads (`xtask/src/split`). */
export interface Rest {
  /** Takes what the first part exports; the rest imports it. */
  offer(exports: WebAssembly.Exports): void;
  /** Fetches the rest, once; true when it is there. False when it could not be had: the next call tries again. */
  fetch(): Promise<boolean>;
  /** Fetches the rest and waits, the page standing still: for a function that is needed before `fetch` is done, which no
   * press of a person should come to (./hold.ts). What cannot be had after all stops the app, with a word. */
  fetchNow(): void;
  /** Fetches the rest, again and again with growing waits until it is there. */
  arrive(): Promise<void>;
  /** Once the rest was asked for: the first prompt is there. */
  asked: Promise<void>;
  /** Once the rest is there. */
  arrival: Promise<void>;
  /** Tells a person that something waits for the rest. What was told goes with the arrival. */
  say(what: "waiting" | "failed"): void;
  /** How it came: for tests. */
  came: "" | "unsplit" | "later" | "at once";
}

const texts = {
  ko: {
    waiting: "페이지의 나머지를 받는 중입니다. 다 받는 대로 누르신 것을 실행합니다.",
    failed: "페이지의 나머지를 받지 못했습니다. 네트워크를 확인해 주세요. 잠시 뒤에 다시 시도합니다.",
    again: "지금 다시 시도",
  },
  en: {
    waiting: "Fetching the rest of this page. What you pressed is done as soon as it is here.",
    failed: "The rest of this page did not arrive. Please check the network; it is tried again shortly.",
    again: "Try again now",
  },
};

/** Milliseconds before the first try again; each wait is twice the one before, up to the longest. */
const firstWait = 1_000;
const longestWait = 30_000;

/** Where the rest is; empty when the page's wasm is whole. */
function address(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="rest-of-wasm"]')?.content ?? "";
}

export function rest(): Rest {
  let first: WebAssembly.Exports = {};
  let fetching: Promise<boolean> | undefined;
  /** What has arrived, until it is compiled. */
  let arrived: ArrayBuffer | undefined;
  /** The rest on its way, from when the first part has arrived and the network is idle; nothing looks at it before `fetch`. */
  let ahead: Promise<Response> | undefined;
  noteExports((exports) => {
    first = exports;
    if (!address()) return;
    ahead = fetch(address(), { priority: "low" });
    ahead.catch(() => {});
  });
  let ask = () => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let here = () => {};
  const arrival = new Promise<void>((resolve) => (here = resolve));
  const note = document.createElement("div");
  note.className = "rest-note";
  note.setAttribute("role", "status");
  const come = (how: Rest["came"]) => {
    self.came ||= how;
    note.remove();
    here();
  };
  const imports = (): WebAssembly.Imports => ({ first: first as WebAssembly.ModuleImports });

  async function fetchLater(): Promise<boolean> {
    try {
      const response = await (ahead ?? fetch(address()));
      ahead = undefined;
      if (!response.ok) throw new Error(`${response.status}`);
      // Not streaming: that wants a server which knows the type of wasm.
      arrived = await response.arrayBuffer();
      const module = await WebAssembly.compile(arrived);
      if (!self.came) {
        await WebAssembly.instantiate(module, imports());
        come("later");
      }
      return true;
    } catch (error) {
      ahead = undefined;
      console.warn("the rest of the page's wasm did not arrive", error);
      self.say("failed");
      return false;
    }
  }

  const self: Rest = {
    came: "",
    asked,
    arrival,
    offer(exports) {
      first = exports;
      if (!address()) come("unsplit");
    },
    fetch() {
      ask();
      if (self.came) return Promise.resolve(true);
      fetching ??= fetchLater().finally(() => (fetching = undefined));
      return fetching;
    },
    async arrive() {
      for (let wait = firstWait; !(await self.fetch()); wait = Math.min(2 * wait, longestWait)) {
        await Promise.race([arrival, new Promise((resolve) => setTimeout(resolve, wait))]);
      }
    },
    say(what) {
      const text = texts[document.documentElement.lang === "ko" ? "ko" : "en"];
      const again = document.createElement("button");
      again.className = "btn small";
      again.textContent = text.again;
      again.addEventListener("click", () => void self.fetch());
      note.replaceChildren(text[what], ...(what === "failed" ? [again] : []));
      document.body.append(note);
    },
    fetchNow() {
      ask();
      if (self.came) return;
      const bytes = arrived ?? bytesNow(address());
      if (!bytes) {
        // The function that wants it cannot go on, nor can whoever called it.
        globalThis.kubePlayground.incomplete();
        throw new Error("the rest of the page's wasm did not arrive");
      }
      new WebAssembly.Instance(new WebAssembly.Module(bytes), imports());
      come("at once");
    },
  };
  return self;
}

/** How often bytes are asked for that nothing can wait for. */
const tries = 3;

/** Fetches bytes, the page standing still; undefined when they cannot be had. */
function bytesNow(address: string): Uint8Array<ArrayBuffer> | undefined {
  for (let left = tries; left > 0; left -= 1) {
    try {
      const request = new XMLHttpRequest();
      request.open("GET", address, false);
      // The only way to get bytes without waiting for an event: a letter each.
      request.overrideMimeType("text/plain; charset=x-user-defined");
      request.send();
      if (request.status === 200) return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
    } catch {
      // The network: perhaps the next try.
    }
  }
  return undefined;
}

/**
 * Puts the stubs into the first part's table, and tells what it exports, before anything in it runs: already what leads to
 * `offer` may call a stub, where another compiler or a change inlined otherwise than when the list of what comes first was made.
 */
function noteExports(tell: (exports: WebAssembly.Exports) => void): void {
  const notes =
    <Arguments extends unknown[], Result>(original: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const made = (await original.apply(WebAssembly, given)) as Result & Partial<WebAssembly.WebAssemblyInstantiatedSource>;
      if (made.module && made.instance && "fetchRestNow" in made.instance.exports) {
        const first = made.instance.exports;
        tell(first);
        for (const list of WebAssembly.Module.customSections(made.module, "stubs")) {
          await WebAssembly.instantiate(await WebAssembly.compile(stubs(new Uint8Array(list))), { first: first as WebAssembly.ModuleImports });
        }
      }
      return made;
    };
  WebAssembly.instantiate = notes(WebAssembly.instantiate) as typeof WebAssembly.instantiate;
  WebAssembly.instantiateStreaming = notes(WebAssembly.instantiateStreaming) as typeof WebAssembly.instantiateStreaming;
}
