// Course notes as other systems make them: each page in recipes/ has the lines that docs/embedding.md names, and shows a cluster that
// runs the notes' own commands. reveal.js is played itself.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./server.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const recipes = join(root, "tests/browser/recipes");
const published = "https://YOUR-NAME.github.io/kube-playground/";

/** The lines in the way the documentation shows them. */
const shown = (text) => text.trim().split("\n").map((line) => (line ? `    ${line}` : line)).join("\n");

/** Runs the notes' commands by their button, and sees what they print. */
async function plays(t, page) {
  await page.locator("kube-run").getByRole("button", { name: "Run" }).click();
  const found = await page.waitForFunction(() => document.querySelector("kube-playground").shadowRoot?.querySelector("iframe"));
  const frame = await found.asElement().contentFrame();
  const terminal = () => frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])")?.text ?? "");
  await t.until(async () => /\nfrom the notes\n/.test(await terminal()), async () => `the terminal shows ${await terminal()}`);
  const text = await terminal();
  t.check(/\$ kubectl get nodes\necho from the notes\nNAME +STATUS/.test(text), `other lines were typed: ${text}`);
  t.check((await page.locator("kube-playground").count()) === 1 && page.frames().length === 2, "there is another playground");
  t.check((await page.evaluate(() => document.querySelector("kube-playground").offsetHeight)) === 500, "it has another height");
  const fallback = page.locator("kube-playground p");
  t.check((await fallback.count()) === 1 && !(await fallback.isVisible()), "what stood in its place is still seen, or elsewhere");
}

export default async (t) => {
  const inner = await serve();
  const folder = join(t.folder, "notes", "");
  mkdirSync(folder, { recursive: true });
  const outer = await serve(join(folder, "/"), "/");
  const options = {
    // What the systems fetch for themselves is not here.
    allow: (text) => !text.startsWith(inner.url) && !/kube/.test(text),
    before: (page) => page.route((url) => ![inner.url, outer.url].some((it) => url.href.startsWith(new URL(it).origin)), (route) => route.abort()),
  };

  await t.step("the documentation has the lines that are played", () => {
    const read = (file) => readFileSync(join(recipes, file), "utf8");
    const [element] = /<div>[^]*<\/div>/.exec(read("notes.md"));
    const [run] = /```[^]*<\/kube-run>/.exec(read("notes.md"));
    const [quarto] = /```\{=html\}\n<kube-playground[^]*?```/.exec(read("notes.qmd"));
    for (const file of ["docs/embedding.md", "docs/embedding.ko.md"]) {
      const text = readFileSync(join(root, file), "utf8");
      for (const lines of [element, run, quarto]) t.check(text.includes(shown(lines)), `${file} lacks\n${lines}`);
    }
  });

  for (const file of readdirSync(recipes).filter((it) => it.endsWith(".html"))) {
    await t.step(file, async () => {
      const text = readFileSync(join(recipes, file), "utf8");
      t.check(text.includes(`${published}embed.js`), "it does not load the script");
      writeFileSync(join(folder, file), text.replaceAll(published, inner.url));
      const page = await t.open(outer.url + file, options);
      await page.locator("kube-run").getByRole("button").waitFor();
      t.check(await page.evaluate(() => document.querySelector("kube-run").childNodes.length === 0), "React would find what it did not make");
      if (file === "docusaurus.html") await page.evaluate(() => (document.querySelector("#__docusaurus").innerHTML += ""));
      await plays(t, page);
      await page.context().close();
    });
  }

  await t.step("reveal.js: a cluster starts with its slide", async () => {
    rmSync(join(folder, "reveal"), { recursive: true, force: true });
    cpSync(join(root, "www/node_modules/reveal.js/dist"), join(folder, "reveal"), { recursive: true });
    writeFileSync(
      join(folder, "slides.html"),
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Slides</title><link rel="stylesheet" href="reveal/reveal.css">
<script src="${inner.url}embed.js"></script></head><body><div class="reveal"><div class="slides">
<section><h1>One</h1></section><section><h1>Two</h1></section><section><h1>Three</h1></section><section><h1>Four</h1></section>
<section id="last"><kube-playground lesson="service" height="500"><p>The Service's address stays.</p></kube-playground>
<pre>kubectl get nodes
echo from the notes</pre><kube-run></kube-run></section>
</div></div><script src="reveal/reveal.js"></script><script>Reveal.initialize({ hash: true, width: 1200, height: 800, transition: "none" });</script></body></html>`,
    );
    const page = await t.open(`${outer.url}slides.html`, options);
    await page.waitForFunction(() => globalThis.Reveal?.isReady());
    await t.drawn(page);
    t.check(page.frames().length === 1, "a slide that is not shown has a frame");
    await page.evaluate(() => Reveal.slide(4));
    await page.waitForFunction(() => document.querySelector("kube-playground").shadowRoot.querySelector("iframe"));
    t.check(page.frames().length === 2, "there are other frames");
    await plays(t, page);
    await page.context().close();
  });

  await Promise.all([outer.close(), inner.close()]);
};
