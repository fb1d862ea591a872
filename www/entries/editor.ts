// `<kp-editor>`: see ../editor/element.ts.
import { KpEditor } from "../editor/element";

customElements.define("kp-editor", KpEditor);
