import type { Rest } from "./rest";

/** The page's own shortcuts, which work from everywhere: see `shortcut` in src/app.rs. */
const shortcuts = /^(Digit[1-4]|Key[MPSZ])$/;

/**
 * Keeps what a person does with the page's own controls before all of the page is there, and does it once it is: nothing of
 * the app is called that might not have arrived. A terminal's keys go to the line editor, which holds what must wait
 * (src/session/rest.rs).
 */
export function holdUntilAllIsHere(rest: Rest): void {
  const held: Event[] = [];
  const hold = (event: Event) => {
    event.preventDefault();
    // The latest of what a slider or a field says is all of it.
    const same = held.findIndex(({ type, target }) => type === event.type && target === event.target && type !== "keydown");
    if (same >= 0) held.splice(same, 1);
    held.push(event);
    rest.say("waiting");
  };
  const listen = (event: Event) => {
    const target = event.target instanceof Element ? event.target : undefined;
    // A key pressed nowhere is the body's.
    if (rest.came || !target || (target !== document.body && !target.closest("#app"))) return;
    const typing = target.closest("kp-terminal, kp-editor") !== null;
    if (event instanceof KeyboardEvent) {
      const shortcut = event.altKey ? shortcuts.test(event.code) : event.key === "?" && !typing;
      if (typing && !shortcut) return;
      // What the browser does by itself it does: moving on, pressing the button whose click is held then.
      event.stopImmediatePropagation();
      if (shortcut) hold(event);
    } else if (!typing) {
      event.stopImmediatePropagation();
      hold(event);
    }
  };
  const kinds = ["click", "keydown", "input", "change"];
  for (const kind of kinds) addEventListener(kind, listen, { capture: true });

  void rest.arrival.then(() => {
    for (const kind of kinds) removeEventListener(kind, listen, { capture: true });
    for (const event of held) {
      const { target, type } = event;
      const copy = new (event.constructor as typeof Event)(type, event);
      if (target instanceof Element && target.isConnected) target.dispatchEvent(copy);
    }
  });
}
