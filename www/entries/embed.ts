// `<kube-playground>` and `<kube-run>`, for pages of others: see docs/embedding.md.
import { sheetOf } from "../embed/address";
import { KubePlayground } from "../embed/element";
import { KubeRun } from "../embed/run";

document.adoptedStyleSheets.push(sheetOf("@media print{.kube-run{display:none}}"));
const elements = { "kube-playground": KubePlayground, "kube-run": KubeRun };
// A page that has the script twice has the elements once.
for (const [name, element] of Object.entries(elements)) customElements.get(name) ?? customElements.define(name, element);
