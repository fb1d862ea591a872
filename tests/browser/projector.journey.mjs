// In front of a class: what the text refers to is there and large, a remote's keys go through the steps, a second window has the notes.
import { Student } from "./student.mjs";

export default async (t) => {
  for (const [width, height] of [
    [1280, 720],
    [1920, 1080],
  ]) {
    await t.step(`readable at ${width} x ${height}`, async () => {
      const student = await Student.arrive(t, "?lang=ko&projector=1&lesson=service&step=6", { viewport: { width, height } });
      const { page } = student;
      for (const place of [".picture", ".timeline", ".terminals", ".strip"]) await page.locator(`.app > ${place}`).waitFor();
      const { rows } = await student.size();
      t.check(rows >= 5, `the terminal has ${rows} rows`);
      const small = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".xterm-rows")).fontSize));
      t.check(small >= 18, `the terminal's type is ${small} px`);
      const words = await page.evaluate(() =>
        [...document.querySelectorAll("body *")]
          .filter((it) => [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && it.checkVisibility({ visibilityProperty: true }) && it.clientWidth !== 1)
          .filter((it) => parseFloat(getComputedStyle(it).fontSize) * (it.getScreenCTM?.().a ?? 1) < 15.95)
          .map((it) => `${it.textContent.trim().slice(0, 20)}: ${getComputedStyle(it).fontSize}`),
      );
      t.check(words.length === 0, `smaller than 16 px: ${words.join(", ")}`);
      for (const lang of ["English", "한국어"]) {
        await page.locator(".menu.languages > button").click();
        await page.locator(".menu.languages li button", { hasText: lang }).click();
        await page.locator(".menu.languages > button", { hasText: lang }).waitFor();
        await page.locator(".menu ul").waitFor({ state: "detached" });
        await t.drawn(page);
        const cut = await page.evaluate(() => [...document.querySelectorAll(".header *, .strip *")].filter((it) => it.getBoundingClientRect().right > innerWidth + 0.5).map((it) => it.textContent));
        t.check(cut.length === 0, `cut off: ${cut.join(", ")}`);
      }
      await t.screenshot(page, `projector-${width}`);
      await t.accessible(page, `projector-${width}`);
    });
  }
  const student = await Student.arrive(t, "?lang=en&projector=1&lesson=service&step=2", { viewport: { width: 1280, height: 720 } });
  const { page } = student;
  const at = (text) => page.locator(".strip .where", { hasText: text }).waitFor();
  await t.step("a remote goes through the steps, wherever the keyboard is", async () => {
    await at("2 / 7");
    await page.evaluate(() => document.querySelector("kp-terminal").focus());
    await page.keyboard.press("PageDown");
    await at("3 / 7");
    await page.keyboard.press("PageUp");
    await at("2 / 7");
    t.check(/\$ $/.test((await student.terminal()) + " "), "the key was typed, too");
    await page.locator(".brand").click();
    await page.keyboard.press("ArrowRight");
    await at("3 / 7");
    await page.keyboard.press("ArrowLeft");
    await at("2 / 7");
  });
  await t.step("a card in the light", async () => {
    const pod = page.locator('.picture [aria-label^="Pod nginx"]').first();
    const faint = () => page.evaluate(() => [...document.querySelectorAll(".picture [data-object]:not(.selected)")].filter((it) => getComputedStyle(it).opacity < 0.5).length);
    await pod.click();
    await t.until(async () => (await faint()) > 2, async () => `${await faint()} cards step back`);
    await t.still(page);
    t.check((await page.evaluate(() => getComputedStyle(document.querySelector(".picture .selected")).opacity)) === "1", "the card itself steps back");
    await t.screenshot(page, "spotlight");
    await pod.click();
    await t.until(async () => (await faint()) === 0, "a second click does not put it back");
    await pod.focus();
    await page.keyboard.press("Enter");
    await t.until(async () => (await faint()) > 2, "not by keyboard");
    await page.keyboard.press("Escape");
    await t.until(async () => (await faint()) === 0, "Escape does not put it back");
  });
  await t.step("the presenter's window has the whole step, and the same place", async () => {
    const [second] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button", { name: "Presenter's window" }).click()]);
    await second.getByRole("heading", { name: "Try a Pod's IP from outside" }).waitFor();
    await second.getByText("Let people vote").waitFor();
    await second.getByRole("button", { name: /Next: Inside, the same address works/ }).click();
    await at("3 / 7");
    await second.getByRole("heading", { name: "Inside, the same address works" }).waitFor();
    await second.keyboard.press("PageUp");
    await at("2 / 7");
    await page.keyboard.press("PageDown");
    await second.getByRole("heading", { name: "Inside, the same address works" }).waitFor();
    await second.keyboard.press("ArrowLeft");
    await at("2 / 7");
    await second.keyboard.press("ArrowRight");
    await at("3 / 7");
    await page.getByRole("button", { name: "Switch to dark" }).click();
    await second.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    await second.screenshot({ path: `${t.folder}/presenter.png` });
    await second.close();
    await page.getByRole("button", { name: "Presenter's window" }).waitFor();
  });
};
