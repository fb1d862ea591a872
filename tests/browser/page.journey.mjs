// The page itself: links, reload, undo, reset, keyboard, the panic page, a phone.
import { Student } from "./student.mjs";

export default async (t) => {
  await t.step("a link to a step opens ready, unknown values are named", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=5&colour=red", {
      before: (page) =>
        page.addInitScript(() => {
          globalThis.clocks = [];
          const look = () => {
            const shown = document.querySelector(".clock")?.textContent;
            if (shown && !globalThis.clocks.includes(shown)) globalThis.clocks.push(shown);
            requestAnimationFrame(look);
          };
          look();
        }),
    });
    t.check((await student.step()) === "5 / 7", `the lesson is at ${await student.step()}`);
    await student.page.getByText("colour=red").waitFor();
    await student.page.locator('.picture [aria-label^="Service my-nginx"]').waitFor();
    await t.screenshot(student.page, "link");
    const clocks = await t.until(() => student.page.evaluate(() => globalThis.clocks.length > 0 && globalThis.clocks), "there is no clock");
    t.check(clocks.every((shown) => /^00:0\d:\d\d$/.test(shown)), `the clock showed ${clocks}`);
  });
  for (const screen of ["desktop", "phone"]) {
    await t.step(`its commands are typed at the width of a ${screen}'s terminal`, async () => {
      const student = await Student.arrive(t, "?lang=en&lesson=service&step=2", { screen });
      const { cols } = await student.size();
      const shown = await student.reads(/condition met/);
      // Where the line editor breaks a line, that is; the screen's own breaks are not in the text.
      const line = shown.split("\n").find((it) => it.includes("kubectl wait"));
      t.check(line.length % cols === 0 || line.endsWith("--timeout=120s"), `${cols} columns, but broken at ${line.length}: ${line}`);
    });
  }
  await t.step("a route touches what the packet visited, and fades", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=5");
    const { page } = student;
    await student.runs("minikube ssh", /docker@minikube:~\$ $/);
    const pods = await page.locator('.picture [aria-label^="Pod nginx"]').evaluateAll((all) => all.map((it) => it.getAttribute("aria-label").split(", ")));
    t.check(pods.length === 3, `the picture shows ${pods}`);
    for (const [name, ip] of pods) {
      await student.runs(`curl -s ${ip}`, /<\/html>[^]*\$ $/);
      await student.routeIs(name);
    }
    await t.screenshot(page, "route-around");
    await student.does("curl -s my-nginx -m 1; curl -s 10.96.0.99 -m 1");
    const service = await page.locator('.picture [aria-label^="Service"]').getAttribute("aria-label");
    await student.runs(`curl -s ${service.match(/10\.[\d.]+/)[0]}`, /<\/html>[^]*\$ $/);
    await student.routeIs("Service my-nginx", /^Pod nginx/);
    // Another command: it folds to a line, and is faint when that is unfolded. The Pod gone: it is gone.
    await student.runs("exit", /student@laptop:~\$ $/);
    await page.locator(".route-story .earlier").waitFor();
    await page.locator(".picture .route").waitFor({ state: "detached" });
    await page.locator(".route-story .line").click();
    await page.locator(".picture .route.past").waitFor({ state: "attached" });
    await page.locator(".route-story .hop.good").waitFor();
    await student.runs("kubectl delete pod --all", /deleted[^]*\$ $/);
    await page.locator(".picture .route").waitFor({ state: "detached" });
    // Another step of the lesson: its route is not of that step.
    await student.runs("curl -s -m 1 172.17.0.99", /\$ $/);
    await page.locator(".picture .route.failed").waitFor({ state: "attached" });
    await page.locator(".lesson .pager").getByRole("button", { name: "Next" }).click();
    await page.locator(".picture .route").waitFor({ state: "detached" });
  });
  await t.step("a route on a phone goes around, too", async () => {
    const student = await Student.arrive(t, "?lang=ko&lesson=service&step=5", { screen: "phone" });
    const { page } = student;
    await page.locator(".thumbs button").nth(2).click();
    await student.runs("minikube ssh", /docker@minikube:~\$ $/);
    await student.runs("curl -s 172.17.0.5", /<\/html>[^]*\$ $/);
    await page.locator(".thumbs button").nth(1).click();
    await page.locator(".picture .route").waitFor();
    await student.routeIs(/^Pod nginx/);
    // What is chosen is shown, though the inspector is in another place.
    await page.locator('.picture [aria-label^="Pod nginx"]').first().click();
    await page.locator(".inspector h2").filter({ hasText: "Pod nginx" }).waitFor();
  });
  await t.step("nothing moves where motion is reduced", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service&step=2", { reducedMotion: "reduce" });
    const { page } = student;
    await page.evaluate(() => {
      globalThis.moving = new Set();
      const look = () => {
        for (const { effect, animationName } of document.getAnimations()) {
          if (effect.getComputedTiming().endTime > 20) globalThis.moving.add(`${animationName} of ${effect.target?.getAttribute("class")}`);
        }
        requestAnimationFrame(look);
      };
      look();
    });
    await student.runs("curl -s -m 4 172.17.0.99", /↳[^]*\$ $/);
    await page.locator(".picture .stop").waitFor();
    await student.runs("kubectl delete pod --all", /deleted[^]*\$ $/);
    await student.clicksEditor();
    // Every look that the changes lead to is drawn by then.
    await page.locator('.picture [aria-label^="Pod nginx"][aria-label*="Running"]').nth(2).waitFor();
    await t.still(page);
    const moving = await page.evaluate(() => [...globalThis.moving]);
    t.check(moving.length === 0, `moving: ${moving.join(", ")}`);
  });
  await t.step("all places of a small embedded page can be reached", async () => {
    const student = await Student.arrive(t, "?lang=en&embed=1&panels=lesson,terminal&lesson=pvc", { viewport: { width: 700, height: 480 } });
    const { page } = student;
    for (const [index, place] of [".lesson", ".picture", ".terminals", ".side"].entries()) {
      await page.locator(".thumbs button").nth(index).click();
      await page.locator(`.app > ${place}`).waitFor();
      const high = () => page.locator(`.app > ${place}`).evaluate((it) => it.clientHeight);
      await t.until(async () => (await high()) > 200, async () => `${place} is ${await high()} px high`);
    }
  });
  await t.step("what was done survives a reload, and can be undone", async () => {
    const student = await Student.arrive(t, "?lang=ko&theme=dark");
    const { page } = student;
    await student.runs("echo 안녕 > kept.txt; cat kept.txt", /\n안녕/);
    await student.keeps();
    await page.reload();
    await student.reads(/안녕/);
    await student.arrives();
    await student.runs("cat kept.txt", /\n안녕[^]*\$ $/);
    await student.does("rm kept.txt");
    await page.getByRole("button", { name: "되돌리기" }).first().click();
    await student.reads(/^(?![^]*rm kept\.txt)[^]*\$ $/);
    await student.runs("cat kept.txt", /\n안녕/);
    await page.getByRole("button", { name: "초기화" }).click();
    await t.screenshot(page, "reset");
    await page.locator("dialog .btn.primary").click();
    await student.reads(/^student@laptop:~\$ $/);
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
    await student.keeps();
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
    const { page } = await Student.arrive(t, "?lang=ko", { screen: "phone" });
    for (const [index, name] of ["lesson", "picture", "terminal", "editor"].entries()) {
      await page.locator(".thumbs button").nth(index).click();
      await page.locator(`.thumbs button:nth-of-type(${index + 1})[aria-current="true"]`).waitFor();
      await t.still(page);
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
