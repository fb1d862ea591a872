// A student at the page: types, clicks, waits and looks, as a person would.

/** What a browser context needs for the clipboard to be read. */
export const copying = { permissions: ["clipboard-read", "clipboard-write"] };

/** Presses a button of Share, and gives what is on the clipboard then. */
export async function copies(page, name) {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("button", { name: "Copied", exact: true }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Drops a file or a folder of this computer onto the left part of a page, as a hand does. */
export async function drops(page, path) {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize();
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: width / 8, y: height / 2, data: { items: [], files: [path], dragOperationsMask: 1 } });
  }
}

export class Student {
  constructor(t, page) {
    Object.assign(this, { t, page });
  }

  /** Opens the page and waits until a command can be typed, and all of the page is there. */
  static async arrive(t, query, options) {
    const student = new Student(t, await t.open(query, options));
    await student.arrives();
    return student;
  }

  /** Waits until a command can be typed, and all of the page is there: what is pressed before that is done later. */
  async arrives() {
    await this.reads(/student@laptop:~\$ $/);
    await this.page.waitForFunction(() => globalThis.kubePlayground.rest.came);
    // What was held until then is done, and what was printed before is on the screen.
    let before;
    await this.t.until(async () => {
      [before] = [await this.terminal(), await this.t.drawn(this.page)];
      return before === (await this.terminal());
    }, "the terminal goes on and on");
  }

  /** Opens a file of the editor by its tab. */
  async opens(file) {
    await this.page.getByRole("tab", { name: file, exact: true }).click();
    await this.page.waitForFunction((path) => document.querySelector("kp-editor")?.path === path, file);
  }

  /** Waits until the name of a file can be typed, and types it. */
  async names(file) {
    await this.page.waitForFunction(() => document.activeElement?.matches("dialog[open] input"));
    await this.page.keyboard.type(`${file}\n`);
  }

  /** Waits until the last line that was typed is kept. */
  async keeps() {
    const typed = () =>
      this.page.evaluate(() => {
        const session = JSON.parse(globalThis.kubePlayground.keeping.store()?.getItem("kube-playground.session") ?? "{}");
        return (session.entries ?? []).filter(([, , verb]) => verb === "type").map((entry) => entry[4]).join("");
      });
    await this.t.until(async () => this.line === undefined || (await typed()).includes(`${this.line}\r`), async () => `kept is ${(await typed()).slice(-200)}`);
  }

