// `embed.js` in a page of others, from another origin: course notes with playgrounds in them, and what such a page may do.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dist, serve } from "./server.mjs";
import { Student } from "./student.mjs";

const far = '<div style="height:4000px"></div>';

/** Opens a page of notes with this text, on a server of its own; `inner` is where the playground comes from. */
async function notes(t, outer, inner, body, { head = "", ...options } = {}) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>notes</title>${head}
<script>shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((it) => (shifts += it.value))).observe({ type: "layout-shift", buffered: true });</script>
<script src="${inner.url}embed.js"></script><input id="notes" autofocus>${body}</html>`;
  writeFileSync(join(t.folder, "notes.html"), html);
  return t.open(`${outer.url}notes.html`, { allow: (text) => /favicon|404/.test(text), ...options });
}

/** The frame of the element that a selector finds. */
async function frameOf(page, selector) {
  const frame = await page.waitForFunction((it) => document.querySelector(it)?.shadowRoot?.querySelector("iframe"), selector);
  return frame.asElement().contentFrame();
}

const terminal = (frame) => frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])")?.text ?? "");

/** Waits until the terminal in a frame shows something. */
const shows = (t, frame, pattern) => t.until(async () => pattern.test(await terminal(frame)), async () => `the terminal shows ${await terminal(frame)}`);

/** Asks the element; gives the answer, or the error as a text. */
const ask = (page, selector, verb, ...given) =>
  page.evaluate(([it, verb, given]) => document.querySelector(it)[verb](...given).catch((error) => `error: ${error.message}`), [selector, verb, given]);

export default async (t) => {
  const [outer, inner] = [await serve(join(t.folder, "/"), "/"), await serve()];

  await t.step("the script is small, and refers to nothing", () => {
    const { size } = statSync(join(dist, "embed.js"));
    t.check(size <= 5 * 1024, `embed.js has ${size} bytes`);
    t.check(!/import\s*\(|\bfetch\(|eval\(/.test(readFileSync(join(dist, "embed.js"), "utf8")), "embed.js fetches something");
  });

  await t.step("five in a page cost it the script alone until a reader comes near one", async () => {
    inner.requests.length = 0;
    const one = (id) => `${far}<kube-playground id="${id}" lesson="service"><p>The transcript of ${id}</p></kube-playground>`;
    const page = await notes(t, outer, inner, ["a", "b", "c", "d", "e"].map(one).join("") + far);
    await page.locator("#notes").click();
    await page.keyboard.type("notes");
    await t.drawn(page);
    t.check(inner.requests.join() === "/course/kube/embed.js", `it fetched ${inner.requests.join(" ")}`);
    t.check(page.frames().length === 1, "there is a frame already");
    t.check(await page.locator("#a").getByText("The transcript of a").isVisible(), "what stands in its place is not seen");
    const before = await page.evaluate(() => document.documentElement.scrollHeight);

    await page.evaluate(() => document.querySelector("#b").scrollIntoView());
    const frame = await frameOf(page, "#b");
    await shows(t, frame, /student@laptop:~\$/);
    await page.waitForFunction(() => !document.querySelector("#b").shadowRoot.querySelector("iframe").inert);
    t.check(page.frames().length === 2, `${page.frames().length - 1} frames were loaded for the one that is near`);
    const after = await page.evaluate(() => [document.documentElement.scrollHeight, shifts, document.activeElement.id, document.querySelector("#notes").value]);
    t.check(after[0] === before && after[1] === 0, `the page moved: ${before} to ${after[0]} pixels, shifted by ${after[1]}`);
    await t.screenshot(page, "near");
    t.check(after[2] === "notes", `the keyboard went to ${after[2]}`);
    await page.keyboard.type(" go on");
    t.check((await page.locator("#notes").inputValue()) === "notes go on", "letters were lost");
    t.check(!(await page.locator("#b").getByText("The transcript").isVisible()), "what stood in its place is still seen");
    await page.emulateMedia({ media: "print" });
    t.check(await page.locator("#b").getByText("The transcript").isVisible(), "on paper there is nothing in its place");
    await page.context().close();
  });

  await t.step("a press starts one, and without scripts the text is there", async () => {
    const body = `<kube-playground id="a" loading="click" title="A cluster" height="500"><p>a transcript</p></kube-playground>`;
    const page = await notes(t, outer, inner, body);
    t.check(page.frames().length === 1, "there is a frame already");
    t.check((await page.locator("#a").boundingBox()).height === 500, "it has another height");
    await page.getByRole("button", { name: "A cluster" }).click();
    await shows(t, await frameOf(page, "#a"), /student@laptop:~\$/);
    await page.context().close();
    const bare = await notes(t, outer, inner, body, { javaScriptEnabled: false });
    t.check(await bare.getByText("a transcript").isVisible(), "the text is not there");
    await bare.context().close();
  });

  await t.step("three on a page are three worlds; two of a session are one", async () => {
    const page = await notes(
      t,
      outer,
      inner,
      `<kube-playground id="a" loading="eager" session="one"></kube-playground><kube-playground id="b" loading="eager"></kube-playground>
