// Which functions run until a first command can be typed: `node tests/browser/first.mjs FOLDER ADDRESS COUNT`, called by
// `cargo xtask generate first`. FOLDER holds a page whose wasm notes what runs, a byte for each of COUNT functions from
// ADDRESS on. Prints their numbers.
import { launch, screens } from "./browser.mjs";
import { serve } from "./server.mjs";

const [folder, address, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

/** The ways a page begins. A saved session, or `?step`, waits for all of the wasm. */
const beginnings = [
  ["?lang=en", "desktop"],
  ["?lang=ko&theme=dark", "desktop"],
  ["?lang=ko", "phone"],
  ["?lesson=pvc&lang=ko", "desktop"],
  ["?lesson=none&seed=7&unknown=1", "desktop"],
  ["?lesson=pvc&seed=99", "desktop"],
  ["?embed=1&projector=1", "desktop"],
];

/** What changes a line that waits for the second part. */
const editing = "Backspace ArrowLeft ArrowRight Delete Home End ArrowUp ArrowDown Alt+b Alt+f Control+a Control+e Control+k Control+y Control+w Control+u".split(" ");

const ran = new Set();
let first = true;
const server = await serve(folder);
const browser = await launch();
for (const [query, screen] of beginnings) {
  const context = await browser.newContext({ ...screens[screen], serviceWorkers: "block" });
  const page = await context.newPage();
  await page.addInitScript(() =>
    addEventListener("TrunkApplicationStarted", ({ detail }) => (globalThis.exportsOfWasm = detail.wasm)),
  );
  // The second part, empty here, fails once and then never comes: what is said and held meanwhile has to come first too.
  let asked = 0;
  await page.route("**/*-rest.wasm", (route) => (asked++ ? undefined : route.abort()));
  await page.goto(server.url + query);
  await page.waitForFunction(() => document.querySelector("kp-terminal")?.text?.includes("$"));
  if (screen === "desktop") {
    await page.evaluate(() => document.querySelector("kp-terminal").focus());
    await page.keyboard.type("kubectl get 'po");
    for (const key of editing) await page.keyboard.press(key);
    await page.keyboard.type("kubectl get po");
    await page.keyboard.press("Backspace");
  }
  // What is pressed waits for the second part; what the pointer, the keyboard and the editor do by the way does not.
  if (screen === "desktop" && !query.includes("embed")) {
    await page.locator("kp-editor .cm-content").waitFor();
    for (const place of [".lesson .cmd .run", ".menu.lessons > button", "#picture", ".timeline", "kp-editor .cm-content"]) {
      const one = page.locator(place).first();
      if (await one.isVisible()) await one.click();
    }
    await page.keyboard.type("# ");
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Alt+p");
    await page.evaluate(() => document.querySelector("kp-terminal").focus());
  }
  // What is done now and then, or put off (src/handout.rs), as long as the second part is on its way.
  await page.waitForTimeout(first ? 13_000 : 1500);
  if (screen === "desktop") {
    await page.keyboard.press("Enter");
    await page.waitForTimeout(1000);
  }
  first = false;
  const marks = await page.evaluate(
    ([address, count]) => Array.from(new Uint8Array(globalThis.exportsOfWasm.memory.buffer, address, count)),
    [address, count],
  );
  marks.forEach((mark, at) => mark && ran.add(at));
  await context.close();
}
await browser.close();
await server.close();
console.log([...ran].sort((a, b) => a - b).join("\n"));
