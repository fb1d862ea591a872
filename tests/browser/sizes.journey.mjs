// Windows of many sizes: nothing is cut off at the sides, the header keeps its buttons.
import { Student } from "./student.mjs";

const sizes = [
  [320, 568],
  [390, 844],
  [720, 450],
  [800, 700],
  [1024, 768],
  [1280, 600],
  [1920, 1080],
];

export default async (t) => {
  for (const lang of ["ko", "en"]) {
    const student = await Student.arrive(t, `?lang=${lang}&lesson=service&step=6`);
    const { page } = student;
    for (const [width, height] of sizes) {
      await t.step(`${width} x ${height}, ${lang}`, async () => {
        await page.setViewportSize({ width, height });
        // One frame tells the new size, the next has what is drawn for it.
        await t.drawn(page);
        await t.drawn(page);
        await t.screenshot(page, `${lang}-${width}`);
        t.check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than its window");
        // A button that is cut off, or under another, cannot be hit in its middle.
        const hidden = await page.evaluate(() =>
          [...document.querySelectorAll(".header button, .thumbs button, .apply button, .terminals > .tabs button[role=tab]")]
            .filter((it) => it.checkVisibility({ visibilityProperty: true }) && it.getBoundingClientRect().width > 0)
            .filter((it) => {
              const { left, right, top, bottom } = it.getBoundingClientRect();
              const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
              return left < 0 || right > innerWidth + 0.5 || !(it === hit || it.contains(hit));
            })
            .map((it) => it.getAttribute("aria-label") ?? it.textContent),
        );
        t.check(hidden.length === 0, `cut off: ${hidden.join(", ")}`);
        const broken = await student.brokenWords();
        t.check(broken.length === 0, `broken in the middle: ${broken.join(", ")}`);
        const note = await page.locator(".terminals > .note").evaluate((it) => {
          const { left, right, top, bottom, width } = it.getBoundingClientRect();
          const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          return width === 0 || (it.scrollWidth <= it.clientWidth && left >= 0 && right <= innerWidth + 0.5 && (it === hit || it.contains(hit)));
        });
        t.check(note, "how to leave the terminal is cut off");
        const high = await page.evaluate(() => document.querySelector(".header").offsetHeight);
        t.check(high <= 90, `the header is ${high} px high`);
      });
    }
  }
};