<kube-playground id="c" loading="eager" session="one" title="The same"></kube-playground>`,
    );
    for (const [id, text] of [["a", "alpha"], ["b", "beta"]]) t.check((await ask(page, `#${id}`, "run", `echo ${text} > mine.txt`)) === null, "it was not run");
    for (const [id, text] of [["a", "alpha"], ["b", "beta"], ["c", "alpha"]]) {
      await t.until(async () => (await ask(page, `#${id}`, "files"))["mine.txt"] === `${text}\n`, async () => JSON.stringify(await ask(page, `#${id}`, "files")));
    }
    t.check(page.frames().length === 3, `there are ${page.frames().length - 1} frames`);
    await page.getByRole("button", { name: "The same" }).click();
    await page.waitForFunction(() => Math.abs(document.querySelector("#a").getBoundingClientRect().top) < 2);
    await page.context().close();
  });

  await t.step("what a page can ask, and what it is told", async () => {
    const page = await notes(t, outer, inner, `<kube-playground id="a" loading="eager" lesson="service" panels="lesson,picture,terminal,editor" style="height:800px"></kube-playground>`);
    await page.evaluate(() => {
      told = [];
      for (const event of ["ready", "step", "completed", "failed", "resize", "command"]) document.querySelector("#a").on(event, (detail) => told.push([event, detail]));
    });
    const told = (event, test) => t.until(() => page.evaluate(([event, test]) => told.find(([name, detail]) => name === event && new RegExp(test).test(JSON.stringify(detail))), [event, test]), `${event} ${test} was not told`);
    const frame = await frameOf(page, "#a");
    await told("ready", '"lesson":"service"');
    t.check((await ask(page, "#a", "state")).step === 1, "it is at another step");
    await ask(page, "#a", "run", "cat << 'EOF' > two.txt\n\tone $HOME\ntwo\nEOF");
    await ask(page, "#a", "run", "kubectl apply -f deployment.yaml");
    await told("command", '"line":"kubectl apply -f deployment.yaml"');
    await told("completed", '"step":1');
    t.check((await ask(page, "#a", "files"))["two.txt"] === "\tone $HOME\ntwo\n", `lines arrived as ${JSON.stringify((await ask(page, "#a", "files"))["two.txt"])}`);
    await ask(page, "#a", "files", { "new.yaml": "kind: Pod\n" });
    await ask(page, "#a", "type", "cat new.yaml\n");
    await shows(t, frame, /\nkind: Pod/);
    await ask(page, "#a", "step", 2);
    await told("step", '"step":2');
    t.check((await ask(page, "#a", "step")) === 2, "it is not at step 2");
    await ask(page, "#a", "setLang", "ko");
    await ask(page, "#a", "setTheme", "dark");
    await t.until(() => frame.evaluate(() => document.documentElement.lang === "ko" && document.documentElement.dataset.theme === "dark"), "neither language nor theme changed");
    await ask(page, "#a", "show", "editor");
    const link = await ask(page, "#a", "share");
    t.check(link.startsWith(`${inner.url}?`) && /#s=v1\.[\w-]+$/.test(link) && !link.includes("embed="), `the link is ${link}`);
    await ask(page, "#a", "reset");
    await t.until(async () => !(await ask(page, "#a", "files"))["two.txt"], "it was not reset");
    // A session comes back with its step.
    await ask(page, "#a", "load", link);
    t.check((await ask(page, "#a", "files"))["new.yaml"] === "kind: Pod\n", "the file did not come back");
    t.check((await ask(page, "#a", "step")) === 2, "it came back at another step");
    // Another lesson is another beginning.
    await page.evaluate(() => (told = []));
    await ask(page, "#a", "load", { lesson: "pvc", step: 3 });
    await told("ready", '"lesson":"pvc"');
    await t.until(async () => (await ask(page, "#a", "state")).step === 3, "it is at another step");
    await page.evaluate(() => (document.querySelector("#a").style.height = "700px"));
    await told("resize", '"height":700');
    await page.context().close();
  });

  await t.step("the notes' own commands get buttons", async () => {
    const page = await notes(
      t,
      outer,
      inner,
      `<pre id="p">kubectl create cm one</pre><kube-run></kube-run>
<kube-run for="b"><pre>$ kubectl create cm two
configmap/two created
$ cat &gt; three.txt &lt;&lt;END
three
> four
END
printed
</pre><p>and</p><pre>pwd</pre></kube-run>${far}
<kube-playground id="a"></kube-playground>${far}<kube-playground id="b" lang="ko"></kube-playground>`,
    );
    const buttons = page.getByRole("button", { name: "Run" });
    t.check((await buttons.count()) === 3, `there are ${await buttons.count()} buttons`);
    t.check(page.frames().length === 1, "there is a frame already");
    const [first, second] = await page.locator("kube-run").all();
    await first.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await shows(t, await frameOf(page, "#a"), /configmap\/one created/);
    await second.getByRole("button").first().click();
    const frame = await frameOf(page, "#b");
    await shows(t, frame, /configmap\/two created/);
    await t.until(async () => (await ask(page, "#b", "files"))["three.txt"] === "three\nfour\n", async () => JSON.stringify(await ask(page, "#b", "files")));
    t.check((await frame.evaluate(() => document.documentElement.lang)) === "ko", "it speaks another language");
    t.check((await page.evaluate(() => document.activeElement.textContent)) === "Run", "the keyboard was taken");
    await page.context().close();
  });

  await t.step("who goes through the page by Tab comes out again", async () => {
    const page = await notes(t, outer, inner, `<kube-playground id="a" loading="eager" lesson="service"></kube-playground><a href="#" id="after">after it</a>`);
    const frame = await frameOf(page, "#a");
    await shows(t, frame, /student@laptop:~\$/);
    await t.until(() => ask(page, "#a", "state"), "it is not ready");
    await page.locator("#notes").focus();
    const passed = [];
    while (passed.length < 60 && passed.at(-1) !== "after") {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => document.activeElement.id);
      passed.push(at === "a" ? await frame.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent) : at);
    }
    t.check(passed.at(-1) === "after" && passed.some((it) => /terminal/i.test(it ?? "")), `Tab went to ${passed.join(", ")}`);
    // Once something is typed, Tab completes.
    await frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await page.keyboard.type("cat serv");
    await page.keyboard.press("Tab");
    await shows(t, frame, /cat service\.yaml/);
    await page.context().close();
  });

  await t.step("attributes: files, commands to run, one to be sent by the reader", async () => {
    const page = await notes(t, outer, inner, `<kube-playground id="a" loading="eager" file="service.yaml" run="echo first&#10;echo second" fill="kubectl get pods"></kube-playground>`);
    const frame = await frameOf(page, "#a");
    await shows(t, frame, /\nfirst\nsecond\n[^]*\$ kubectl get pods$/);
    await page.context().close();
  });

  await t.step("in a sandbox, without storage", async () => {
    const open = await serve(dist, "/course/kube/", { "Access-Control-Allow-Origin": "*" });
    const page = await notes(t, outer, open, `<kube-playground id="a" loading="eager" sandbox="allow-scripts"></kube-playground>`);
    t.check((await ask(page, "#a", "run", "echo in a sandbox")) === null, "it was not run");
    const frame = await frameOf(page, "#a");
    await shows(t, frame, /\nin a sandbox/);
    t.check((await frame.evaluate(() => self.origin)) === "null", "it has an origin");
    await Promise.all([page.context().close(), open.close()]);
  });

  await t.step("under a policy that allows the playground and nothing else", async () => {
    const from = new URL(inner.url).origin;
    const policy = `default-src 'none'; script-src ${from}; frame-src ${from}; require-trusted-types-for 'script'`;
    const head = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
    // The only thing that may be refused is what this journey itself has in its notes.
    const allow = (text) => /favicon|404|inline script/.test(text);
    const page = await notes(t, outer, inner, `<kube-playground id="a" height="480"><p>a transcript</p></kube-playground><kube-run><pre>echo allowed</pre></kube-run>`, { head, allow });
    await page.getByRole("button", { name: "Run" }).click();
    await shows(t, await frameOf(page, "#a"), /\nallowed/);
    t.check((await page.locator("#a").boundingBox()).height === 480, "it has another height");
    t.check(!(await page.getByText("a transcript").isVisible()), "what stood in its place is still seen");
    await page.context().close();
  });

  await t.step("slides: a cluster starts with its slide", async () => {
    const slide = (id) => `<section id="slide-${id}" style="display:none"><kube-playground id="${id}"></kube-playground></section>`;
    const page = await notes(t, outer, inner, slide("a") + slide("b"));
    await t.drawn(page);
    t.check(page.frames().length === 1, "a hidden slide has a frame");
    await page.evaluate(() => (document.querySelector("#slide-b").style.display = ""));
    await shows(t, await frameOf(page, "#b"), /student@laptop/);
    t.check(page.frames().length === 2, "the other slide has a frame, too");
    await page.context().close();
  });

  await t.step("an element that is moved, or taken away, leaves nothing behind", async () => {
    const page = await notes(t, outer, inner, `<kube-playground id="a" loading="eager" session="one"></kube-playground><div id="elsewhere"></div><kube-playground id="b" session="one"></kube-playground>`);
    t.check((await ask(page, "#a", "state")).lesson === "service", "it is another lesson");
    await page.evaluate(() => document.querySelector("#elsewhere").append(document.querySelector("#a")));
    t.check((await ask(page, "#a", "run", "echo moved")) === null, "it was not run");
    await shows(t, await frameOf(page, "#a"), /\nmoved/);
    t.check(page.frames().length === 2, `there are ${page.frames().length - 1} frames`);
    // What is asked of one that goes is refused, and whoever shared its session has one of their own.
    const refused = page.evaluate(() => {
      const a = document.querySelector("#a");
      const load = a.load({ lesson: "pvc" }).then(() => a.state());
      load.catch(() => {});
      return new Promise((resolve) => a.on("ready", resolve)).then(() => {
        const asked = a.state().catch((error) => error.message);
        a.remove();
        return asked;
      });
    });
    t.check((await refused) === "gone", `it was answered ${JSON.stringify(await refused)}`);
    t.check((await ask(page, "#b", "run", "echo mine")) === null, "it was not run");
    await shows(t, await frameOf(page, "#b"), /\nmine/);
    await page.context().close();
  });

  await t.step("what may not be, does nothing, and takes nothing", async () => {
    // The reader's own work on the same site, outside of any frame.
    const page = await notes(t, outer, inner, `<kube-playground id="a" loading="eager" lesson="service"></kube-playground><iframe id="other" src="about:blank"></iframe>`);
    const own = new Student(t, await page.context().newPage());
    await own.page.goto(`${inner.url}?lang=en&lesson=service`);
    await own.arrives();
    await own.runs("echo mine > mine.txt", /\$ $/);
    await own.keeps();
    await page.bringToFront();
    await ask(page, "#a", "run", "echo kept > kept.txt");
    await t.until(async () => (await ask(page, "#a", "files"))["kept.txt"], "it was not run");
    const frame = await frameOf(page, "#a");
    const before = await terminal(frame);
    const refused = [
      ["run", ""],
      ["run", "a\u0003b"],
      ["run", 7],
      ["run", "ls", "laptop"],
      ["run", "ls", "pod/$(reboot)"],
      ["run", "x".repeat(300_000)],
      ["files", { "../x": "" }],
      ["files", { ".": "" }],
      ["files", { x: 1 }],
      ["files", "no"],
      ["step", 99],
      ["step", "two"],
      ["show", "nothing"],
      ["setTheme", "<img>"],
      ["setLang", "fr"],
      ["load", "#s=v1.AAAA"],
      ["load", "#s=v9.AAAA"],
      ["load", `${inner.url}`],
    ];
    for (const [verb, ...given] of refused) {
      const answer = await ask(page, "#a", verb, ...given);
      t.check(String(answer).startsWith("error: "), `${verb} ${JSON.stringify(given).slice(0, 60)} was answered ${JSON.stringify(answer)}`);
    }
    for (const verb of ["constructor", "__proto__", "eval", "take_up"]) {
      const answer = await page.evaluate((verb) => document.querySelector("#a").ask(verb, "1").catch((error) => `error: ${error.message}`), verb);
      t.check(/^error: a playground cannot/.test(answer), `${verb} was answered ${answer}`);
    }
    // Not the page around the frame: another frame of the page greets; and the page itself says what is no request.
    const heard = await page.evaluate(async (target) => {
      const inside = document.querySelector("#a").shadowRoot.querySelector("iframe").contentWindow;
      const other = document.querySelector("#other").contentWindow;
      const greet = (from, message) => {
        const { port1, port2 } = new MessageChannel();
        const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
        from.eval("(to, message, target, port) => to.postMessage(message, target, [port])")(inside, message, target, port2);
        for (const junk of [null, 1, "run", {}, { id: 1 }, { id: "1", do: "run" }, { id: 1, do: {} }]) port1.postMessage(junk);
        return answer;
      };
      const wrong = [greet(other, { kubePlayground: 1 }), greet(window, { kubePlayground: 2 }), greet(window, null), greet(window, "hello")];
      // What is greeted rightly after them is answered, so they were heard before.
      const right = await greet(window, { kubePlayground: 1 });
      return [right, await Promise.race([...wrong, Promise.resolve("silence")])];
    }, new URL(inner.url).origin);
    t.check(heard[0].welcome === 1 && heard[1] === "silence", `it answered ${JSON.stringify(heard)}`);
    t.check((await ask(page, "#a", "files"))["kept.txt"] === "kept\n", "the frame lost its file");
    t.check((await terminal(frame)) === before, `something was typed: ${await terminal(frame)}`);
    await own.page.reload();
    await own.arrives();
    await own.runs("cat mine.txt", /\nmine/);
    await page.context().close();
  });

  await t.step("a page that cannot start says so", async () => {
    const page = await notes(t, outer, inner, `<kube-playground id="a"></kube-playground>`, {
      allow: () => true,
      before: async (page) => {
        await page.route("**/*.wasm", (route) => route.abort());
        await page.addInitScript(() => addEventListener("failed", ({ detail }) => (globalThis.failed = detail), { capture: true }));
      },
    });
    await page.waitForFunction(() => globalThis.failed);
    await (await frameOf(page, "#a")).locator(".notice.missing").waitFor();
    await page.context().close();
  });

  await Promise.all([outer.close(), inner.close()]);
};
