// At rest the page draws nothing and asks for no frames but for the clock, however many Pods there are.
import { Student } from "./student.mjs";

/** Counts from now on: frames that are asked for, and elements outside of clock and timeline that change. */
const count = (page) => page.evaluate(() => {
  const counts = { frames: 0, changes: [] };
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (then) => {
    counts.frames += 1;
    return ask.call(window, then);
  };
  new MutationObserver((all) => {
    for (const { target } of all) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      if (!element?.closest(".clock, .timeline, kp-terminal")) counts.changes.push(element?.className ?? "");
    }
  }).observe(document.querySelector(".app"), { subtree: true, childList: true, attributes: true, characterData: true });
  window.counted = () => ({ ...counts, clock: document.querySelector(".clock").textContent });
});
const seconds = (clock) => clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  const counted = () => page.evaluate(() => window.counted());
  /** Waits until the clock has gone on for so many virtual seconds. */
  const passes = async (much) => {
    const from = seconds((await counted()).clock);
    await page.waitForFunction((to) => window.counted().clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) >= to, from + much, { polling: 200 });
  };

  await t.step("a cluster of 60 Pods comes to rest", async () => {
    await student.runs("kubectl create deployment web --image=nginx --replicas=60", /created/);
    await page.getByRole("button", { name: "16×" }).click();
    await page.getByText("Deployment web · 60/60").first().waitFor({ state: "attached" });
    // What is printed is made some seconds after the page.
    await page.locator(".handout").waitFor({ state: "attached" });
    await count(page);
    await passes(120);
    await page.getByRole("button", { name: "1×", exact: true }).click();
    await passes(2);
  });
  await t.step("while time passes, nothing but the clock and the timeline is drawn", async () => {
    const before = await counted();
    await passes(8);
    const after = await counted();
    const [passed, frames] = [seconds(after.clock) - seconds(before.clock), after.frames - before.frames];
    t.check(frames <= 3 * passed, `${frames} frames were asked for in ${passed} virtual seconds`);
    const changes = after.changes.slice(before.changes.length);
    const moving = await page.evaluate(() => document.getAnimations().map((it) => it.animationName ?? it.effect?.target?.className));
    t.check(moving.length === 0, `animated: ${moving.join(", ")}`);
    t.check(changes.length === 0, `drawn anew: ${[...new Set(changes)].join(", ")}`);
  });
  await t.step("paused, it asks for no frame at all", async () => {
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    // Its last frames are those that show the press, and the session's that is kept then.
    let before;
    await t.until(async () => {
      before = await counted();
      await page.waitForTimeout(1000);
      return (await counted()).frames === before.frames;
    }, "frames are asked for on and on");
    await page.waitForTimeout(2000);
    const { frames } = await counted();
    t.check(frames === before.frames, `${frames - before.frames} frames were asked for`);
  });
  await t.step("and answers at once all the same", async () => {
    await student.runs("kubectl delete deployment web", /deleted/);
  });
};