  /** The text of the terminal in front. */
  terminal() {
    return this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])")?.text ?? "");
  }

  /** Waits until the terminal shows something, after what it showed at `mark`. */
  async reads(pattern, { seconds, from = 0 } = {}) {
    let text = "";
    const shows = async () => {
      text = (await this.terminal()) + " ";
      text = text.replace(/(\$|#) $/, "$1 ");
      return pattern.test(text.slice(from));
    };
    await this.t.until(shows, () => `the terminal does not show ${pattern}, but:\n${text.slice(from).slice(-1500)}`, { seconds });
    return text;
  }

  /** The size of the terminal in front, which it has once it is laid out. */
  async size() {
    return (await this.page.waitForFunction(() => document.querySelector("kp-terminal:not([hidden])")?.size)).jsonValue();
  }

  /** Types a line into the terminal in front. */
  async types(line) {
    await this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await this.page.keyboard.type(line);
    await this.page.keyboard.press("Enter");
    this.line = line;
  }

  /** Types a line and waits until it has run to its end; gives what it printed. */
  async does(line) {
    const from = (await this.terminal()).length;
    await this.types(line);
    await this.ran(from);
    return (await this.terminal()).slice(from);
  }

  /** Types a line and waits for what it prints; gives that. */
  async runs(line, pattern, options) {
    const from = (await this.terminal()).length;
    await this.types(line);
    return (await this.reads(pattern, { ...options, from })).slice(from);
  }

  /** Clicks into the editor as a hand does: playwright's own click would first scroll the whole text to the middle. */
  async clicksEditor() {
    const { x, y } = await this.page.locator("kp-editor").boundingBox();
    await this.page.mouse.click(x + 120, y + 40);
  }

  /** What has the keyboard: its name, or its text. */
  focused() {
    return this.page.evaluate(() => {
      const at = document.activeElement;
      return (at?.getAttribute("aria-label") ?? at?.textContent ?? "").trim();
    });
  }

  /** Presses Tab until what has the keyboard is called so, or is this one; never more often than there can be stops. */
  async tabsTo(wanted, { back = false } = {}) {
    const is = async (name) => (wanted instanceof RegExp ? wanted.test(name) : wanted.evaluate((it) => it === document.activeElement));
    const met = [];
    for (let stop = 0; stop < 70; stop += 1) {
      await this.page.keyboard.press(back ? "Shift+Tab" : "Tab");
      const name = await this.focused();
      if (await is(name)) return name;
      met.push(name.slice(0, 30));
      // Out of a terminal or an editor, as the page says.
      if (await this.page.evaluate(() => !!document.activeElement?.closest("kp-terminal, kp-editor"))) await this.page.keyboard.press("Escape");
    }
    throw new Error(`Tab never comes to ${wanted}, but to: ${met.join(", ")}`);
  }

  async interrupts() {
    await this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await this.page.keyboard.press("Control+C");
  }

  /** Waits until no command runs in the terminal in front and its prompt is there. */
  async rests({ from = 0 } = {}) {
    const runs = this.page.locator('.terminals [role=tab][aria-selected="true"] .visually-hidden');
    await this.t.until(
      async () => {
        await this.reads(/[$#] $/, { from });
        return (await runs.count()) === 0;
      },
      async () => `a command still runs: ${(await this.terminal()).slice(-1500)}`,
    );
  }

  /** Waits until a line that was to be typed has been, and has run to its end. */
  async ran(from) {
    await this.reads(/\n[^]*[$#] $/, { from });
    await this.rests();
  }

  /** The names of the cards that the drawn route touches; nothing when none is drawn. */
  routeMeets() {
    return this.page.evaluate(() => {
      const route = document.querySelector(".picture .route");
      if (!route) return undefined;
      const cards = [...document.querySelectorAll('.picture rect.edge[role="button"]')];
      const met = new Set();
      for (let at = 0; at <= route.getTotalLength(); at += 1) {
        const { x, y } = route.getPointAtLength(at);
        for (const card of cards) {
          const box = card.getBBox();
          const inside = x > box.x - 1 && x < box.x + box.width + 1 && y > box.y - 1 && y < box.y + box.height + 1;
          if (inside) met.add(card.getAttribute("aria-label").split(",")[0]);
        }
      }
      return [...met];
    });
  }

  /** Waits until the drawn route touches these cards, in this order, and no others. */
  async routeIs(...cards) {
    let met;
    const fits = (name, at) => (cards[at] instanceof RegExp ? cards[at].test(name) : cards[at] === name);
    await this.t.until(
      async () => {
        met = await this.routeMeets();
        return met?.length === cards.length && met.every(fits);
      },
      () => `the route touches ${met}, not ${cards.join(", ")}`,
    );
  }

  /** Words of the lesson's code that are broken though they would fit on a line, or parted from the particle after them. */
  brokenWords() {
    return this.page.evaluate(() => {
      const wrong = [];
      const lines = (node, from, to) => {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        return [...range.getClientRects()].filter((it) => it.width > 0);
      };
      const texts = (root) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) found.push(walker.currentNode);
        return found;
      };
      for (const code of document.querySelectorAll(".lesson code")) {
        let block = code;
        while (/inline$|contents/.test(getComputedStyle(block).display)) block = block.parentElement;
        const style = getComputedStyle(block);
        const room = block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        for (const node of texts(code)) {
          for (const word of node.data.matchAll(/\S+/g)) {
            const parts = lines(node, word.index, word.index + word[0].length);
            const tops = new Set(parts.map((it) => Math.round(it.top)));
            if (tops.size > 1 && parts.reduce((sum, it) => sum + it.width, 0) < room) wrong.push(word[0]);
          }
        }
      }
      for (const paragraph of document.querySelectorAll(".lesson :is(p, .title, .question)")) {
        const all = texts(paragraph).filter((it) => it.data !== "");
        all.slice(1).forEach((node, index) => {
          const before = all[index];
          const parts = before.parentElement.closest("code") && !node.parentElement.closest("code") && /^[가-힣]/.test(node.data) && /\S$/.test(before.data);
          if (!parts) return;
          const [last, first] = [lines(before, before.length - 1, before.length).pop(), lines(node, 0, 1)[0]];
          if (last && first && first.top > last.bottom - 4) wrong.push(before.data + " | " + node.data.slice(0, 4));
        });
      }
      return wrong;
    });
  }

  /** The step the lesson is at, such as `3 / 7`. */
  step() {
    return this.page.locator(".lesson header .where").innerText();
  }

  /** Waits until all checks of the step are ticked. */
  async achieves() {
    await this.page
      .locator(".lesson .finished")
      .waitFor()
      .catch(async () => {
        const open = await this.page.locator(".lesson .goals .step:not(.done)").allInnerTexts();
        throw new Error(`step ${await this.step()} is not done: ${open.join(" | ")}\n${(await this.terminal()).slice(-1200)}`);
      });
  }

  /** Goes on to the next step. */
  async goesOn() {
    const broken = await this.brokenWords();
    this.t.check(broken.length === 0, `broken in the middle: ${broken.join(", ")}`);
    const before = await this.step();
    await this.page.locator(".lesson .finished .btn.primary").click();
    await this.page.waitForFunction((text) => document.querySelector(".lesson header .where")?.textContent !== text, before);
  }

  /** The commands of the step. */
  commands() {
    return this.page.locator(".lesson .cmd");
  }

  /** Predicts, if asked to, then runs the step's command number `index`; stops it if it would never end. */
  async follows(index, choice = 0) {
    const card = this.page.locator(".lesson > .step").nth(index);
    const choices = card.locator(".choice");
    if (await choices.count()) await choices.nth(Math.min(choice, (await choices.count()) - 1)).click();
    const line = (await card.locator(".cmd code").innerText()).split("\n").pop();
    const from = (await this.terminal()).length;
    await card.locator(".cmd .run").click();
    if (/^ping/.test(line)) {
      await this.reads(/(bytes from|Unreachable)[^]*(bytes from|Unreachable)/, { from });
      await this.interrupts();
      await this.reads(/packets transmitted/, { from });
    }
    await this.ran(from);
    return { line, printed: (await this.terminal()).slice(from) };
  }
}
