// `<kp-terminal>`: see ../terminal/element.ts.
import { KpTerminal } from "../terminal/element";
import { openAhead } from "../terminal/opened";

customElements.define("kp-terminal", KpTerminal);
// When the page has nothing else to do; not every browser says when that is.
if ("requestIdleCallback" in globalThis) requestIdleCallback(openAhead);
else setTimeout(openAhead);
