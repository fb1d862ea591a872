// The page itself: links, reload, undo, reset, keyboard, the panic page, a phone.
import { Student } from "./student.mjs";

export default async (t) => {
  await t.step("a link to a step opens ready, unknown values are named", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=5&colour=red");
    t.check((await student.step()) === "5 / 7", `the lesson is at ${await student.step()}`);
    await student.page.getByText("colour=red").waitFor();
    await student.page.locator('.picture [aria-label^="Service my-nginx"]').waitFor();
    await t.screenshot(student.page, "link");
  });
  await t.step("what was done survives a reload, and can be undone", async () => {
    const student = await Student.arrive(t, "?lang=ko&theme=dark");
    const { page } = student;
    await student.runs("echo 안녕 > kept.txt; cat kept.txt", /\n안녕/);
    await page.waitForTimeout(1500);
    await page.reload();
    await student.reads(/안녕/);
    await student.runs("cat kept.txt", /\n안녕[^]*\$ $/);
    await student.types("rm kept.txt");
    await student.rests();
    await page.getByRole("button", { name: "되돌리기" }).first().click();
    await student.runs("cat kept.txt", /\n안녕/);
    await page.getByRole("button", { name: "초기화" }).click();
    await t.screenshot(page, "reset");
    await page.locator("dialog .btn.primary").click();
    await student.runs("cat kept.txt", /No such file/);
    await t.accessible(page, "dark");
  });
  await t.step("the keyboard leaves terminal and editor", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    for (const place of ["kp-terminal:not([hidden])", "kp-editor"]) {
      await page.evaluate((selector) => document.querySelector(selector).focus(), place);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      t.check(await page.evaluate((selector) => !document.querySelector(selector).contains(document.activeElement), place), `${place} keeps the keyboard`);
    }
    await page.locator(".brand").click();
    await page.keyboard.press("?");
    await page.locator("dialog table").waitFor();
    await t.accessible(page, "shortcuts");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  });
  await t.step("a panic offers the session and a restart", async () => {
    const student = await Student.arrive(t, "?lang=ko");
    const { page } = student;
    await student.runs("echo before", /\nbefore/);
    await page.waitForTimeout(1500);
    await page.evaluate(() => globalThis.kubePlayground.crash("a test"));
    await page.getByRole("heading", { name: "시뮬레이터가 멈췄습니다" }).waitFor();
    await t.screenshot(page, "panic");
    await t.accessible(page, "panic");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "세션 내려받기" }).click()]);
    const { readFileSync } = await import("node:fs");
    const session = JSON.parse(readFileSync(await file.path(), "utf8"));
    t.check(session.version === 1 && JSON.stringify(session.entries).includes("echo before".slice(-1)), "the session is not in the file");
    await page.getByRole("button", { name: "다시 시작" }).click();
    await student.reads(/student@laptop:~\$ $/);
  });
  await t.step("a phone", async () => {
    const page = await t.open("?lang=ko", { screen: "phone" });
    await page.locator(".thumbs button").first().waitFor();
    for (const [index, name] of ["lesson", "picture", "terminal", "editor"].entries()) {
      await page.locator(".thumbs button").nth(index).click();
      await page.waitForTimeout(400);
      await t.screenshot(page, `phone-${name}`);
      t.check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the phone`);
    }
    await page.locator(".thumbs button").nth(2).click();
    await page.locator(".keys button", { hasText: "Tab" }).waitFor();
    await page.locator(".thumbs button").nth(0).click();
    await page.locator(".lesson .cmd .run").first().click();
    await page.waitForFunction(() => document.querySelector("kp-terminal:not([hidden])")?.text.includes("deployment.apps/nginx-deployment created"));
    await t.accessible(page, "phone");
  });
};
