/** In another page's frame: that page may ask for something, and is told what goes wrong. */
function answerHost() {
  if (parent !== window) import(new URL("embedded.js", document.baseURI).href).catch(() => {});
}

// What Trunk tells while the wasm arrives, shown in the page's frame.
export default function loader() {
  return {
    onStart() {
      // The rest of the wasm comes through page.js: without it the first command would end in an error.
      if (!globalThis.kubePlayground) throw new Error("page.js is missing");
    },
    onProgress({ current, total }) {
      const bar = document.getElementById("loading");
      // With compression the length that was announced may be less than what arrives.
      if (bar && total > 0) bar.value = Math.min(current / total, 1);
    },
    onComplete() {},
    onSuccess() {
      answerHost();
      // The first prompt has the processor for itself. Where no terminal is shown the editor comes a little later.
      const { asked, arrival } = kubePlayground.rest;
      Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 2_000))]).then(() => {
        import(new URL("editor.js", document.baseURI).href).catch(() => globalThis.partMissing?.("editor.js"));
      });
      // Without it nothing is missing but a visit without a network.
      arrival.then(() => import(new URL("offline.js", document.baseURI).href)).then((it) => it.register(), () => {}).catch(() => {});
    },
    onFailure(error) {
      answerHost();
      if (error instanceof WebAssembly.RuntimeError) globalThis.kubePlayground?.crash(String(error));
      // Where a policy allows no wasm, the compiler says so.
      else globalThis.partMissing?.(/Content Security Policy|unsafe-eval/i.test(String(error)) ? "webassembly" : "wasm");
    },
  };
}
