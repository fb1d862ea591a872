// Nothing that was done is lost: links to a step, two tabs, a full storage, a session of another version, a visit that broke
// off, lessons that are left and come back to.
import { Student } from "./student.mjs";

/** Another tab of the same profile. */
async function anotherTab(t, student, query) {
  const page = await student.page.context().newPage();
  page.on("pageerror", (error) => t.problems.push(`uncaught: ${error}`));
  await page.goto(t.base + query);
  const other = new Student(t, page);
  await other.arrives();
  return other;
}

/** Presses what loads the page again. */
const pressesAndLoads = (page, name) =>
  Promise.all([page.waitForEvent("load"), page.getByRole("button", { name }).click()]);

const reloads = async (student) => {
  await student.page.reload();
  await student.arrives();
};

export default async (t) => {
  await t.step("a link to a step survives reloads, and its second use", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=6");
    const { page } = student;
    await student.runs("kubectl create cm mine; echo here > mine.txt", /created[^]*\$ $/);
    await student.keeps();
    t.check(!page.url().includes("step="), `the address is ${page.url()}`);
    await reloads(student);
    t.check((await student.step()) === "6 / 7", `it is at ${await student.step()}`);
    await student.runs("kubectl get cm mine && cat mine.txt", /mine +0[^]*\nhere/);
    await student.keeps();
    await page.goto(`${t.base}?lang=en&lesson=service&step=6`);
    await student.reads(/\nhere[^]*\$ $/);
    await student.arrives();
    await pressesAndLoads(page, "Start this step afresh");
    await student.reads(/condition met[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt", /No such file/);
    t.check((await student.step()) === "6 / 7", `it is at ${await student.step()}`);
    await student.keeps();
    await pressesAndLoads(page, "Open the earlier session");
    await student.reads(/\nhere[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt && echo again", /\nhere\nagain/);
  });
  await t.step("a link does not throw away what was done without it", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo before > before.txt", /\$ $/);
    await student.keeps();
    await page.goto(`${t.base}?lang=en&seed=7`);
    await student.arrives();
    await student.runs("cat before.txt", /No such file/);
    await student.keeps();
    await pressesAndLoads(page, "Open the earlier session");
    await student.reads(/before\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat before.txt", /\nbefore/);
  });
  await t.step("every session that links set aside can be opened, at its place in the lesson", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service");
    const { page } = student;
    await page.locator(".lesson .pager").getByRole("button", { name: "Next" }).click();
    await student.runs("echo first > mine.txt", /\$ $/);
    await student.keeps();
    for (const [query, name] of [["?lang=en&seed=7", "second"], ["?lang=en&lesson=service&step=4", "third"], ["?lang=en&seed=8", "fourth"]]) {
      await page.goto(t.base + query);
      await student.arrives();
      if (query.includes("seed")) t.check((await student.step()) === "1 / 7", `a new cluster, but the lesson is at ${await student.step()}`);
      await student.runs(`cat mine.txt; echo ${name} > mine.txt`, /No such file/);
      await student.keeps();
    }
    const opens = async (nth, count, text, step) => {
      await page.getByRole("button", { name: "Share" }).click();
      const all = page.locator("dialog .asides button");
      t.check((await all.count()) === count, `${await all.count()} sessions are offered`);
      await Promise.all([page.waitForEvent("load"), all.nth(nth).click()]);
      await student.reads(/mine\.txt[^]*\$ $/);
      await student.arrives();
      await student.runs("cat mine.txt", new RegExp(`\\n${text}\\n`));
      t.check((await student.step()) === step, `${text} is at ${await student.step()}`);
      await student.keeps();
    };
    await opens(2, 3, "first", "2 / 7");
    await opens(1, 3, "third", "4 / 7");
    await t.accessible(page, "asides");
    // A session from a file takes the place of this one, which can be opened again.
    await page.getByRole("button", { name: "Share" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the session" }).click()]);
    await page.keyboard.press("Escape");
    await student.runs("echo changed > mine.txt", /\$ $/);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByLabel("Open a session").setInputFiles(await file.path());
    await page.locator("dialog").waitFor({ state: "detached" });
    await student.runs("cat mine.txt", /\nthird\n/);
    await student.keeps();
    await opens(0, 4, "changed", "4 / 7");
  });
  await t.step("a restart after a crash begins the lesson, too", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=3");
    const { page } = student;
    await page.goto(`${t.base}?lang=en`);
    await student.reads(/\$ $/);
    await page.locator(".lesson .pager").getByRole("button", { name: "Next" }).click();
    await student.keeps();
    await page.evaluate(() => {
      localStorage.removeItem("kube-playground.link");
      globalThis.kubePlayground.crash("a test");
    });
    await pressesAndLoads(page, "Restart");
    await student.arrives();
    t.check((await student.step()) === "1 / 7", `a new cluster, but the lesson is at ${await student.step()}`);
  });
  await t.step("two tabs: neither overwrites the other", async () => {
    const one = await Student.arrive(t, "?lang=en");
    await one.runs("echo one > one.txt", /\$ $/);
    await one.keeps();
    const two = await anotherTab(t, one, "?lang=en");
    await two.page.getByText("This page is open in another tab").waitFor();
    await two.runs("echo two > two.txt", /\$ $/);
    await one.page.bringToFront();
    await one.runs("echo more >> one.txt", /\$ $/);
    await Promise.all([one.keeps(), two.keeps()]);
    await reloads(two);
    await two.runs("cat two.txt; ls one.txt", /\ntwo\n[^]*No such file/);
    await reloads(one);
    await one.runs("cat one.txt; ls two.txt", /\none\nmore\n[^]*No such file/);
    await one.keeps();

    await pressesAndLoads(two.page, "Take over the other tab's session");
    await two.reads(/\none\nmore[^]*\$ $/);
    await two.arrives();
    await one.page.getByText("Another tab has taken this session over").waitFor();
    await one.page.screenshot({ path: `${t.folder}/taken.png` });
    await one.runs("echo lost > lost.txt", /\$ $/);
    await one.page.getByRole("button", { name: "Go on here as a session of its own" }).click();
    await one.keeps();
    await reloads(one);
    await one.runs("cat lost.txt", /\nlost/);
    await two.runs("ls lost.txt", /No such file/);
    await reloads(two);
    await two.runs("cat one.txt; ls lost.txt", /\none\nmore\n[^]*No such file/);
  });
  await t.step("a session of many hours says how far it is lived again, and need not be waited for", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("kubectl create cm kept", /created[^]*\$ $/);
    await student.runs('kubectl create cronjob often --image=busybox --schedule="* * * * *" -- date', /created[^]*\$ $/);
    await student.keeps();
    // As if ten days had passed since: no machine lives them again at once.
    await page.addInitScript(() => {
      const name = "kube-playground.session";
      const session = JSON.parse(localStorage.getItem(name) ?? "null");
      if (!session || sessionStorage.getItem("aged")) return;
      sessionStorage.setItem("aged", "1");
      localStorage.setItem(name, JSON.stringify({ ...session, end: [session.end[0] + 10 * 86_400_000_000, 1_000_000_000] }));
    });
    await page.reload();
    await page.getByText(/^Doing again what you did last time\. \d+ %$/).waitFor();
    const bar = page.locator(".loading progress");
    const before = await bar.evaluate((it) => it.value);
    await page.waitForFunction((value) => document.querySelector(".loading progress").value > value, before);
    await page.getByRole("button", { name: "Do not wait, begin differently" }).waitFor();
    await t.screenshot(page, "replaying");
    await t.accessible(page, "replaying");
    await pressesAndLoads(page, "Do not wait, begin differently");
    await page.getByRole("heading", { name: "The last visit did not get through" }).waitFor();
    await page.getByRole("button", { name: "Go on without the last command" }).click();
    await student.reads(/created[^]*\$ $/);
    await student.arrives();
    await student.runs("kubectl get cm kept; kubectl get cronjobs", /kept +0[^]*No resources found/);
  });
  await t.step("what was typed into the editor a moment ago survives the page's end", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service");
    const { page } = student;
    await student.runs("echo ready", /\nready[^]*\$ $/);
    await student.clicksEditor();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# the last word\n");
    await reloads(student);
    await student.runs("head -n 1 deployment.yaml service.yaml pod-pvc.yaml", /# the last word/);
  });
  await t.step("a storage that fills up says so at once, and keeps what it has", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo kept > kept.txt", /\$ $/);
    await student.keeps();
    await page.evaluate(() => {
      for (let size = 1 << 22; size >= 1; size >>= 1) {
        try {
          for (let part = 0; ; part += 1) localStorage.setItem(`filler.${size}.${part}`, "x".repeat(size));
        } catch {}
      }
    });
    await student.runs("echo this has no room > more.txt", /\$ $/);
    await page.getByText("The browser has no more room").waitFor();
    await t.accessible(page, "full");
    await page.evaluate(() => Object.keys(localStorage).filter((it) => it.startsWith("filler")).slice(0, 3).forEach((it) => localStorage.removeItem(it)));
    await student.runs("echo room again", /\nroom again/);
    await page.getByText("The browser has no more room").waitFor({ state: "detached" });
    await student.keeps();
    await reloads(student);
    await student.runs("cat kept.txt more.txt", /\nkept\nthis has no room/);
  });
  await t.step("what another version kept is not thrown away", async () => {
    const query = "?lang=en";
    const other = JSON.stringify({ version: 2, entries: [] });
    const page = await t.open(query, { before: (opened) => opened.addInitScript((text) => localStorage.getItem("kube-playground.unread") || localStorage.setItem("kube-playground.session", text), other) });
    const student = new Student(t, page);
    await student.arrives();
    await page.getByText("could not be opened").waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".notice").getByRole("button", { name: "Download the session" }).click()]);
    const { readFileSync } = await import("node:fs");
    t.check(readFileSync(await file.path(), "utf8") === other, "the file is not what was kept");
  });
  await t.step("a visit that broke off asks before it does anything again", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo first > first.txt", /\$ $/);
    await student.runs("echo second > second.txt", /\$ $/);
    await student.keeps();
    const breaksOff = () =>
      page.addInitScript(() => {
        if (!sessionStorage.getItem("told")) localStorage.setItem("kube-playground.unfinished", "1");
        sessionStorage.setItem("told", "1");
      });
    await breaksOff();
    await page.reload();
    await page.getByRole("heading", { name: "The last visit did not get through" }).waitFor();
    await page.getByText("echo second > second.txt").waitFor();
    await t.screenshot(page, "unfinished");
    await t.accessible(page, "unfinished");
    t.check((await student.terminal()) === "", "something was replayed already");
    await page.getByRole("button", { name: "Go on without the last command" }).click();
    await student.reads(/first\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat first.txt; ls second.txt", /\nfirst\n[^]*No such file/);
    await student.keeps();
    await t.until(() => page.evaluate(() => localStorage.getItem("kube-playground.unfinished") === null), "the mark stays");
    // A panic offers the same. What of the app lives on keeps nothing any more, though it would have within five seconds.
    await page.evaluate(() => globalThis.kubePlayground.crash("a test"));
    const stored = () => page.evaluate(() => localStorage.getItem("kube-playground.session"));
    const atCrash = await stored();
    await page.waitForTimeout(6000);
    t.check((await stored()) === atCrash, "what is kept was written again after the crash");
    await pressesAndLoads(page, "Go on without the last command");
    await student.reads(/first\.txt[^]*\$ $/);
    await student.arrives();
    t.check(!(await student.terminal()).includes("cat first.txt"), "the last command is still there");
  });
  await t.step("a hand-made session is refused with a reason", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    const session = JSON.parse(await t.until(() => page.evaluate(() => localStorage.getItem("kube-playground.session")), "nothing is kept"));
    await page.getByRole("button", { name: "Share" }).click();
    const open = page.getByLabel("Open a session");
    const made = { ...session, end: [session.end[0], 1e15] };
    await open.setInputFiles({ name: "made.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(made)) });
    await page.getByText("time and steps go beyond").waitFor();
  });
  await t.step("a lesson that is left keeps its place, and its predictions", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=3");
    const { page } = student;
    const choose = async (name) => {
      await page.locator(".menu.lessons > button").click();
      await page.locator(".menu.lessons li button", { hasText: name }).click();
    };
    const titles = await page.evaluate(() => document.querySelector(".menu.lessons > button").textContent);
    const first = titles.replace(" ▾", "");
    await page.locator(".menu.lessons > button").click();
    const second = await page.locator(".menu.lessons li button").nth(1).innerText();
    await page.keyboard.press("Escape");
    await page.locator(".lesson .pager").getByRole("button", { name: "Next" }).click();
    await choose(second);
    await page.waitForFunction(() => document.querySelector(".lesson header .where").textContent === "1 / 7");
    t.check(page.url().includes("lesson=pvc"), `the address is ${page.url()}`);
    await page.getByText("The cluster is as you left it").waitFor();
    await choose(first);
    await page.waitForFunction(() => document.querySelector(".lesson header .where").textContent === "4 / 7");
    await page.getByRole("button", { name: "Close the lesson" }).click();
    await choose(first);
    t.check((await student.step()) === "4 / 7", `it is at ${await student.step()}`);
  });
  await t.step("another lesson may begin with a fresh cluster", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("kubectl create cm mine", /created/);
    await page.locator(".menu.lessons > button").click();
    await page.locator(".menu.lessons li button").nth(1).click();
    await page.getByRole("button", { name: "Start with a fresh cluster" }).click();
    await student.runs("kubectl get cm mine", /NotFound/);
    t.check((await student.step()) === "1 / 7", `it is at ${await student.step()}`);
  });
};
