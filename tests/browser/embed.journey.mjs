// In another page's frame: the host keeps its keyboard and its place; the lesson's step is there, nothing is cut off.
import { Student } from "./student.mjs";

const host = (query, style) => `<!doctype html><title>notes</title><input id="notes" autofocus>
<div style="height:1500px"></div><div id="place"></div><div style="height:1500px"></div>
<script>setTimeout(() => { place.innerHTML = '<iframe src="./${query}" style="${style}" title="kube-playground"></iframe>'; }, 200);</script>`;

export default async (t) => {
  for (const query of ["?embed=1&lesson=service&lang=en", "?lesson=service&lang=en"]) {
    await t.step(`the host keeps the keyboard: ${query}`, async () => {
      const page = await t.open("host.html", {
        before: (page) => page.route("**/host.html", (route) => route.fulfill({ contentType: "text/html", body: host(query, "width:100%;height:640px") })),
      });
      await page.locator("#notes").click();
      const frame = page.frameLocator("iframe");
      let typed = "";
      const ready = frame.locator("kp-terminal").waitFor({ state: "attached" });
      let there = false;
      ready.then(() => (there = true));
      // As long as the frame takes, and some letters more.
      for (let more = 0; more < 25; more += there ? 1 : 0) {
        await page.keyboard.type("a");
        typed += "a";
        await t.drawn(page);
      }
      const [held, at, scrolled] = await page.evaluate(() => [document.querySelector("#notes").value, document.activeElement.tagName, scrollY]);
      t.check(held === typed && at === "INPUT" && scrolled === 0, `of ${typed.length} letters ${held.length} arrived; ${at} has the keyboard; scrolled by ${scrolled}`);
      // A click gives it the keyboard.
      await t.until(() => frame.locator("kp-terminal").evaluate((it) => it.text?.includes("student@laptop")), "there is no prompt");
      await frame.locator("kp-terminal").click();
      await page.keyboard.type("echo typed here\r");
      await frame.locator("kp-terminal .xterm-rows", { hasText: "typed here" }).waitFor();
    });
  }
  for (const [width, height] of [
    [800, 500],
    [1000, 640],
    [390, 640],
  ]) {
    await t.step(`the step at ${width} x ${height}`, async () => {
      const student = await Student.arrive(t, "?embed=1&lesson=service&lang=en", { viewport: { width, height } });
      const { page } = student;
      const strip = page.locator(".strip");
      await strip.getByText("Start three Pods").waitFor();
      await t.screenshot(page, `embed-${width}`);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll(".header > *, .strip, .strip .ways, .strip .run, .app > .terminals, .thumbs button")]
          .filter((it) => it.checkVisibility({ visibilityProperty: true }))
          .filter((it) => {
            const { left, right, top, bottom, width } = it.getBoundingClientRect();
            return width > 0 && (left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5);
          })
          .map((it) => it.className || it.textContent),
      );
      t.check(cut.length === 0, `cut off: ${cut.join(", ")}`);
      await strip.getByRole("button", { name: /^Run: kubectl apply/ }).click();
      await student.reads(/created/);
      // Its next command is offered.
      await strip.getByRole("button", { name: /^Run: kubectl get pod/ }).waitFor();
      await strip.getByRole("button", { name: "Next" }).click();
      await strip.getByText("2 / 7").waitFor();
      const full = await page.getByRole("link", { name: /Open the full page/ }).getAttribute("href");
      t.check(/\?lesson=service&lang=en$/.test(full), `the full page is ${full}`);
      await t.accessible(page, `embed-${width}`);
    });
  }
};
