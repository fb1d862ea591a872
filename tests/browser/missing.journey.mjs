// A file of the page that is missing, blocked or something else: each is said in a sentence, in the person's language.
import { serve, dist } from "./server.mjs";
import { Student } from "./student.mjs";

const anything = { allow: () => true };
const gone = (pattern) => (page) => page.route(pattern, (route) => route.abort());
const not_found = (pattern) => (page) => page.route(pattern, (route) => route.fulfill({ status: 404, contentType: "text/plain", body: "not found" }));
const front_page = (pattern) => (page) =>
  page.route(pattern, (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html><title>x</title>" }));

/** The only sentence shown above the page. */
async function told(t, page, pattern) {
  const box = page.locator(".notice.missing");
  await box.first().waitFor();
  const texts = await box.allInnerTexts();
  t.check(texts.length === 1 && pattern.test(texts[0]), `it says ${JSON.stringify(texts)}, not ${pattern}`);
}

const stopped = (t, page) => t.until(async () => !(await page.locator(".loading").isVisible()), "it still says that it fetches");

export default async (t) => {
  const ways = { gone, not_found, front_page };
  for (const [way, block] of Object.entries(ways)) {
    await t.step(`no terminal: ${way}`, async () => {
      const page = await t.open("?lang=en", { ...anything, before: block("**/terminal.js") });
      await told(t, page, /^The terminal \(the file terminal\.js\) did not arrive.*Reload/);
      await page.locator(".lesson h2, .lesson h1").first().waitFor();
      await page.context().close();
    });
    await t.step(`no editor: ${way}`, async () => {
      const student = await Student.arrive(t, "?lang=ko", { ...anything, before: block("**/editor.js") });
      await told(t, student.page, /^YAML 편집기\(editor\.js 파일\)가 오지 않았거나/);
      await student.page.getByText("편집기를 가져오는 중입니다").waitFor({ state: "hidden" });
      // All else works; the sentence can be put away.
      await student.runs("kubectl get nodes", /minikube +Ready/);
      await t.screenshot(student.page, `no-editor-${way}`);
      await student.page.getByRole("button", { name: "닫기", exact: true }).click();
      await student.page.locator(".notice.missing").waitFor({ state: "detached" });
      await student.page.context().close();
    });
    await t.step(`no page.js: ${way}`, async () => {
      const page = await t.open("?lang=ko", { ...anything, before: block("**/page.js") });
      await told(t, page, /^page\.js 파일이 오지 않았거나.*새로고침/);
      await stopped(t, page);
      await page.context().close();
    });
    await t.step(`no wasm: ${way}`, async () => {
      const page = await t.open("?lang=en", { ...anything, before: block(/\.wasm$/) });
      await told(t, page, /^The WebAssembly file that holds the cluster did not arrive/);
      await stopped(t, page);
      t.check((await page.locator(".crash").count()) === 0, "it says that the simulator stopped");
      await t.screenshot(page, `no-wasm-${way}`);
      await t.accessible(page, `no-wasm-${way}`);
      await page.context().close();
    });
    await t.step(`no program: ${way}`, async () => {
      const page = await t.open("?lang=en", { ...anything, before: block(/\/(app|kube-playground-[^/]*)\.js$/) });
      await told(t, page, /^The program of this page did not arrive/);
      await stopped(t, page);
      await page.context().close();
    });
    await t.step(`no styles: ${way}`, async () => {
      const page = await t.open("?lang=en", { ...anything, before: block("**/page.css") });
      await told(t, page, /page\.css, which says how the page looks/);
      await page.context().close();
    });
  }
  await t.step("the wasm breaks off in the middle", async () => {
    const page = await t.open("?lang=ko", {
      ...anything,
      before: (page) =>
        page.addInitScript(() => {
          const whole = fetch;
          globalThis.fetch = async (...given) => {
            const response = await whole(...given);
            if (!response.url.endsWith(".wasm")) return response;
            let pieces = 0;
            const body = new ReadableStream({ pull: (out) => (pieces++ ? out.error(new TypeError("network error")) : out.enqueue(new Uint8Array(100))) });
            return new Response(body, { headers: { "content-type": "application/wasm" } });
          };
        }),
    });
    await told(t, page, /WebAssembly 파일이 온전히 오지 않았거나/);
    await stopped(t, page);
    await page.context().close();
  });
  await t.step("no JavaScript", async () => {
    const page = await t.open("", { ...anything, javaScriptEnabled: false });
    const text = await page.locator("noscript .missing").innerText();
    t.check(/JavaScript를 켠 뒤/.test(text) && /turn JavaScript on/.test(text), `it says ${text}`);
    await stopped(t, page);
    await t.screenshot(page, "no-scripts");
    await page.context().close();
  });
  for (const [what, policy] of [["inline scripts", "default-src 'self'"], ["all scripts", "script-src 'none'"]]) {
    await t.step(`a server's policy blocks ${what}`, async () => {
      const server = await serve(dist, "/course/kube/", { "Content-Security-Policy": policy });
      const page = await t.open(server.url, anything);
      // Not to wait for it.
      await page.evaluate(() => document.getAnimations().forEach((it) => it.finish()));
      await page.locator(".loading .blocked").filter({ hasText: "blocked or missing" }).waitFor();
      await page.context().close();
      await server.close();
    });
  }
  await t.step("a policy without WebAssembly", async () => {
    const server = await serve(dist, "/course/kube/", { "Content-Security-Policy": "script-src 'self' 'unsafe-inline'" });
    const page = await t.open(`${server.url}?lang=en`, anything);
    await told(t, page, /^This browser, or a policy of this site, does not allow WebAssembly/);
    await page.context().close();
    await server.close();
  });
  await t.step("a sandbox in which the page may not fetch its own files", async () => {
    const outer = await serve();
    const page = await t.open(`${outer.url}licenses.txt`, anything);
    await page.setContent(`<iframe sandbox="allow-scripts" width="900" height="600" src="${t.base}?embed=1&lang=ko"></iframe>`);
    const frame = page.frameLocator("iframe");
    await frame.locator(".notice.missing").waitFor();
    const texts = await frame.locator(".notice.missing").allInnerTexts();
    t.check(texts.length === 1 && /allow-same-origin/.test(texts[0]), `it says ${texts}`);
    await outer.close();
  });
};
