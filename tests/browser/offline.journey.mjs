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
