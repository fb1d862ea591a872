// A loop without end and far too many Pods: the page still answers.
import { Student } from "./student.mjs";

/** As often as it takes to be sure that it was no chance. */
const rounds = 5;

/** How many frames may be drawn before a press is answered. */
const most = 3;

/** From now on the page counts the frames from a press on a button to its answer. */
const watch = (page) =>
  page.evaluate(() => {
    addEventListener(
      "click",
      ({ target }) => {
        const button = target.closest("button");
        let frames = 0;
        delete globalThis.answered;
        const look = () => {
          if (button.getAttribute("aria-pressed") === "true") globalThis.answered = { frames };
          else requestAnimationFrame(look);
          frames += 1;
        };
        requestAnimationFrame(look);
      },
      { capture: true },
    );
  });

/** Presses buttons in turn: each press is answered by one of the next frames. */
async function answers(t, page, names) {
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      await page.getByRole("button", { name, exact: true }).click();
      const { frames } = await t.until(() => page.evaluate(() => globalThis.answered), `${name} was pressed, and nothing came of it`);
      t.check(frames <= most, `${name} was answered after ${frames} frames`);
    }
  }
}

const clock = (page) => page.locator(".clock").innerText();

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  await watch(page);
  await t.step("while true", async () => {
    await student.types("while true; do :; done");
    const begun = await clock(page);
    await answers(t, page, ["4×", "1×"]);
    await t.until(async () => (await clock(page)) !== begun, "time stands still");
    const runs = page.locator('.terminals [role=tab][aria-selected="true"] .visually-hidden');
    t.check((await runs.count()) === 1, "the loop has ended by itself");
    await student.interrupts();
    await student.reads(/\^C[^]*\$ $/);
  });
  await t.step("10,000 replicas", async () => {
    await student.runs("sed -i 's/replicas: 3/replicas: 10000/' deployment.yaml; kubectl apply -f deployment.yaml", /created/);
    const crowd = page.locator(".picture .crowd");
    await crowd.waitFor();
    const shown = () => crowd.locator("[aria-label]").first().getAttribute("aria-label");
    const pods = async () => [...(await shown()).matchAll(/\d+(?= [A-Z])/g)].reduce((sum, [count]) => sum + Number(count), 0);
    const first = await pods();
    await answers(t, page, ["4×", "1×"]);
    // They are as many as are asked for only long after.
    await t.until(async () => (await pods()) > first, async () => `the picture stands still: ${await shown()}`);
    await t.screenshot(page, "crowd");
    await student.runs("echo still here", /\nstill here/);
    await student.runs("kubectl delete deployment nginx-deployment", /deleted/);
  });
};
