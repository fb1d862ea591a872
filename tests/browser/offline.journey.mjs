// Without a network: the page that was open once opens again, with its lesson, its editor and its texts; a new version of it
// disturbs nobody, and comes when the page begins anew in its only tab.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dist, serve } from "./server.mjs";
import { Student } from "./student.mjs";

const www = fileURLToPath(new URL("../../www/", import.meta.url));
const workers = { serviceWorkers: "allow" };

/** Lists the folder's files for its worker, as `cargo xtask build` does; a page that was built in a quicker way lacks some. */
function list(folder) {
  const index = join(folder, "index.html");
  const text = readFileSync(index, "utf8");
  if (text.includes('<meta name="offline" content=""')) {
    writeFileSync(index, text.replace('<meta name="offline" content=""', '<meta name="offline" content="1"'));
    for (const name of ["manifest.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"]) cpSync(join(www, "offline", name), join(folder, name));
  }
  execFileSync("node", [join(www, "policy.mjs"), index]);
  execFileSync("node", [join(www, "offline.mjs"), folder]);
}

/** A build that says on its page which it is. */
function another(folder, name) {
  writeFileSync(join(folder, "page.css"), `${readFileSync(join(dist, "page.css"), "utf8")}\n:root { --build: ${name}; }\n`);
  list(folder);
}

const build = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--build").trim());

export default async (t) => {
  const folder = join(t.folder, "page", "");
  rmSync(folder, { recursive: true, force: true });
  cpSync(dist, folder, { recursive: true });
  another(folder, "one");
  const server = await serve(join(folder, "/"));
  const student = await Student.arrive(t, `${server.url}?lang=en&lesson=service`, { ...workers, allow: (text) => /ERR_INTERNET_DISCONNECTED|favicon/.test(text) });
  const { page } = student;

  await t.step("it says when it works without a network", async () => {
    await page.locator("html[data-offline]").waitFor();
    await t.screenshot(page, "works-offline");
    t.check((await page.evaluate(() => getComputedStyle(document.querySelector(".brand"), "::after").content)).includes("works offline"), "nothing says so");
    const names = await page.evaluate(async () => (await caches.keys()).length);
    t.check(names === 1, `there are ${names} caches`);
    await t.accessible(page, "works-offline");
  });

  await t.step("a lesson without a network", async () => {
    await student.runs("echo before > mine.txt", /\$ $/);
    await student.keeps();
    await page.context().setOffline(true);
    server.requests.length = 0;
    await page.reload();
    await student.reads(/mine\.txt[^]*\$ $/);
    await student.arrives();
    await student.follows(0);
    await student.achieves();
    await student.goesOn();
    t.check((await student.step()) === "2 / 7", `it is at ${await student.step()}`);
    await student.runs("cat mine.txt; kubectl explain pod.spec.nodeName | head -3", /\nbefore\n[^]*KIND: +Pod/);
    await student.runs("kubectl get --help | head -1", /Display one or many resources/);
    await student.clicksEditor();
    await page.locator("kp-editor .cm-content").waitFor();
    // Another link of the same page, as a teacher hands out.
    await page.goto(`${server.url}?lang=ko&lesson=pvc&step=2`);
    await student.arrives();
    t.check((await student.step()) === "2 / 7", `it is at ${await student.step()}`);
    // The browser itself looks for another worker, past what a page's network is said to be.
    const asked = server.requests.filter((path) => !path.endsWith("/sw.js"));
    t.check(asked.length === 0, `it asked for ${asked.join(" ")}`);
    await page.context().setOffline(false);
  });

  await t.step("a new version waits, and says so", async () => {
    await student.runs("echo in class > class.txt", /\$ $/);
    another(folder, "two");
    await page.evaluate(() => navigator.serviceWorker.getRegistration().then((it) => it.update()));
    await page.locator(".notice.newer").waitFor();
    await t.screenshot(page, "newer");
    await t.accessible(page, "newer");
    t.check((await build(page)) === "one", "the page has changed already");
    await student.runs("cat class.txt", /\nin class/);
    await page.locator(".notice.newer button").click();
    await page.locator(".notice.newer").waitFor({ state: "detached" });
  });

  // The lock that each page of this playground holds while it runs, as another page of the same origin sees it.
  const beside = await page.context().newPage();
  await beside.goto(new URL("/elsewhere", server.url).href);
  const running = () => beside.evaluate(async () => (await navigator.locks.query()).held.filter(({ name }) => name.startsWith("kube-playground page")).length);
  const run = (count) => t.until(async () => (await running()) === count, async () => `${await running()} pages run, not ${count}`);

  await t.step("with a second tab, nothing changes under either", async () => {
    await run(1);
    const other = await page.context().newPage();
    await other.goto(`${server.url}?lang=en`);
    await new Student(t, other).arrives();
    await run(2);
    t.check((await build(other)) === "one", "two tabs have two versions");
    t.check((await build(page)) === "one", "the running tab has changed");
    await student.keeps();
    await other.close();
    await run(1);
  });

  await t.step("the next start has the new version, and goes on where it was", async () => {
    // The page begins, finds that it is alone, and begins again with the version that waited.
    const address = page.url();
    await page.goto("about:blank");
    await run(0);
    await page.goto(address).catch((error) => t.check(/interrupted|ERR_ABORTED/.test(String(error)), String(error)));
    await t.until(() => build(page).then((it) => it === "two", () => false), "the version that waited did not come");
    await student.reads(/class\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat class.txt", /\nin class/);
    await t.until(() => page.evaluate(async () => (await caches.keys()).length === 1), "the old version's files are still there");
    await student.keeps();
    await page.context().setOffline(true);
    await page.reload();
    await student.reads(/class\.txt[^]*\$ $/);
    await student.arrives();
    t.check((await build(page)) === "two", "without a network it is another version");
    await page.context().setOffline(false);
  });

  await t.step("a build that arrives in parts is not used", async () => {
    another(folder, "three");
    // The list is of a build whose file is not there yet.
    writeFileSync(join(folder, "page.css"), readFileSync(join(dist, "page.css")));
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const found = new Promise((resolve) => registration.addEventListener("updatefound", () => resolve(registration.installing)));
      await registration.update().catch(() => {});
      const worker = await found;
      await new Promise((resolve) => {
        const look = () => (worker.state === "installing" ? undefined : resolve());
        worker.addEventListener("statechange", look);
        look();
      });
      return worker.state;
    });
    t.check(state === "redundant", `it is ${state}`);
    await page.reload();
    await student.arrives();
    t.check((await build(page)) === "two", "parts of a build are used");
  });

  await t.step("it can be installed", async () => {
    const session = await page.context().newCDPSession(page);
    const { errors, url } = await session.send("Page.getAppManifest");
    t.check(errors.length === 0 && url.endsWith("manifest.webmanifest"), `the manifest: ${JSON.stringify(errors)}`);
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    // A profile without a history is told so, and nothing else.
    const real = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
    t.check(real.length === 0, `not installable: ${JSON.stringify(real)}`);
  });

  await page.context().close();
  await server.close();
};
