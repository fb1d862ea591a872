// A student at the page: types, clicks, waits and looks, as a person would.

export class Student {
  constructor(t, page) {
    Object.assign(this, { t, page });
  }

  /** Opens the page and waits until a command can be typed. */
  static async arrive(t, query, options) {
    const page = await t.open(query, options);
    const student = new Student(t, page);
    await student.reads(/student@laptop:~\$ $/);
    return student;
  }

  /** The text of the terminal in front. */
  terminal() {
    return this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])")?.text ?? "");
  }

  /** Waits until the terminal shows something, after what it showed at `mark`. */
  async reads(pattern, { seconds = 20, from = 0 } = {}) {
    const end = Date.now() + seconds * 1000;
    let text = "";
    while (Date.now() < end) {
      text = (await this.terminal()) + " ";
      text = text.replace(/(\$|#) $/, "$1 ");
      if (pattern.test(text.slice(from))) return text;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`the terminal does not show ${pattern} after ${seconds} s, but:\n${text.slice(from).slice(-1500)}`);
  }

  /** Types a line into the terminal in front. */
  async types(line) {
    await this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await this.page.keyboard.type(line);
    await this.page.keyboard.press("Enter");
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

  /** Presses Tab until what has the keyboard fits; never more often than there can be stops. */
  async tabsTo(pattern, { back = false } = {}) {
    const met = [];
    for (let stop = 0; stop < 70; stop += 1) {
      await this.page.keyboard.press(back ? "Shift+Tab" : "Tab");
      const name = await this.focused();
      if (pattern.test(name)) return name;
      met.push(name.slice(0, 30));
      // Out of a terminal or an editor, as the page says.
      if (await this.page.evaluate(() => !!document.activeElement?.closest("kp-terminal, kp-editor"))) await this.page.keyboard.press("Escape");
    }
    throw new Error(`Tab never comes to ${pattern}, but to: ${met.join(", ")}`);
  }

  async interrupts() {
    await this.page.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await this.page.keyboard.press("Control+C");
  }

  /** Waits until no command runs in the terminal in front and its prompt is there. */
  async rests(seconds = 30) {
    await this.page.locator('.terminals [role=tab][aria-selected="true"] .visually-hidden').waitFor({ state: "detached", timeout: seconds * 1000 });
    await this.reads(/[$#] $/, { seconds });
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
  async achieves(seconds = 30) {
    await this.page
      .locator(".lesson .finished")
      .waitFor({ timeout: seconds * 1000 })
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
    await this.page.waitForTimeout(250);
    await this.rests();
    return { line, printed: (await this.terminal()).slice(from) };
  }
}
