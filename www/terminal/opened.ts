import { Terminal } from "@xterm/xterm";
import { terminalTheme } from "./theme";

/** A terminal that was opened before anybody asked for one, and the hidden place where it was. */
let ahead: { terminal: Terminal; place: HTMLElement } | undefined;

/**
 * Opens an xterm.js terminal out of sight. That takes longer than anything else of the first drawing, and the page has nothing
 * to do while the wasm is on its way.
 */
export function openAhead(): void {
  if (ahead || document.querySelector("kp-terminal")) return;
  const place = document.createElement("div");
  // It has to be laid out: xterm.js measures its letters.
  place.style.cssText = "position:fixed;visibility:hidden;width:600px;height:300px;overflow:hidden;contain:strict";
  place.ariaHidden = "true";
  place.inert = true;
  document.body.append(place);
  ahead = { terminal: open(place), place };
}

/** A terminal in `host`: the one that was opened ahead, or a new one. */
export function opened(host: HTMLElement): Terminal {
  const { terminal, place } = ahead ?? {};
  ahead = undefined;
  if (!terminal?.element) return open(host);
  host.append(terminal.element);
  place?.remove();
  Object.assign(terminal.options, terminalTheme(host));
  return terminal;
}

function open(host: HTMLElement): Terminal {
  const terminal = new Terminal({
    ...terminalTheme(host),
    // The cursor does not blink: that is an animation which has styles calculated 60 times a second.
    convertEol: false,
    scrollback: 5000,
    macOptionIsMeta: true,
    // Right click pastes nowhere by surprise: the browser's own menu does that.
    rightClickSelectsWord: false,
  });
  terminal.open(host);
  return terminal;
}
