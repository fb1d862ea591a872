// The page comes in two parts: one can type before the second is there, and nothing needs it until then.
import { Student } from "./student.mjs";

const rest = "**/*-rest.wasm";
const came = (page) => page.evaluate(() => globalThis.kubePlayground.rest.came);

/** Waits until the page has lived as long as it does without the rest, and does nothing more by itself. */
const livesAlone = (page) => page.waitForFunction(() => /[4-9]$/.test(document.querySelector(".clock").textContent));

/** The words in the picture. */
const drawing = (page) =>
  page.evaluate(() => [...document.querySelectorAll("main.picture svg text")].filter((it) => it.getClientRects().length).map((it) => it.textContent));

/** A page whose second part waits for `release`, or fails while `broken`. */
async function slowPage(t, query, state, script) {
  return t.open(query, {
    allow: (text) => /rest\.wasm|ERR_FAILED|did not arrive/.test(text),
    before: async (page) => {
      if (script) await page.addInitScript(script);
      await page.route(rest, async (route) => {
        if (state.broken) {
          state.aborted = (state.aborted ?? 0) + 1;
          return route.abort();
        }
        await state.released;
        await route.continue();
      });
    },
  });
}

export default async (t) => {
  await t.step("the page's frame is painted before any wasm arrives", async () => {
    let release, page;
    const released = new Promise((resolve) => (release = resolve));
    const opening = t.open("?lang=en", {
      before: (opened) =>
        (page = opened).route("**/*.wasm", async (route) => {
          await released;
          await route.continue();
        }),
    });
    await t.until(() => page, "no page is opened");
    await page.getByText("Fetching the cluster").waitFor();
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    t.check(await page.getByRole("heading", { name: "Start three Pods" }).isVisible(), "the frame does not hold the lesson's first step");
    t.check(await page.getByText("Pod 세 개를 띄웁니다").isHidden(), "the frame speaks two languages");
    const drawn = await drawing(page);
    t.check(drawn.includes("The cluster is empty."), `the frame does not hold the world: ${drawn}`);
    await t.screenshot(page, "frame");
    t.check((await came(page)) === "", "there was wasm already");
    release();
    await opening;
    await new Student(t, page).reads(/student@laptop:~\$ $/);
    t.check(`${await drawing(page)}` === `${drawn}`, `the app draws another world: ${await drawing(page)}, not ${drawn}`);
  });
  await t.step("what is typed before the rest is there waits for it", async () => {
    let release;
    const state = { released: new Promise((resolve) => (release = resolve)) };
    const page = await slowPage(t, "?lang=en", state);
    const student = new Student(t, page);
    await student.reads(/student@laptop:~\$ $/);
    await student.types("kubectl get pods");
    await student.reads(/\$ kubectl get pods[^]*on its way/);
    await livesAlone(page);
    // The handout is due ten seconds after the page, and waits, too.
    await page.waitForTimeout(11_000);
    t.check((await came(page)) === "", `the rest came ${await came(page)}, though nothing was run: cargo xtask generate first`);
    t.check(!/No resources/.test(await student.terminal()), "the command ran without the rest");
    release();
    await student.reads(/No resources found in default namespace\.[^]*\$ $/);
    t.check((await came(page)) === "later", `the rest came ${await came(page)}`);
  });
  await t.step("what is pressed before the rest is there waits for it, and says so", async () => {
    let release;
    const page = await slowPage(t, "?lang=en", { released: new Promise((resolve) => (release = resolve)) });
    const student = new Student(t, page);
    await student.reads(/student@laptop:~\$ $/);
    await page.locator(".lesson .cmd .run").first().click();
    await page.getByText("Fetching the rest of this page").waitFor();
    await page.locator(".menu.lessons > button").click();
    await page.keyboard.press("Alt+p");
    await student.clicksEditor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# ");
    await page.keyboard.press("Control+Enter");
    await livesAlone(page);
    t.check((await came(page)) === "", `the rest came ${await came(page)}: something that was pressed did not wait`);
    await t.screenshot(page, "waits");
    release();
    await student.reads(/\$ kubectl apply[^]*created[^]*\$ $/);
    t.check((await came(page)) === "later", `the rest came ${await came(page)}`);
    await page.locator(".menu.lessons ul").waitFor();
    await page.locator(".rest-note").waitFor({ state: "detached" });
  });
  for (const query of ["?lang=ko&theme=dark", "?lesson=pvc&lang=en", "?lesson=none", "?embed=1&lang=ko"]) {
    await t.step(`nothing of the rest is needed for ${query}`, async () => {
      let release;
      const page = await slowPage(t, query, { released: new Promise((resolve) => (release = resolve)) });
      await new Student(t, page).reads(/student@laptop:~\$ $/);
      await livesAlone(page);
      t.check((await came(page)) === "", `the rest came ${await came(page)}: cargo xtask generate first`);
      release();
    });
  }
  await t.step("a network that fails is tried again", async () => {
    const state = { broken: true, released: Promise.resolve() };
    // After the first tries the wait for the next one never ends: only a press can be what has it fetched.
    const page = await slowPage(t, "?lang=en", state, () => {
      const after = globalThis.setTimeout;
      globalThis.setTimeout = (what, wait, ...more) => (wait >= 4000 ? 0 : after(what, wait, ...more));
    });
    const student = new Student(t, page);
    await student.reads(/did not arrive/);
    await student.types("echo it works");
    await t.until(() => state.aborted >= 3, "it is not tried again");
    // The try that failed last is over, and none is under way.
    await t.until(async () => {
      const aborted = state.aborted;
      await page.waitForTimeout(4000);
      return aborted === state.aborted;
    }, "it is tried again and again without a longer wait");
    state.broken = false;
    await page.getByRole("button", { name: "Try again now" }).click();
    await student.reads(/\nit works/);
    await page.locator(".rest-note").waitFor({ state: "detached" });
    t.check((await page.locator(".crash").count()) === 0, "the page crashed");
  });
  await t.step("a function that cannot have the rest ends the page with a word, and nothing is lost", async () => {
    const state = { broken: true, released: Promise.resolve() };
    const page = await slowPage(t, "?lang=en", state);
    await new Student(t, page).reads(/student@laptop:~\$ /);
    await page.evaluate(() => {
      try {
        globalThis.kubePlayground.rest.fetchNow();
      } catch {}
    });
    await page.getByRole("heading", { name: "The page did not arrive whole" }).waitFor();
    state.broken = false;
    await page.getByRole("button", { name: "Load again" }).click();
    await page.locator("kp-terminal .xterm-rows", { hasText: "student@laptop" }).waitFor();
    await new Student(t, page).runs("echo back", /\nback/);
  });
  await t.step("a function that cannot wait fetches the rest at once", async () => {
    let release;
    const page = await slowPage(t, "?lang=en", { released: new Promise((resolve) => (release = resolve)) });
    const student = new Student(t, page);
    await student.reads(/student@laptop:~\$ $/);
    release();
    await page.evaluate(() => globalThis.kubePlayground.rest.fetchNow());
    await student.runs("echo at once", /\nat once/);
  });
};
