// Panels: sized by hand and by keyboard, kept, one of them with all the room; type sizes; paper; a tablet.
import { Student } from "./student.mjs";

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en&lesson=service&step=2");
  const { page } = student;
  const measure = (selector) => page.locator(`.app > ${selector}`).evaluate((it) => ({ width: it.offsetWidth, height: it.offsetHeight }));
  const divider = (name) => page.getByRole("separator", { name: `Size of ${name}` });
  const drag = async (name, x, y) => {
    const box = await divider(name).boundingBox();
    const [fromX, fromY] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(fromX, fromY);
    await page.mouse.down();
    await page.mouse.move(fromX + x, fromY + y, { steps: 4 });
    await page.mouse.up();
    await t.drawn(page);
  };
  await t.step("dragged", async () => {
    const [lesson, side, terminal] = [await measure(".lesson"), await measure(".side"), await measure(".terminals")];
    const { cols } = await student.size();
    await drag("Lesson", -60, 0);
    await drag("YAML editor", 80, 0);
    await drag("Terminal", 0, -90);
    const now = [(await measure(".lesson")).width - lesson.width, (await measure(".side")).width - side.width, (await measure(".terminals")).height - terminal.height];
    t.check(now.every((by, at) => Math.abs(by - [-60, -80, 90][at]) < 6), `they were dragged by ${now}`);
    await t.until(async () => (await student.size()).cols > cols + 10, "the terminal has no more columns");
    await t.screenshot(page, "dragged");
  });
  await t.step("kept", async () => {
    const before = await measure(".terminals");
    await page.reload();
    await student.arrives();
    const after = await measure(".terminals");
    t.check(after.width === before.width && after.height === before.height, `${JSON.stringify(before)}, after a reload ${JSON.stringify(after)}`);
  });
  await t.step("by keyboard", async () => {
    const line = divider("Terminal");
    await line.focus();
    const before = await measure(".terminals");
    await page.keyboard.press("ArrowUp");
    await t.drawn(page);
    const up = await measure(".terminals");
    t.check(up.height === before.height + 16, `from ${before.height} to ${up.height}`);
    t.check(Number(await line.getAttribute("aria-valuenow")) === up.height, `it says ${await line.getAttribute("aria-valuenow")}`);
    await page.keyboard.press("Home");
    await t.drawn(page);
    const least = await measure(".terminals");
    await page.keyboard.press("End");
    await t.drawn(page);
    const most = await measure(".terminals");
    t.check(least.height < before.height && most.height > before.height, `from ${least.height} to ${most.height}`);
    await line.dblclick();
    await t.drawn(page);
    t.check(Math.abs((await measure(".terminals")).height - 0.32 * 900) < 3, "a double click does not give it its usual size");
    await divider("Lesson").dblclick();
    await t.accessible(page, "panels");
  });
  await t.step("timeline and inspector, too", async () => {
    const high = (selector) => page.locator(selector).evaluate((it) => it.offsetHeight);
    for (const [name, selector] of [["Timeline", ".app > .timeline"], ["Inspector", ".side > .inspector"]]) {
      const before = await high(selector);
      await drag(name, 0, -40);
      t.check(Math.abs((await high(selector)) - before - 40) < 6, `${name}: from ${before} to ${await high(selector)}`);
      await divider(name).focus();
      await page.keyboard.press("ArrowDown");
      await t.drawn(page);
      t.check(Math.abs((await high(selector)) - before - 24) < 6, `${name}, by keyboard: from ${before} to ${await high(selector)}`);
      await page.keyboard.press("End");
      await t.drawn(page);
      t.check((await high(".app > .picture")) >= 55, `the picture is only ${await high(".app > .picture")} px high`);
      await page.keyboard.press("Enter");
      await t.drawn(page);
      t.check(Math.abs((await high(selector)) - before) < 3, `${name}: not its usual size again`);
    }
  });
  await t.step("all the room", async () => {
    await page.getByRole("button", { name: "All the room for Terminal" }).click();
    await t.drawn(page);
    t.check((await measure(".terminals")).width === 1440 && (await measure(".terminals")).height > 800, JSON.stringify(await measure(".terminals")));
    await page.getByRole("button", { name: "Show the other panels again" }).click();
    await page.locator(".app > .picture").waitFor().catch(() => t.check(false, "the picture is not back"));
    await page.evaluate(() => document.querySelector("kp-editor").focus());
    await page.keyboard.press("Alt+m");
    await t.drawn(page);
    t.check((await measure(".side")).width === 1440, "Alt M does not give the editor the room");
    await page.keyboard.press("Alt+m");
    await t.drawn(page);
    t.check((await measure(".side")).width < 700, "Alt M does not give it back");
    // Going elsewhere shows where one went.
    await page.keyboard.press("Alt+m");
    await page.keyboard.press("Alt+3");
    await page.locator(".app > .terminals").waitFor().catch(() => t.check(false, "the terminal is hidden"));
  });
  await t.step("type sizes", async () => {
    const high = () => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".xterm-rows")).fontSize));
    t.check((await high()) === 13, `at first ${await high()}`);
    for (let press = 0; press < 3; press += 1) await page.getByRole("button", { name: "Terminal: Larger type" }).click();
    await page.getByRole("button", { name: "YAML editor: Larger type" }).click();
    await t.drawn(page);
    await t.until(async () => (await high()) === 16, async () => `then ${await high()}`);
    const code = () => page.evaluate(() => getComputedStyle(document.querySelector(".cm-content")).fontSize);
    await t.until(async () => (await code()) === "14px", async () => `the editor's is ${await code()}`);
    await page.getByRole("button", { name: "Picture: Larger type" }).click();
    const variable = () => page.evaluate(() => getComputedStyle(document.querySelector(".picture")).getPropertyValue("--picture-size").trim());
    await t.until(async () => (await variable()) === "13px", async () => `the picture's is ${await variable()}`);
  });
  await t.step("a long line of the editor leaves the others where they are", async () => {
    await student.opens("service.yaml");
    await student.clicksEditor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# " + "a comment that is longer than the panel ".repeat(3));
    const at = () => page.evaluate(() => document.querySelector(".cm-scroller").scrollLeft);
    await t.until(async () => (await at()) > 0, "the cursor is out of sight");
    await page.keyboard.press("Control+Home");
    await t.until(async () => (await at()) === 0, async () => `scrolled by ${await at()}`);
  });
  await t.step("on paper", async () => {
    await page.emulateMedia({ media: "print" });
    await page.locator(".handout article").first().waitFor({ state: "attached" });
    await t.until(async () => (await page.locator(".handout article").count()) === 7, "not all steps are there");
    t.check(await page.locator(".handout pre").first().isVisible(), "the commands cannot be seen");
    t.check(!(await page.locator(".app > .terminals").isVisible()) && !(await page.locator(".header").isVisible()), "the page around it is printed, too");
    await t.screenshot(page, "paper");
    await page.emulateMedia({ media: "screen" });
  });
  await t.step("a tablet has two columns", async () => {
    for (const lang of ["ko", "en"]) {
      const tablet = await Student.arrive(t, `?lang=${lang}&lesson=service&step=6`, { viewport: { width: 820, height: 1180 } });
      const edges = await tablet.page.evaluate(() => [".lesson", ".picture", ".terminals", ".side"].map((it) => document.querySelector(`.app > ${it}`).getBoundingClientRect()).map(({ left, width }) => [left, width]));
      t.check(new Set(edges.map(([x]) => Math.round(x))).size === 2 && edges.every(([, wide]) => wide > 250), JSON.stringify(edges));
      await t.screenshot(tablet.page, `tablet-${lang}`);
    }
  });
  await t.step("a phone sees what a command does", async () => {
    const phone = await Student.arrive(t, "?lang=ko", { screen: "phone" });
    const thumb = (index) => phone.page.locator(".thumbs button").nth(index);
    // The cluster comes to rest meanwhile.
    await phone.page.waitForFunction(() => document.querySelector(".clock").textContent >= "00:00:03");
    t.check((await phone.page.locator(".thumbs .news").count()) === 0, "the picture is said to have changed though nobody did anything");
    await thumb(0).click();
    await phone.page.locator(".lesson .cmd .run").first().click();
    await phone.reads(/created/);
    await phone.page.locator(".app > .picture").waitFor().catch(() => t.check(false, "the picture is not above the terminal"));
    await phone.page.locator('.picture [aria-label^="Pod nginx"][aria-label*="Running"]').nth(2).waitFor();
    const whole = () => phone.page.evaluate(() => {
      const canvas = document.querySelector(".picture .canvas").getBoundingClientRect();
      const cards = [...document.querySelectorAll('.picture [aria-label^="Pod nginx"]')].map((it) => it.getBoundingClientRect());
      return cards.filter(({ top, bottom }) => top >= canvas.top - 1 && bottom <= canvas.bottom + 1).length;
    });
    await t.until(async () => (await whole()) > 0, "no Pod is seen above the terminal");
    await t.screenshot(phone.page, "phone-terminal");
    // Out of sight, its tab says that it has changed.
    await phone.types("sleep 60; kubectl delete pod --all");
    await thumb(0).click();
    await phone.page.locator(".lesson .cmd .run").first().waitFor();
    await phone.page.locator(".header select").selectOption("16×");
    await phone.page.locator(".thumbs .news").waitFor();
    await thumb(1).click();
    await phone.page.locator(".thumbs .news").waitFor({ state: "detached" });
  });
  await t.step("a narrow page has every pace, and the next change", async () => {
    for (const [width, height] of [[820, 1180], [390, 844], [360, 640]]) {
      const narrow = await Student.arrive(t, "?lang=en&lesson=none", { viewport: { width, height } });
      const speeds = narrow.page.locator(".header select");
      t.check((await speeds.locator("option").allInnerTexts()).join(" ") === "❚❚ 1/10× 1/4× 1× 4× 16×", "a pace is missing");
      await speeds.selectOption("1/10×");
      await narrow.page.locator(".narrow-speeds").getByRole("button", { name: "Pause" }).click();
      await narrow.page.waitForFunction(() => document.querySelector(".header select").value === "0");
      await narrow.page.locator(".narrow-speeds").getByRole("button", { name: "To the next change" }).click();
      t.check(await narrow.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `wider than ${width} px`);
      await narrow.page.context().close();
    }
  });
  await t.step("copying works where there is no clipboard to write to, and says when it does not", async () => {
    const other = await Student.arrive(t, "?lang=en", { before: (page) => page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined })) });
    const copy = other.page.locator(".cmd .copy").first();
    // It is said for a moment only: whatever is said is noted.
    await other.page.evaluate(() => {
      globalThis.said = "";
      const buttons = document.querySelector(".cmd .buttons");
      new MutationObserver(() => (globalThis.said += buttons.textContent)).observe(buttons, { subtree: true, childList: true, characterData: true });
    });
    const says = (text) => other.page.waitForFunction((text) => globalThis.said.includes(text), text);
    await copy.click();
    await says("✓");
    await other.page.evaluate(() => (document.execCommand = () => false));
    await copy.click();
    await says("Not copied: the browser refuses");
  });
  await t.step("who asks for more contrast gets it", async () => {
    const grey = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--ink-3").trim());
    const before = await grey();
    await page.emulateMedia({ contrast: "more" });
    await t.until(async () => (await grey()) !== before, "greys stay as they were");
    await page.emulateMedia({ contrast: null, forcedColors: "active" });
    await t.screenshot(page, "forced-colors");
    const outline = () => page.locator('.terminals [role=tab][aria-selected="true"]').evaluate((it) => getComputedStyle(it).outlineStyle);
    await t.until(async () => (await outline()) === "solid", "what is chosen is told by a tint alone");
    await page.emulateMedia({ forcedColors: null });
  });
  await t.step("what is pressed is large enough", async () => {
    const other = await Student.arrive(t, "?lang=ko&lesson=service&step=2");
    await other.page.getByRole("button", { name: "초기화" }).click();
    await other.page.locator("dialog .btn.primary").click();
    await other.page.locator(".notice").waitFor();
    const small = await other.page.evaluate(() =>
      [...document.querySelectorAll(".lesson button, .notice button, .terminals > .tabs button, .terminals > .note button, .header button, .files button")]
        .map((it) => [it.textContent || it.ariaLabel, it.getBoundingClientRect()])
        .filter(([, { width, height }]) => width > 0 && (width < 23.5 || height < 23.5))
        .map(([name, { width, height }]) => `${name} ${Math.round(width)}x${Math.round(height)}`),
    );
    t.check(small.length === 0, `smaller than 24 px: ${small.join(", ")}`);
    for (const [width, height] of [[1440, 900], [1024, 768], [820, 1180], [390, 844], [320, 568]]) {
      await other.page.setViewportSize({ width, height });
      await t.drawn(other.page);
      await t.drawn(other.page);
      const all = await other.page.evaluate(() =>
        [...document.querySelectorAll("button, a[href], input, select, [role=button]")]
          .filter((it) => it.checkVisibility({ visibilityProperty: true }))
          .map((it) => [it.ariaLabel || it.textContent, it.getBoundingClientRect()])
          .filter(([, { width, height }]) => width > 1 && (width < 23.5 || height < 23.5))
          .map(([name, { width, height }]) => `${name} ${Math.round(width)}x${Math.round(height)}`),
      );
      t.check(all.length === 0, `smaller than 24 px at ${width} px: ${all.join(", ")}`);
    }
  });
};
