import { button, element } from "../page/screen";
import { t } from "./texts";

/** A dialog with a heading: `fill` puts into it what it is about, and is given what closes it. */
export function dialog(title: string, fill: (close: () => void) => Node[]): HTMLDialogElement {
  const before = document.activeElement;
  const heading = element("h2", { textContent: title, id: "dialog-title" });
  const box = element("dialog", {}, [heading]);
  box.setAttribute("aria-labelledby", heading.id);
  const close = () => box.close();
  box.append(...fill(close));
  box.addEventListener("close", () => {
    box.remove();
    if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus();
  });
  document.body.append(box);
  box.showModal();
  return box;
}

export const paragraph = (textContent: string, className = ""): HTMLElement => element("p", { textContent, className });

/** Buttons at a dialog's end. */
export const row = (...buttons: Node[]): HTMLElement => element("div", { className: "row" }, buttons);

/** Asks for a name; `isGood` says whether it may be one. */
export function askName(title: string, label: string, isGood: (name: string) => boolean, then: (name: string) => void): void {
  dialog(title, (close) => {
    const input = element("input", { type: "text", id: "asked-name", spellcheck: false, autocomplete: "off" });
    const refused = paragraph("", "refused");
    refused.setAttribute("role", "alert");
    const form = element("form", {}, [
      element("label", { htmlFor: input.id, textContent: label }),
      input,
      refused,
      row(button(t.cancel, close), element("button", { type: "submit", className: "btn primary", textContent: t.add })),
    ]);
    form.querySelector("button")?.setAttribute("type", "button");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim();
      refused.textContent = isGood(name) ? "" : t.badName;
      if (!isGood(name)) return input.focus();
      close();
      then(name);
    });
    return [form];
  });
}

/** Shows commands to be changed and put somewhere: `ways` are the buttons, each with what it does with the commands. */
export function review(title: string, what: string, commands: string, byHand: string[], ways: [label: string, does: (text: string) => void][]): void {
  dialog(title, (close) => {
    const area = element("textarea", { value: commands, spellcheck: false });
    area.setAttribute("aria-label", title);
    const left = byHand.length ? [paragraph(t.byHand), element("pre", { textContent: byHand.join("\n") })] : [];
    const does = ways.map(([label, how], at) => button(label, () => (how(`${area.value.trimEnd()}\n`), close()), at === 0));
    return [paragraph(what), area, ...left, row(button(t.cancel, close), ...does)];
  });
}
