/** What the page itself shows where the app is not there: a heading, what it says, and what a person can choose. */

export function button(textContent: string, onclick: () => void, primary = false): HTMLElement {
  return element("button", { className: primary ? "btn primary" : "btn", textContent, onclick });
}

/** A page of its own, over all else. */
export function screen(title: string, paragraphs: string[], choices: HTMLElement[]): HTMLElement {
  const page = element("main", { className: "crash" }, [
    element("div", {}, [
      element("h1", { textContent: title, tabIndex: -1 }),
      ...paragraphs.map((textContent) => element("p", { textContent })),
      element("div", { className: "row" }, choices),
    ]),
  ]);
  page.setAttribute("role", "alert");
  return page;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  children: Node[] = [],
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
