// `<kp-terminal>`: see ../terminal/element.ts.
import { KpTerminal } from "../terminal/element";

customElements.define("kp-terminal", KpTerminal);
