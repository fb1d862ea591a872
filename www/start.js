// Starts the wasm: `cargo xtask build` writes this into index.html, with the names and the size of that build. It tells
// loader.js what Trunk's own script tells it.
import init from "./APP.js";
import loader from "./LOADER.js";

await framePainted;
const { onStart, onProgress, onComplete, onSuccess, onFailure } = loader();
onStart();

/** The answer with the wasm; each piece of it is told as it passes. */
async function arriving(source, total) {
  const answer = await fetch(source);
  let current = 0;
  const told = new TransformStream({
    transform(piece, passed) {
      current += piece.byteLength;
      onProgress({ current, total });
      passed.enqueue(piece);
    },
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body.pipeThrough(told), { status, statusText, headers });
}

let wasm;
try {
  wasm = await init({ module_or_path: arriving("./FIRST.wasm", SIZE) });
} catch (error) {
  wasm = error;
}
onComplete();
if (wasm instanceof Error) onFailure(wasm);
else onSuccess(wasm);
dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm } }));
