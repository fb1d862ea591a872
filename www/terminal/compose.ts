import type { Terminal } from "@xterm/xterm";

/** What xterm.js has no public name for. */
interface Helper {
  _isComposing: boolean;
  _compositionView: HTMLElement;
  _coreService: { triggerDataEvent(text: string, byPerson: boolean): void };
  compositionstart(): void;
  compositionend(): void;
  keydown(event: KeyboardEvent): boolean;
}

const DELETE = "\x7f";
/** CapsLock, Shift, Control, Alt: they end no composition. */
const modifiers = [16, 17, 18, 20];
/** A key that the input method takes. */
const PROCESSED = 229;

/**
 * Sends what an input method writes whole and in its order, also while the page is busy. xterm.js notes with a timer where a
 * syllable ends, and sends it with another one: where the next key is there before they are, a syllable was lost or sent twice.
 * Here a key that is not the input method's first sends all that was written before it.
 */
export function sendComposed(terminal: Terminal): void {
  const helper = (terminal as unknown as { _core?: { _compositionHelper?: Helper } })._core?._compositionHelper;
  const area = terminal.textarea;
  if (!helper || !area) return;
  /** The text of the text area of which nothing is to be sent any more. */
  let sent = "";
  /** Where in it that begins which is still being composed. */
  let from = 0;
  /** The input method has composed something since `sent` was first noted, and has not just written or deleted a letter. */
  let composed = false;
  /** Looks that are still to come; those of an earlier round are not. */
  let looks = 0;
  let round = 0;

  const note = () => {
    if (looks > 0 || helper._isComposing) return;
    sent = area.value;
    composed = false;
  };
  const send = () => {
    const text = helper._isComposing ? area.value.slice(0, from) : area.value;
    const before = sent;
    sent = text;
    const longer = text.length > before.length;
    if (longer) helper._coreService.triggerDataEvent(text.startsWith(before) ? text.slice(before.length) : text.replace(before, ""), true);
    else if (composed || text === before) return;
    else helper._coreService.triggerDataEvent(text.length < before.length ? DELETE : text, true);
  };
  // The text area holds what was written only after the event that says so.
  const sendSoon = () => {
    const mine = round;
    looks += 1;
    setTimeout(() => {
      if (mine !== round) return;
      looks -= 1;
      send();
    });
  };

  const start = helper.compositionstart.bind(helper);
  helper.compositionstart = () => {
    note();
    start();
    composed = true;
    from = area.value.length;
  };
  helper.compositionend = () => {
    // A key that was not the input method's has sent it.
    if (!helper._isComposing) return;
    helper._compositionView.classList.remove("active");
    helper._isComposing = false;
    sendSoon();
  };
  helper.keydown = ({ keyCode }) => {
    if (keyCode === PROCESSED) {
      note();
      if (!helper._isComposing) sendSoon();
      return false;
    }
    if (looks === 0 && !helper._isComposing) return true;
    if (modifiers.includes(keyCode)) return false;
    helper._compositionView.classList.remove("active");
    helper._isComposing = false;
    round += 1;
    looks = 0;
    send();
    return true;
  };
}
