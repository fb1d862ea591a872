/** An attribute's value. */
export const get = (element: Element, name: string): string | null => element.getAttribute(name);

/** A new element. */
export const make = <Name extends keyof HTMLElementTagNameMap>(name: Name): HTMLElementTagNameMap[Name] => document.createElement(name);

/** A style sheet, which a host's policy cannot refuse as it does a `<style>`. */
export function sheetOf(style: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  return sheet;
}

/** The playground's folder: where this script came from. A module cannot know that; there `src` says it. */
const folder = new URL(".", (document.currentScript as HTMLScriptElement | null)?.src ?? location.href);

/** The attributes that the address of the page in the frame has, too. */
const names = ["lesson", "step", "seed", "panels", "theme", "file", "run", "fill"];

/** The language of an element's surroundings, if the playground has it: a text in Korean has a Korean playground. */
export function langOf(element: Element): string | undefined {
  return /^(ko|en)\b/.exec(element.closest<HTMLElement>("[lang]")?.lang as string)?.[0];
}

/** The address of the page in an element's frame. */
export function addressOf(element: Element): URL {
  const address = new URL(get(element, "src") ?? folder, folder);
  const set = (name: string, value: string | null | undefined) => value && value !== "auto" && address.searchParams.set(name, value);
  set("embed", "1");
  set("lang", langOf(element));
  for (const name of names) set(name, get(element, name));
  return address;
}
