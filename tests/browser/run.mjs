// Runs the journeys through the built page: `node tests/browser/run.mjs [--slow N] [WORD...]`, those whose name contains a
// WORD. `--slow N` makes every page N times slower, and every limit N times longer.
//
// A journey is a file NAME.journey.mjs: `export default async (t) => …`, which throws when something is not as it should be.
// What `t` offers is in `Journey` below. It sees dist/ in a folder of a plain static server. Screenshots, and what the page
// said, are kept in target/journeys/NAME/.
//
// A journey passes on a machine of any speed: it waits for what it wants to see (`t.until`, playwright's own waits), never for
// a time to pass, and judges no time. Limits only end what hangs.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder, launch, screens } from "./browser.mjs";
import { dist, serve } from "./server.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const kept = fileURLToPath(new URL("../../target/journeys/", import.meta.url));

/** Seconds after which something that has not come never will, and after which a journey will not end. */
const patience = 60;
const longest = 900;

class Journey {
  constructor(name, browser, server, slow) {
    Object.assign(this, { name, browser, server, slow, base: server.url, requests: server.requests });
    this.folder = join(kept, name);
    this.contexts = [];
    this.pages = [];
    this.said = [];
    this.problems = [];
    this.throttled = [];
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
  }

  /** A fresh profile's page. `query` is what follows the folder (`?lang=ko`), or another
   * server's address; options are playwright's for a context, and
   * `screen: "desktop" | "phone"`. `before(page)` comes before the page is fetched. Errors on the page's console fail the
   * journey unless `allow(text)` says otherwise. */
  async open(query = "", { screen = "desktop", allow = () => false, before = () => {}, ...options } = {}) {
    const context = await this.browser.newContext({ locale: "en-US", serviceWorkers: "block", ...screens[screen], ...options });
    this.contexts.push(context);
    // A browser makes a page slow by work of its own: only those of the last context are.
    for (const session of this.throttled.splice(0)) await session?.send("Emulation.setCPUThrottlingRate", { rate: 1 }).catch(() => {});
    context.setDefaultTimeout(patience * this.slow * 1000);
    if (this.slow > 1) context.on("page", (page) => void this.slowDown(page));
    const page = await context.newPage();
    this.pages.push(page);
    page.on("console", (message) => {
      this.said.push(`${message.type()}: ${message.text()}`);
      if (message.type() === "error" && !allow(message.text())) this.problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => {
      this.said.push(`uncaught: ${error.stack ?? error}`);
      if (!allow(String(error))) this.problems.push(`uncaught: ${error}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && !allow(response.url())) this.problems.push(`${response.status()} ${response.url()}`);
    });
    await before(page);
    await page.goto(new URL(query, this.base).href);
    return page;
  }

  async slowDown(page) {
    const session = await page.context().newCDPSession(page).catch(() => undefined);
    await session?.send("Emulation.setCPUThrottlingRate", { rate: this.slow }).catch(() => {});
    this.throttled.push(session);
  }

  /** Asks again and again until the answer is true, and gives it; fails with `what`, or what it gives, when it never is. */
  async until(asks, what, { seconds = patience } = {}) {
    const end = Date.now() + seconds * this.slow * 1000;
    for (;;) {
      const answer = await asks();
      if (answer) return answer;
      if (Date.now() > end) throw new Error(`not after ${seconds * this.slow} s: ${typeof what === "function" ? await what(answer) : what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until the page has drawn what it knows of now. */
  async drawn(page) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))));
  }

  /** Waits until nothing is on its way from one look to another. */
  async still(page) {
    await this.drawn(page);
    const moving = () => page.evaluate(() => document.getAnimations().some((it) => it.playState === "running" && it.effect.getComputedTiming().endTime < Infinity));
    await this.until(async () => !(await moving()), "something moves on and on");
  }

  /** Keeps a picture of the page as target/journeys/NAME/LABEL.png. */
  async screenshot(page, label) {
    await page.screenshot({ path: join(this.folder, `${label}.png`) });
  }

  /** Fails when axe finds something serious, of all of the page or of what a selector finds. */
  async accessible(page, label = "page", within = "html") {
    const { violations } = await new AxeBuilder({ page }).include(within).analyze();
    writeFileSync(join(this.folder, `axe-${label}.json`), JSON.stringify(violations, null, 2));
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    this.check(
      serious.length === 0,
      serious.map(({ id, help, nodes }) => `axe: ${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`).join("\n"),
    );
  }

  /** Throws unless it holds. */
  check(holds, message) {
    if (!holds) throw new Error(message);
  }

  /** A part of the journey, named in the output. */
  async step(what, work) {
    try {
      return await work();
    } catch (error) {
      error.message = `at "${what}": ${error.message}`;
      throw error;
    }
  }

  async end(failed) {
    for (const [index, page] of this.pages.entries()) {
      if (failed) await page.screenshot({ path: join(this.folder, `failed-${index}.png`), timeout: 5000 }).catch(() => {});
    }
    writeFileSync(join(this.folder, "console.txt"), this.said.join("\n") + "\n");
    await Promise.all(this.contexts.map((context) => context.close().catch(() => {})));
  }
}

/** Runs one journey to its end or its limit; gives the error or nothing. */
async function travel(journey, module) {
  const seconds = (module.limit ?? longest) * journey.slow;
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  let failure;
  try {
    await Promise.race([module.default(journey), limit]);
    journey.check(journey.problems.length === 0, journey.problems.join("\n"));
  } catch (error) {
    failure = error;
    if (journey.problems.length) failure.message += `\nthe page said:\n${journey.problems.join("\n")}`;
  }
  clearTimeout(timer);
  await journey.end(failure !== undefined);
  return failure;
}

const words = process.argv.slice(2);
const at = words.indexOf("--slow");
const slow = at < 0 ? 1 : Number(words.splice(at, 2)[1]);
if (!(slow >= 1)) throw new Error("--slow wants a number from 1 on");
const names = readdirSync(here)
  .filter((file) => file.endsWith(".journey.mjs"))
  .map((file) => file.slice(0, -".journey.mjs".length))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
const server = await serve(dist);
const browser = await launch();
const failures = [];
for (const name of names) {
  const start = Date.now();
  const journey = new Journey(name, browser, server, slow);
  const failure = await travel(journey, await import(`./${name}.journey.mjs`));
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`journey ${name} (${seconds} s) ... ${failure ? "FAILED" : "ok"}`);
  if (failure) {
    failures.push(`${name}: ${String(failure.message ?? failure).split("\n")[0]}`);
    console.log(failure.stack ?? failure);
  }
}
await browser.close();
await server.close();
const failed = failures.length > 0 || names.length === 0;
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`test result: ${failed ? "FAILED" : "ok"}. ${names.length - failures.length} passed; ${failures.length} failed`);
process.exit(failed ? 1 : 0);
