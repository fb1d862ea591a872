// What Trunk tells while the wasm arrives, shown in the page's frame.
export default function loader() {
  return {
    onStart() {},
    onProgress({ current, total }) {
      const bar = document.getElementById("loading");
      // With compression the length that was announced may be less than what arrives.
      if (bar && total > 0) bar.value = Math.min(current / total, 1);
    },
    onComplete() {},
    onSuccess() {
      // Nobody can type YAML before there is a cluster: the editor need not compete with what comes first.
      import(new URL("editor.js", document.baseURI).href);
    },
    onFailure(error) {
      globalThis.kubePlayground?.crash(String(error));
    },
  };
}
