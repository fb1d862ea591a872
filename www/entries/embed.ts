// `<kube-playground>` and `<kube-run>`, for pages of others: see docs/embedding.md.
import { KubePlayground, name } from "../embed/element";
import { KubeRun, sheet } from "../embed/run";

const all = customElements;
// A page that has the script twice has the elements once.
if (!all.get(name)) {
  document.adoptedStyleSheets.push(sheet);
  all.define(name, KubePlayground);
  all.define("kube-run", KubeRun);
}
