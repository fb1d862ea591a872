// Links of a classroom, and sessions as files: every step opens ready, what is unknown is told, a file is taken up again.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Student } from "./student.mjs";

export default async (t) => {
  for (const lesson of ["service", "pvc"]) {
    for (let step = 1; step <= 7; step += 1) {
      const lang = step % 2 ? "ko" : "en";
      await t.step(`lesson ${lesson}, step ${step}, ${lang}`, async () => {
        const student = await Student.arrive(t, `?lang=${lang}&lesson=${lesson}&step=${step}`);
        t.check((await student.step()) === `${step} / 7`, `it opens at ${await student.step()}`);
        t.check((await student.page.locator(".lesson .finished").count()) === 0, "the step is done already");
        t.check((await student.page.locator(".notice").count()) === 0, "there is a notice");
        const holes = () => student.page.locator(".lesson .cmd code", { hasText: /<[A-Z-]+>/ }).count();
        await t.until(async () => (await holes()) === 0, async () => `${await holes()} commands wait to be filled in`);
        await t.screenshot(student.page, `${lesson}-${step}`);
        await student.page.context().close();
      });
    }
  }
  await t.step("what the address says that nobody knows", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=helm&step=3&seed=x");
    const told = await student.page.locator(".notice").innerText();
    t.check(["lesson=helm", "step=3", "seed=x"].every((it) => told.includes(it)), `the notice is ${told}`);
    t.check((await student.step()) === "1 / 7", "the step of an unknown lesson was used");
    await student.page.getByRole("button", { name: "Got it" }).click();
    await student.page.locator(".notice").waitFor({ state: "detached" });
  });
  await t.step("no lesson", async () => {
    const student = await Student.arrive(t, "?lang=ko&lesson=none");
    t.check((await student.page.locator(".lesson").count()) === 0, "there is a lesson");
    await student.runs("kubectl get nodes", /minikube +Ready/);
  });
  await t.step("a session is downloaded and taken up again elsewhere", async () => {
    const one = await Student.arrive(t, "?lang=en");
    await one.runs("echo 안녕 > mine.txt; kubectl apply -f deployment.yaml", /created[^]*\$ $/);
    await one.rests();
    await one.page.getByRole("button", { name: "Share" }).click();
    const [file] = await Promise.all([one.page.waitForEvent("download"), one.page.getByRole("button", { name: "Download the session" }).click()]);
    const path = join(t.folder, "session.json");
    writeFileSync(path, readFileSync(await file.path()));

    const other = await Student.arrive(t, "?lang=en");
    await other.runs("echo to be replaced", /\nto be replaced/);
    await other.page.getByRole("button", { name: "Share" }).click();
    const open = other.page.getByLabel("Open a session");
    await open.setInputFiles({ name: "no.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    await other.page.getByText("This is not a session").waitFor();
    await t.screenshot(other.page, "refused");
    await open.setInputFiles(path);
    await other.page.locator("dialog").waitFor({ state: "detached" });
    await other.reads(/created[^]*\$ $/);
    await other.arrives();
    t.check(!(await other.terminal()).includes("to be replaced"), "the old session is still on the screen");
    await other.runs("cat mine.txt", /\n안녕/);
    await other.runs("kubectl get pods", /nginx-deployment/);
  });
  await t.step("what the crash page offers can be opened, too", async () => {
    const one = await Student.arrive(t, "?lang=en");
    await one.runs("echo before the crash > last.txt", /\$ $/);
    await one.keeps();
    await one.page.evaluate(() => globalThis.kubePlayground.crash("a test"));
    const [file] = await Promise.all([one.page.waitForEvent("download"), one.page.getByRole("button", { name: "Download the session" }).click()]);
    const path = await file.path();
    await Promise.all([one.page.waitForEvent("load"), one.page.getByRole("button", { name: "Restart" }).click()]);
    await one.arrives();
    await one.runs("cat last.txt", /No such file/);
    await one.page.getByRole("button", { name: "Share" }).click();
    await one.page.getByLabel("Open a session").setInputFiles({ name: "s.json", mimeType: "application/json", buffer: readFileSync(path) });
    await one.page.locator("dialog").waitFor({ state: "detached" });
    await one.reads(/echo before the crash[^]*\$ $/);
    await one.arrives();
    await one.runs("cat last.txt", /\nbefore the crash/);
  });
};
