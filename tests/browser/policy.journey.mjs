// The page as it is built keeps its own Content-Security-Policy: everything that a student does works under it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dist, serve } from "./server.mjs";
import { Student } from "./student.mjs";

/** Violations, wherever in the page they come from, on the console as errors; the browser's own words are not always there. */
const watch = (page) =>
  page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample} ${event.sourceFile}:${event.lineNumber}`);
    });
  });

export default async (t) => {
  await t.step("the policy comes before all scripts, and refuses what is not named", async () => {
    const index = readFileSync(join(dist, "index.html"), "utf8");
    const [, policy] = index.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)"/) ?? [];
    t.check(policy, "the page has no policy: `cargo xtask build` writes it, or `node www/policy.mjs dist/index.html`");
    t.check(index.indexOf("Content-Security-Policy") < index.indexOf("<script"), "a script comes before the policy");
    for (const part of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"]) {
      t.check(policy.includes(part), `the policy lacks ${part}: ${policy}`);
    }
    const scripts = policy.match(/script-src ([^;]*)/)[1].split(" ").filter((it) => !it.startsWith("'sha256-"));
    t.check(scripts.join(" ") === "'self' 'wasm-unsafe-eval'", `scripts may be ${scripts}`);
  });
  await t.step("what is not the page's own is refused", async () => {
    const page = await t.open("?lang=en", { allow: () => true });
    const tries = await page.evaluate(async () => {
      const done = {};
      const script = document.createElement("script");
      try {
        script.text = "globalThis.injected = true";
        document.head.append(script);
      } catch {}
      document.body.insertAdjacentElement("beforeend", Object.assign(document.createElement("img"), { src: "https://evil.example/x.png" }));
      done.script = globalThis.injected === true;
      try {
        document.createElement("div").innerHTML = "<b>x</b>";
        done.html = true;
      } catch {
        done.html = false;
      }
      done.fetch = await fetch("http://127.0.0.1:9/").then(() => true, () => false);
      return done;
    });
    t.check(!tries.script && !tries.html && !tries.fetch, `it let through: ${JSON.stringify(tries)}`);
    await page.context().close();
  });
  await t.step("terminal, editor, completions, dialogs, a download, print", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service", { before: watch });
    const { page } = student;
    await student.runs("kubectl apply -f deployment.yaml", /created/);
    await student.runs("kubectl explain pod.spec.containers | head -3", /KIND/);
    await student.clicksEditor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nkin");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-tooltip-autocomplete").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type(": : :");
    await page.locator(".cm-lintRange, .cm-lint-marker").first().waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the session" }).click()]);
    t.check(readFileSync(await file.path(), "utf8").includes("version"), "the download is empty");
    await page.keyboard.press("Escape");
    await page.locator(".brand").click();
    await page.keyboard.press("?");
    await page.locator("dialog a[href]").waitFor();
    const link = await page.locator("dialog a[href]").getAttribute("href");
    t.check(readFileSync(join(dist, link), "utf8").includes("codemirror"), "the licences do not name the editor");
    await page.keyboard.press("Escape");
    await page.emulateMedia({ media: "print" });
    await t.screenshot(page, "print");
    await page.emulateMedia({ media: "screen" });
    await page.getByRole("button", { name: "4×", exact: true }).click();
    await page.locator('.picture [aria-label^="Pod nginx"]').first().click();
    await page.locator(".inspector h2").waitFor();
    await page.reload();
    await student.reads(/KIND/);
  });
  await t.step("a panic's page, and its download", async () => {
    const student = await Student.arrive(t, "?lang=en", { before: watch });
    await student.page.evaluate(() => globalThis.kubePlayground.crash("a test"));
    await student.page.locator(".crash h1").waitFor();
    await Promise.all([student.page.waitForEvent("download"), student.page.getByRole("button", { name: /Download/ }).click()]);
  });
  // Another origin's page; and one that shuts the frame in a sandbox, which a server may allow.
  for (const [what, sandbox, headers] of [
    ["an embed", "", {}],
    ["an embed in a sandbox", 'sandbox="allow-scripts"', { "Access-Control-Allow-Origin": "*" }],
  ]) {
    await t.step(what, async () => {
      const server = await serve(dist, "/course/kube/", headers);
      const outer = await serve();
      // A text has no icon, so the browser asks for one; that it asks for nothing else of the kind, the smoke journey sees.
      const allow = (text) => text.includes("favicon.ico") || text.endsWith("a status of 404 (Not Found)");
      const page = await t.open(`${outer.url}licenses.txt`, { allow, before: watch });
      await page.setContent(`<iframe ${sandbox} width="900" height="600" src="${server.url}?embed=1&lang=en&lesson=service"></iframe>`);
      const frame = await (await page.locator("iframe").elementHandle()).contentFrame();
      const shows = (pattern) =>
        frame.waitForFunction((it) => new RegExp(it).test(document.querySelector("kp-terminal:not([hidden])")?.text ?? ""), pattern);
      await shows("student@laptop:~\\$ ?$");
      await frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
      await page.keyboard.type("kubectl get nodes");
      await page.keyboard.press("Enter");
      await shows("minikube +Ready");
      await page.context().close();
      await Promise.all([server.close(), outer.close()]);
    });
  }
};
