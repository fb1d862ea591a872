// A link that holds a whole session: copied, opened, refused; links of earlier versions; and what Share gives for other pages.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { Student, copies, copying } from "./student.mjs";

/** What was once published, and what a terminal shows that opens it: `HASH`, then a regular expression. */
const links = fileURLToPath(new URL("links/", import.meta.url));
const packed = (value, version = "v1") => `#s=${version}.${deflateRawSync(Buffer.from(typeof value === "string" ? value : JSON.stringify(value))).toString("base64url")}`;
export default async (t) => {
  let link;
  await t.step("a session is copied as a link", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=service", copying);
    const { page } = student;
    await student.runs("echo 안녕 > theirs.txt; kubectl apply -f deployment.yaml", /created[^]*\$ $/);
    await page.locator(".lesson .finished .btn.primary").click();
    await page.getByRole("button", { name: "Share" }).click();
    link = await copies(page, "Copy a link to it");
    t.check(link.startsWith(`${t.base}?lang=en&lesson=service#s=v1.`), `the link is ${link}`);
    t.check(link.length < 6_000, `the link has ${link.length} letters`);
    await t.accessible(page, "share");
    await t.screenshot(page, "share");
    const address = `${t.base}?lang=en&lesson=service&step=2`;
    const frame = await copies(page, "Copy iframe");
    const element = await copies(page, "Copy element");
    const markdown = await copies(page, "Copy Markdown");
    const read = await page.evaluate(
      (texts) =>
        texts.map((text) => {
          const policy = (globalThis.testPolicy ??= trustedTypes.createPolicy("test", { createHTML: (it) => it }));
          const { body, head } = new DOMParser().parseFromString(policy.createHTML(text), "text/html");
          const of = (name, attribute) => body.querySelector(name)?.getAttribute(attribute) ?? head.querySelector(name)?.getAttribute(attribute);
          return [of("iframe", "src"), of("script", "src"), of("kube-playground", "lesson"), of("kube-playground", "step"), of("a", "href")];
        }),
      [frame, element],
    );
    t.check(read[0][0] === address.replace("?", "?embed=1&"), `the iframe is ${frame}`);
    t.check(read[1].join() === [undefined, `${t.base}embed.js`, "service", "2", address].join(), `the element is ${element}`);
    t.check(markdown === `[kube-playground: try it in your browser](${address})`, `the Markdown is ${markdown}`);
    await page.context().close();
  });
  await t.step("it opens elsewhere, at its step, and a reload goes on", async () => {
    const student = await Student.arrive(t, link);
    const { page } = student;
    t.check((await student.step()) === "2 / 7", `it is at ${await student.step()}`);
    await student.runs("cat theirs.txt", /\n안녕/);
    t.check(!page.url().includes("#"), `the address is ${page.url()}`);
    await student.runs("echo more >> theirs.txt", /\$ $/);
    await student.keeps();
    await page.reload();
    await student.arrives();
    await student.runs("cat theirs.txt", /\n안녕\nmore/);
    await page.context().close();
  });
  await t.step("what a person did is not overwritten", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=pvc");
    const { page } = student;
    await student.runs("echo mine > mine.txt", /\$ $/);
    await student.keeps();
    await page.goto(link);
    await page.getByRole("heading", { name: "This link holds a session" }).waitFor();
    await page.locator(".crash pre", { hasText: "kubectl apply -f deployment.yaml" }).waitFor();
    await t.accessible(page, "asked");
    await t.screenshot(page, "asked");
    await page.getByRole("button", { name: "Go on with mine" }).click();
    await student.reads(/mine\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt; ls theirs.txt", /\nmine\n[^]*No such file/);
    // In the page itself, as when somebody puts the link into its address.
    await Promise.all([page.waitForEvent("load"), page.evaluate((to) => (location.href = to), page.url().replace(/#.*/, "") + new URL(link).hash)]);
    await page.getByRole("button", { name: "Open the link's session" }).click();
    await student.arrives();
    await student.runs("cat theirs.txt; ls mine.txt", /\n안녕\n[^]*No such file/);
    t.check((await student.step()) === "2 / 7", `it is at ${await student.step()}`);
    await student.keeps();
    await page.getByRole("button", { name: "Share" }).click();
    await Promise.all([page.waitForEvent("load"), page.locator("dialog .asides button").first().click()]);
    await student.reads(/mine\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt", /\nmine/);
    await page.context().close();
  });
  await t.step("links of earlier versions are read for ever", async () => {
    const all = readdirSync(links);
    t.check(all.length > 0, "there is no link");
    for (const file of all) {
      const [hash, pattern] = readFileSync(links + file, "utf8").trim().split("\n");
      const student = await Student.arrive(t, `?lang=en${hash}`);
      await student.runs("cat note.txt; kubectl get deployments", new RegExp(pattern));
      t.check((await student.page.locator(".notice").count()) === 0, `${file} is complained of`);
      await student.page.context().close();
    }
  });
  await t.step("what is no session is refused, and nothing is lost for it", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo mine > mine.txt", /\$ $/);
    await student.keeps();
    const session = { version: 1, entries: [], end: [0, 0] };
    for (const [hash, told] of [
      ["#s=", /cannot be read/],
      ["#s=v1.", /cannot be read/],
      [`${packed({ session, lesson: "service", progress: {} }).slice(0, -9)}`, /cannot be read/],
      [packed({ session: { version: 1 } }), /cannot be read/],
      [packed({ session }, "v2"), /newer version/],
      [packed("<script>alert(1)</script>"), /cannot be read/],
      // A kilobyte that would become a gigabyte.
      [packed(" ".repeat(60_000_000)), /cannot be read/],
    ]) {
      // Another address, so that the page is loaded.
      await page.goto("about:blank");
      await page.goto(`${t.base}?lang=en${hash}`);
      await page.locator(".notice.missing").filter({ hasText: told }).waitFor();
      await student.arrives();
      await student.runs("cat mine.txt", /\nmine/);
      await student.keeps();
    }
    // It looks like a session, and is none that was lived.
    await page.goto("about:blank");
    await page.goto(`${t.base}?lang=en${packed({ session: { ...session, seed: "x" }, lesson: "service", progress: { "../x": "1", service: 7 } })}`);
    await page.getByRole("button", { name: "Open the link's session" }).click();
    await page.locator(".notice").filter({ hasText: "could not be opened" }).waitFor();
    await student.arrives();
    await page.getByRole("button", { name: "Share" }).click();
    await Promise.all([page.waitForEvent("load"), page.locator("dialog .asides button").first().click()]);
    await student.reads(/mine\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt", /\nmine/);
    await page.context().close();
  });
  await t.step("a link that runs commands runs them in a cluster of their own, once", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo mine > mine.txt", /\$ $/);
    await student.keeps();
    await page.goto(`${t.base}?lang=en&run=ls+mine.txt&run=echo+%22theirs%22+%3E%3E+theirs.txt&fill=cat+theirs.txt`);
    await student.reads(/No such file[^]*\$ cat theirs\.txt $/);
    t.check(!/run=|fill=/.test(page.url()), `the address is ${page.url()}`);
    await page.waitForFunction(() => JSON.parse(localStorage.getItem("kube-playground.session") ?? "{}").entries?.some((entry) => String(entry[4]).includes("cat theirs")));
    await page.reload();
    await student.reads(/\$ cat theirs\.txt $/);
    await student.runs("", /\ntheirs\n[^]*\$ $/);
    t.check(!/theirs\ntheirs/.test(await student.terminal()), "its commands ran twice");
    await page.getByRole("button", { name: "Share" }).click();
    await Promise.all([page.waitForEvent("load"), page.locator("dialog .asides button").first().click()]);
    await student.reads(/mine\.txt[^]*\$ $/);
    await student.arrives();
    await student.runs("cat mine.txt; ls theirs.txt", /\nmine\n[^]*No such file/);
    await page.context().close();
  });
  await t.step("in a frame, which keeps nothing", async () => {
    const student = await Student.arrive(t, `?embed=1&lang=en${new URL(link).hash}`);
    await student.runs("cat theirs.txt", /\n안녕/);
    await student.page.reload();
    await student.arrives();
    await student.runs("cat theirs.txt", /\n안녕/);
    await student.page.context().close();
  });
};
