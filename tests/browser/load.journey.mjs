// A loop without end and far too many Pods: the page still answers.
import { Student } from "./student.mjs";

/** The longest time between two frames while `work` goes on. */
async function longestFrame(page, work) {
  await page.evaluate(() => {
    const watch = (globalThis.watch = { longest: 0, last: performance.now(), on: true });
    const tick = () => {
      const now = performance.now();
      watch.longest = Math.max(watch.longest, now - watch.last);
      watch.last = now;
      if (watch.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await work();
  return page.evaluate(() => {
    globalThis.watch.on = false;
    return globalThis.watch.longest;
  });
}

/** How many times slower than when the limits were chosen the machine is just now (others may work on it), at least 1. */
async function slowness(page) {
  const reference = 45;
  const took = await page.evaluate(() => {
    const start = performance.now();
    let sum = 0;
    for (let round = 0; round < 3e7; round += 1) sum = (sum + round * 7) | 0;
    globalThis.slowness = sum;
    return performance.now() - start;
  });
  return Math.max(1, took / reference);
}

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  let slow = await slowness(page);
  await t.step("while true", async () => {
    const longest = await longestFrame(page, async () => {
      await student.types("while true; do :; done");
      await page.waitForTimeout(3000);
      await page.getByRole("button", { name: "4×", exact: true }).click();
    });
    slow = Math.max(slow, await slowness(page));
    t.check(longest < 1000 * slow, `the page stood still for ${longest} ms on a machine ${slow} times slower than usual`);
    await student.interrupts();
    await student.reads(/\^C[^]*\$ $/);
    await page.getByRole("button", { name: "1×", exact: true }).click();
  });
  await t.step("10,000 replicas", async () => {
    const longest = await longestFrame(page, async () => {
      await student.runs("sed -i 's/replicas: 3/replicas: 10000/' deployment.yaml; kubectl apply -f deployment.yaml", /created/);
      await page.locator(".picture .crowd").waitFor({ timeout: 60_000 });
      await page.waitForTimeout(8000);
    });
    await t.screenshot(page, "crowd");
    slow = Math.max(slow, await slowness(page));
    t.check(longest < 2000 * slow, `the page stood still for ${longest} ms on a machine ${slow} times slower than usual`);
    await student.runs("echo still here", /\nstill here/);
    await student.runs("kubectl delete deployment nginx-deployment", /deleted/, { seconds: 60 });
  });
};
