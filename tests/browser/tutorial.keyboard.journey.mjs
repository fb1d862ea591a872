// Both lessons from their beginning to their end without a mouse: every command, prediction and step is reached by Tab, and
// what has the keyboard is seen.
import { Student } from "./student.mjs";

/** A pattern for names that begin like this. */
const begins = (text) => new RegExp(`^${text.slice(0, 50).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);

export default async (t) => {
  for (const lesson of ["service", "pvc"]) {
    const student = await Student.arrive(t, `?lang=en&lesson=${lesson}`);
    const { page } = student;
    await page.keyboard.press("Escape");
    const [, last] = (await student.step()).split(" / ").map(Number);
    for (let step = 1; step <= last; step += 1) {
      await t.step(`${lesson}, step ${step}`, async () => {
        const cards = page.locator(".lesson > .step");
        for (let index = 0; index < (await cards.count()); index += 1) {
          const choice = cards.nth(index).locator(".choice").first();
          if (await choice.count()) {
            await student.tabsTo(begins(await choice.evaluate((it) => it.textContent.trim())));
            await page.keyboard.press("Space");
          }
          // Its name may change on the way, once what the command before it did is seen.
          const run = cards.nth(index).locator(".run");
          await student.tabsTo(run);
          const name = await run.getAttribute("aria-label");
          // As the lesson says: not before the Pod runs.
          const [, pod] = name.match(/ exec (?:-it )?(\S+)/) ?? [];
          if (pod) await page.locator(`.picture [aria-label^="Pod ${pod},"][aria-label*="Running"]`).waitFor();
          const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
          t.check(ring === "solid", `one cannot see that "${name}" has the keyboard`);
          const from = (await student.terminal()).length;
          await page.keyboard.press("Enter");
          if (/: ping/.test(name)) {
            await student.reads(/(bytes from|Unreachable)/, { from });
            await page.keyboard.press("Control+c");
            await student.reads(/packets transmitted/, { from });
          }
          await student.ran(from);
        }
        await student.achieves();
        if (step === last) return;
        await student.tabsTo(/^Next/);
        await page.keyboard.press("Enter");
        await page.waitForFunction((at) => document.querySelector(".lesson header .where").textContent.startsWith(`${at} /`), step + 1);
        await t.until(() => page.evaluate(() => document.activeElement?.id === "lesson"), "the keyboard is lost with the button");
      });
    }
    await page.getByText("You finished the lesson").first().waitFor();
    await page.context().close();
  }
};
