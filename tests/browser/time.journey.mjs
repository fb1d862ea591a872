// Time: pause, one step, speeds, waits that are passed over, and the timeline as a way into the past and back.
import { Student } from "./student.mjs";

/** Waits until a button is shown as pressed. */
const pressed = (page, name, otherwise) =>
  page.locator(`button[aria-label="${name}"][aria-pressed="true"]`).first().waitFor({ state: "attached" }).catch(() => {
    throw new Error(otherwise);
  });

const pods = (page) => page.locator('.picture [aria-label^="Pod nginx"]');

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  const slider = page.locator(".timeline input[type=range]");
  const at = () => slider.evaluate((it) => Number(it.value));

  await t.step("paused, one step at a time, everything can be seen", async () => {
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await student.runs("kubectl apply -f deployment.yaml", /created/);
    for (let step = 0; step < 8; step += 1) await page.getByRole("button", { name: /^To the next change/ }).click();
    await page.locator(".last-step").waitFor();
    await pods(page).first().waitFor();
    await t.still(page);
    const faint = await page.locator(".picture g.pod").evaluateAll((all) => all.filter((it) => getComputedStyle(it).opacity !== "1").length);
    t.check(faint === 0, `${faint} Pods cannot be seen while time is paused`);
    await t.screenshot(page, "paused");
  });
  await t.step("16 times as fast", async () => {
    await page.getByRole("button", { name: "16×" }).click();
    await page.locator('.picture [aria-label*="Running"]').nth(2).waitFor();
    await page.getByRole("button", { name: "1×", exact: true }).click();
    await page.locator(".last-step").waitFor({ state: "detached" });
  });
  await t.step("a wait is passed over", async () => {
    const from = (await student.terminal()).length;
    await student.types("sleep 300");
    await page.getByRole("button", { name: /Skip the wait/ }).click();
    await student.ran(from);
  });
  await t.step("dragged into the past, time stands still", async () => {
    await student.runs("kubectl delete pod --all", /deleted[^]*\$ $/);
    await page.locator(".timeline .life.ended").nth(2).waitFor({ state: "attached" });
    const now = await at();
    const box = await slider.boundingBox();
    const most = await slider.evaluate((it) => Number(it.max));
    const x = (part) => box.x + 8 + (box.width - 16) * part;
    await page.mouse.move(x(now / most), box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(x(0.5), box.y + box.height / 2, { steps: 5 });
    await page.getByText(/The cluster at 00:/).waitFor();
    await page.mouse.up();
    await page.getByText("You are looking at the past.").waitFor();
    await pods(page).nth(2).waitFor();
    await t.screenshot(page, "past");
    t.check((await at()) < now - 5, `the handle is at ${await at()}, it was at ${now}`);
    const lives = (what) => page.locator(`.timeline .life.${what}`).count();
    await t.until(async () => (await lives("ahead")) === 3, "what was lived after that is not shown any more");
    await t.until(async () => (await lives("ended")) === 0, "what was alive then is shown as ended");
    await pressed(page, "Pause", "time goes on");
    await t.until(async () => !(await student.terminal()).includes("deleted"), "the terminal has not gone back");
  });
  await t.step("by keyboard, and back to the end", async () => {
    await slider.focus();
    const before = await at();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await t.until(async () => (await at()) < before, "the arrow does not move the handle");
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelectorAll('.picture [aria-label^="Pod nginx"]').length === 0);
    await page.keyboard.press("End");
    await page.getByText("You are looking at the past.").waitFor({ state: "detached" });
    await student.reads(/deleted/);
    await pressed(page, "1×", "time does not go on");
  });
  await t.step("a moment after the last command can be left twice without losing the end", async () => {
    await student.rests();
    await slider.focus();
    for (let press = 0; press < 2; press += 1) await page.keyboard.press("ArrowLeft");
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.getByText("You are looking at the past.").waitFor({ state: "detached" });
  });
  await t.step("another history from there", async () => {
    await slider.focus();
    await page.keyboard.press("Home");
    await page.getByText("You are looking at the past.").waitFor();
    await student.reads(/^student@laptop:~\$ $/);
    await student.runs("echo otherwise > other.txt; cat other.txt", /\notherwise/);
    await page.getByText("You are looking at the past.").waitFor({ state: "detached" });
    await pressed(page, "1×", "time stands still after a command");
    await t.until(() => page.getByRole("button", { name: "Redo" }).first().isDisabled(), "there is something to redo");
  });
  await t.step("undo and redo", async () => {
    await page.getByRole("button", { name: "Undo" }).first().click();
    await student.reads(/^(?![^]*otherwise)[^]*\$ $/);
    await page.getByRole("button", { name: "Redo" }).first().click();
    await student.reads(/\notherwise/);
  });
  await t.step("a step is a sentence, and says when nothing is left to do", async () => {
    const korean = await Student.arrive(t, "?lang=ko&lesson=none");
    const { page } = korean;
    const next = page.getByRole("button", { name: "다음 변화까지" });
    const said = page.locator(".last-step");
    await page.getByRole("button", { name: "일시정지", exact: true }).click();
    await pressed(page, "일시정지", "time goes on");
    // A press is answered by the next look at the world, which is drawn with the next frame.
    const steps = async () => {
      await next.click();
      await said.waitFor();
      await t.drawn(page);
    };
    for (let press = 0; press < 20 && !(await said.filter({ hasText: "더 일어날 일이 없습니다" }).count()); press += 1) await steps();
    await said.filter({ hasText: "더 일어날 일이 없습니다" }).waitFor();
    const before = await page.locator(".clock").innerText();
    for (let press = 0; press < 3; press += 1) await steps();
    const after = await page.locator(".clock").innerText();
    t.check(before === after, `the clock went from ${before} to ${after}`);
    await korean.runs("kubectl create deployment web --image=nginx", /created[^]*\$ $/);
    const sentences = [];
    for (let press = 0; press < 6; press += 1) {
      await steps();
      sentences.push(await said.innerText());
    }
    t.check(sentences.some((it) => /web-\S+ Pod을 (생성|minikube 노드에 배치)했습니다/.test(it)), sentences.join(" | "));
    t.check(sentences.every((it) => /습니다|·/.test(it)), sentences.join(" | "));
  });
  await t.step("a tenth of the pace", async () => {
    const slow = await Student.arrive(t, "?lang=en&lesson=none");
    const seconds = async () => (await slow.page.locator(".clock").innerText()).split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    await slow.page.getByRole("button", { name: "1/10×" }).click();
    await pressed(slow.page, "1/10×", "the pace stays as it was");
    // Never more of virtual time than a tenth of what the wall's clock says has passed; a slow machine makes it less.
    const [before, start] = [await seconds(), Date.now()];
    await t.until(async () => (await seconds()) - before >= 2, "time stands still");
    const passed = (Date.now() - start) / 1000;
    t.check(passed >= 10, `the clock went on by two seconds in ${passed}`);
    await slow.page.getByRole("button", { name: "4×", exact: true }).click();
    await slow.page.waitForFunction((from) => document.querySelector(".clock").textContent.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) > from + 3, before);
  });
};
