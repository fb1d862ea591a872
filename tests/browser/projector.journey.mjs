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
      const rows = await page.evaluate(() => document.querySelector("kp-terminal").size.rows);
      t.check(rows >= 5, `the terminal has ${rows} rows`);
      const small = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector(".xterm-rows")).fontSize));
      t.check(small >= 18, `the terminal's type is ${small} px`);
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
    await second.screenshot({ path: `${t.folder}/presenter.png` });
    await second.close();
    await page.getByRole("button", { name: "Presenter's window" }).waitFor();
  });
};
