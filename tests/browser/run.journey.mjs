// A press on Run: who has the keyboard then, and that nothing runs twice.
import { Student } from "./student.mjs";

const pods = (page) => page.locator('.picture [aria-label^="Pod nginx"]').evaluateAll((all) => all.map((it) => it.getAttribute("aria-label").split(",")[0]));
const deletions = async (student) => ((await student.terminal()).match(/\$ kubectl delete pod/g) ?? []).length;

export default async (t) => {
  await t.step("after a click the terminal has the keyboard", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=2");
    const { page } = student;
    const ping = page.locator(".lesson > .step").nth(1);
    await ping.locator(".choice").first().click();
    await ping.locator(".run").click();
    await student.reads(/Unreachable/);
    await page.keyboard.press("Control+c");
    await student.reads(/packets transmitted[^]*\$ $/);
    await page.keyboard.type("echo typed here\n");
    await student.reads(/\ntyped here/);
    t.check(((await student.terminal()).match(/\$ ping/g) ?? []).length === 1, "ping ran again");
  });
  await t.step("what is typed after a click on a deletion does not delete again", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=6");
    const { page } = student;
    const card = page.locator(".lesson > .step").first();
    await card.locator(".run").dblclick();
    await page.keyboard.type("kubectl get pod\n");
    await student.reads(/deleted[^]*NAME +READY[^]*\$ $/);
    // What was pressed twice would run before this.
    await student.does("echo that is all");
    t.check((await deletions(student)) === 1, `${await deletions(student)} deletions ran`);
  });
  await t.step("by keyboard, the button keeps the keyboard, and Enter deletes once", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=6");
    const { page } = student;
    const run = page.locator(".lesson > .step").first().locator(".run");
    const line = await run.getAttribute("aria-label");
    await run.focus();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press("Enter");
    await student.reads(/deleted[^]*\$ $/);
    await student.rests();
    await page.waitForFunction((line) => document.querySelector(".lesson > .step .run").getAttribute("aria-label") !== line, line);
    t.check(await run.evaluate((it) => it === document.activeElement), "the button lost the keyboard");
    await page.keyboard.press("Enter");
    await page.getByText("The command is another one now").waitFor();
    // Letters go to the terminal. What was pressed would run before them.
    await page.keyboard.type("kubectl get pod\n");
    await student.reads(/\$ kubectl get pod\n[^]*NAME +READY[^]*\$ $/);
    t.check((await deletions(student)) === 1, `${await deletions(student)} deletions ran`);
    await t.until(async () => (await pods(page)).length === 3, async () => `another Pod was deleted: ${await pods(page)}`);
  });
  await t.step("what is typed after a click on Undo, a pace or a step of time does not press it again", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=none");
    const { page } = student;
    for (const name of ["one", "two", "three"]) await student.runs(`echo ${name} > ${name}.txt`, /\$ $/);
    await page.locator(".history button").first().click();
    await page.keyboard.type("ls *.txt ; echo that is all\n");
    const shown = await student.reads(/\nthat is all\n[^]*\$ $/);
    t.check(/\none\.txt +two\.txt\n/.test(shown), `left: ${shown.slice(-200)}`);
    await page.getByRole("button", { name: "To the next change" }).first().click();
    await page.getByRole("button", { name: "4×", exact: true }).click();
    await page.keyboard.type("echo still here\n");
    await student.reads(/\nstill here\n/);
    await page.locator('button[aria-label="4×"][aria-pressed="true"]').waitFor().catch(() => t.check(false, "the pace was pressed away"));
  });
  await t.step("a command of the inspector runs once a press", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=none");
    const { page } = student;
    await student.runs("kubectl run bad --image=nginx:nope", /created/);
    await page.locator('.picture [aria-label^="Pod bad"][aria-label*="no such image"]').click();
    const why = page.locator(".inspector .why .command").first();
    await why.waitFor();
    const from = (await student.terminal()).length;
    await why.dblclick();
    await page.keyboard.type("echo done here\n");
    const shown = (await student.reads(/\ndone here\n/, { from })).slice(from);
    t.check((shown.match(/kubectl get pod bad/g) ?? []).length === 1, `it ran more than once: ${shown}`);
  });
  await t.step("Apply and Diff, too", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    for (const [name, shows] of [["Apply", /created[^]*\$ $/], ["Diff", /\$ kubectl diff[^]*\$ $/]]) {
      await page.locator(".apply").getByRole("button", { name }).click();
      await student.reads(shows);
      await student.rests();
      await page.waitForFunction(() => document.activeElement?.closest("kp-terminal"));
    }
  });
};
