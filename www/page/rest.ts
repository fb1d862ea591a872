/** The rest of the page's wasm: what no first prompt needs, fetched while a person reads (`xtask/src/split.rs`). */
export interface Rest {
  /** Takes what the first part exports; the rest imports it. */
  offer(exports: WebAssembly.Exports): void;
  /** Fetches the rest, once; true when it is there. False when it could not be had: the next call tries again. */
  fetch(): Promise<boolean>;
  /** Fetches the rest and waits, the page standing still. For a function that is needed before `fetch` is done. */
  fetchNow(): void;
  /** How it came: for tests. */
  came: "" | "unsplit" | "later" | "at once";
}

/** Where the rest is; empty when the page's wasm is whole. */
function address(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="rest-of-wasm"]')?.content ?? "";
}

export function rest(): Rest {
  let first: WebAssembly.Exports = {};
  let fetching: Promise<boolean> | undefined;
  noteExports((exports) => (first = exports));
  const imports = (): WebAssembly.Imports => ({ first: first as WebAssembly.ModuleImports });

  async function fetchLater(): Promise<boolean> {
    try {
      const response = await fetch(address());
      if (!response.ok) return false;
      // Not streaming: that wants a server which knows the type of wasm.
      const module = await WebAssembly.compile(await response.arrayBuffer());
      if (!self.came) {
        await WebAssembly.instantiate(module, imports());
        self.came ||= "later";
      }
      return true;
    } catch (error) {
      console.warn("the rest of the page's wasm did not arrive", error);
      return false;
    }
  }

  const self: Rest = {
    came: "",
    offer(exports) {
      first = exports;
      if (!address()) self.came = "unsplit";
    },
    fetch() {
      if (self.came) return Promise.resolve(true);
      fetching ??= fetchLater().finally(() => (fetching = undefined));
      return fetching;
    },
    fetchNow() {
      if (self.came) return;
      const request = new XMLHttpRequest();
      request.open("GET", address(), false);
      // The only way to get bytes without waiting for an event: a letter each.
      request.overrideMimeType("text/plain; charset=x-user-defined");
      request.send();
      if (request.status !== 200) throw new Error(`the rest of the page's wasm: ${request.status}`);
      const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
      new WebAssembly.Instance(new WebAssembly.Module(bytes), imports());
      self.came = "at once";
    },
  };
  return self;
}

/**
 * Tells what the first part exports before anything in it runs: already what leads to `offer` may call a stub, where
 * another compiler or a change inlined otherwise than when the list of what comes first was made.
 */
function noteExports(tell: (exports: WebAssembly.Exports) => void): void {
  const notes =
    <Arguments extends unknown[], Result>(original: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const made = (await original.apply(WebAssembly, given)) as Result & { instance?: WebAssembly.Instance };
      if (made.instance && "fetchRestNow" in made.instance.exports) tell(made.instance.exports);
      return made;
    };
  WebAssembly.instantiate = notes(WebAssembly.instantiate) as typeof WebAssembly.instantiate;
  WebAssembly.instantiateStreaming = notes(WebAssembly.instantiateStreaming) as typeof WebAssembly.instantiateStreaming;
}
