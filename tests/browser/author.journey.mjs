// A teacher writes a lesson in the browser: from the template, beside a preview, with a recorded solution and a start made by hand;
// checks it, exports it, and a student finishes it from the link.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dist } from "./server.mjs";
import { drops, Student } from "./student.mjs";

const { unzipSync, zipSync } = createRequire(new URL("../../www/package.json", import.meta.url))("fflate");
const www = fileURLToPath(new URL("../../www/", import.meta.url));

/** A teacher at author.html. */
class Teacher {
  constructor(t, page) {
    Object.assign(this, { t, page });
  }

  static async arrive(t, query, options) {
    const teacher = new Teacher(t, await t.open(`author.html${query}`, { viewport: { width: 1280, height: 720 }, ...options }));
    await teacher.ready();
    return teacher;
  }

  /** Waits until the preview shows a lesson, and a command can be typed in it. */
  async ready() {
    const { page, t } = this;
    this.frame = await (await page.waitForSelector(".preview iframe")).contentFrame();
    this.inner = new Student(t, this.frame);
    this.inner.drawn = undefined;
    await page.locator(".preview .said").getByText(/As you have written it|지금 쓴 그대로/).waitFor();
    await this.inner.reads(/\$ $/);
  }

  /** Puts a text into the editor in the place of what is there. */
  async writes(file, text) {
    await this.page.locator(".lesson-files").getByTitle(file, { exact: true }).click();
    await this.page.waitForFunction((path) => document.querySelector("kp-editor").path === path, file);
    await this.page.locator("kp-editor .cm-content").fill(text);
  }

  text(file) {
    return this.page.evaluate((name) => JSON.parse(localStorage.getItem("kube-playground-author")).files[name], file);
  }

  /** Types a line into the preview's terminal, and waits until the prompt is back. */
  async does(line) {
    const from = (await this.inner.terminal()).length;
    await this.frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])").focus());
    await this.page.keyboard.type(`${line}\r`);
    await this.inner.reads(/\n[^\n]*\$ $/, { from });
  }

  heading() {
    return this.frame.locator(".lesson h1").innerText();
  }
}

const yaml = `id: names
title: {ko: "이름으로 찾기", en: "Find by name"}
steps:
  - id: start
    goals:
      - text: {ko: "Pod \`hello\`가 준비되었습니다", en: "The Pod \`hello\` is ready"}
        when: {pod_ready: {pod: hello}}
`;

export default async (t) => {
  // A page that was built in a quicker way lacks it.
  if (!existsSync(join(dist, "author.html"))) cpSync(join(www, "author/author.html"), join(dist, "author.html"));
  // The guide is beside the page only where it is published.
  const allow = (text) => /docs\//.test(text);
  const teacher = await Teacher.arrive(t, "?lang=en", { allow });
  const { page } = teacher;

  await t.step("the template is shown, and each change of a text at once", async () => {
    t.check((await teacher.heading()) === "Start a Pod", await teacher.heading());
    await t.accessible(page, "author");
    await t.screenshot(page, "template");
    await teacher.writes("start.en.md", "# Say hello\n\nRun a Pod called `hello`.\n\n```sh,run\nkubectl run hello --image=nginx\n```\n\n## Hint\n\nLook at the Pods.\n");
    await t.until(async () => (await teacher.heading()) === "Say hello", "the preview does not follow");
  });

  await t.step("a mistake has its file and line, and what was right stays", async () => {
    await teacher.writes("lesson.yaml", yaml.replace("pod_ready", "pod_redy"));
    const mistake = page.getByRole("button", { name: /^lesson\.yaml:7: unknown variant `pod_redy`/ });
    await mistake.waitFor();
    t.check((await teacher.heading()) === "Say hello", "the preview lost the lesson");
    await page.locator(".lesson-files").getByTitle("start.en.md").click();
    await mistake.click();
    await page.waitForFunction(() => document.querySelector("kp-editor").path === "lesson.yaml");
    await t.screenshot(page, "mistake");
    await t.accessible(page, "mistake");
    await page.locator("kp-editor .cm-content").fill(yaml);
    await page.getByText("It can be read as a lesson.").waitFor();
  });

  await t.step("a second step, and what is done in the preview becomes its start and its solution", async () => {
    await page.getByRole("button", { name: "+ Step" }).click();
    await page.getByLabel(/The step's name/).fill("mend");
    await page.keyboard.press("Enter");
    await t.until(async () => (await teacher.heading()) === "mend", "the preview does not go to the new step");
    await teacher.writes("mend.en.md", "# Find the right Pod\n\nThe Service `web` has no endpoints. Mend it.\n\n## Done\n\nIt is found.\n");
    await teacher.writes("mend.ko.md", "# 맞는 Pod 찾기\n\nService `web`에 엔드포인트가 없습니다. 고쳐 보세요.\n\n## Done\n\n찾았습니다.\n");
    await t.until(async () => (await teacher.heading()) === "맞는 Pod 찾기", "the preview does not speak Korean");
    await page.locator(".lesson-files").getByTitle("mend.en.md").click();
    await t.until(async () => (await teacher.heading()) === "Find the right Pod", "the preview does not speak English");

    await teacher.does("kubectl create service clusterip web --tcp=80");
    await page.getByRole("button", { name: "Keep this as the start" }).click();
    const dialog = page.getByRole("dialog", { name: "The start of the step mend" });
    t.check((await dialog.getByRole("textbox").inputValue()) === "kubectl create service clusterip web --tcp=80", await dialog.getByRole("textbox").inputValue());
    await t.accessible(page, "start", "dialog");
    await t.screenshot(page, "start");
    await dialog.getByRole("button", { name: "Save as the start (mend.setup.sh)" }).click();
    t.check((await teacher.text("mend.setup.sh")) === "kubectl create service clusterip web --tcp=80\n", await teacher.text("mend.setup.sh"));
    await t.until(async () => !/create service/.test(await teacher.inner.terminal()), "the world does not begin anew");
    await teacher.inner.reads(/\$ $/);
    await t.until(async () => (await teacher.does("kubectl get service"), /web +ClusterIP/.test(await teacher.inner.terminal())), "the start was not prepared");

    await page.getByRole("button", { name: "Record a solution" }).click();
    await page.getByText("Recording: do this step in the preview's terminal.").waitFor();
    await teacher.does("kubectl run web --image=nginx --labels=app=web");
    await teacher.does("kubectl wait --for=condition=Ready pod/web");
    await page.getByRole("button", { name: "Stop recording" }).click();
    const recorded = page.getByRole("dialog", { name: "What you did in the step mend" });
    t.check((await recorded.getByRole("textbox").inputValue()).split("\n").length === 2, await recorded.getByRole("textbox").inputValue());
    await t.screenshot(page, "recorded");
    await recorded.getByRole("button", { name: "Save as the solution (mend.solve.sh)" }).click();
    t.check(/^kubectl run web .*\nkubectl wait .*\n$/.test(await teacher.text("mend.solve.sh")), await teacher.text("mend.solve.sh"));
  });

  await t.step("the check says what is wrong, and that all is well once it is", async () => {
    const service = `  - id: mend
    goals:
      - text: {ko: "\`web\` 뒤에 Pod이 있습니다", en: "A Pod is behind \`web\`"}
        when: {service: {name: web, endpoints: 0}}
`;
    await teacher.writes("lesson.yaml", yaml + service);
    await page.getByText("It can be read as a lesson.").waitFor();
    await page.getByRole("button", { name: "Check the lesson" }).click();
    await page.locator(".wrongs").getByText("mend: its goals are reached before anything was done").waitFor();
    await t.screenshot(page, "check-failed");
    await teacher.writes("lesson.yaml", yaml + service.replace("endpoints: 0", "endpoints: 1"));
    await page.locator(".wrongs").getByText("The lesson has changed since it was checked.").waitFor();
    await page.getByRole("button", { name: "Check the lesson" }).click();
    await page.locator(".wrongs").getByText("The check passed", { exact: false }).waitFor();
    await t.screenshot(page, "checked");
  });

  await t.step("a reload goes on with it, in Korean too", async () => {
    await page.goto(`${t.base}author.html?lang=ko`);
    await teacher.ready();
    await page.getByRole("heading", { name: "강의 쓰기" }).waitFor();
    t.check((await teacher.text("mend.solve.sh")).startsWith("kubectl run web"), "the draft is gone");
    await t.screenshot(page, "korean");
    await page.goto(`${t.base}author.html?lang=en`);
    await teacher.ready();
  });

  const link = await t.step("it is exported as a zip and as a link", async () => {
    await page.getByRole("button", { name: "Export…" }).click();
    await page.getByText("The whole lesson is in the link").waitFor();
    await t.accessible(page, "export", "dialog");
    await t.screenshot(page, "export");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "names.zip" }).click()]);
    const files = unzipSync(new Uint8Array(readFileSync(await file.path())));
    t.check(Object.keys(files).includes("names/mend.setup.sh") && Object.keys(files).length === 8, Object.keys(files).join(" "));
    return page.getByLabel("The link that opens the lesson").inputValue();
  });

  await t.step("a student who opens the link is asked, and finishes the lesson", async () => {
    t.check(link.startsWith(`${t.base}?lang=en#lesson=v1.`), link.slice(0, 100));
    const student = new Student(t, await t.open(link));
    await student.page.getByText("This link holds a lesson that somebody wrote.").waitFor();
    await student.page.getByText("Find by name").waitFor();
    await t.screenshot(student.page, "asked");
    await student.page.getByRole("button", { name: "Start this lesson" }).click();
    await student.arrives();
    await student.page.getByRole("button", { name: /^Run: kubectl run hello/ }).click();
    await student.page.locator(".finished").waitFor();
    await student.page.getByRole("button", { name: "Next →" }).first().click();
    await student.page.getByText("The Service web has no endpoints.").waitFor();
    await student.does("kubectl run web --image=nginx --labels=app=web");
    await student.page.locator(".finished").getByText("You finished the lesson").waitFor();
    await student.keeps();
    await student.page.reload();
    await student.arrives();
    t.check((await student.page.locator("dialog[open]").count()) === 0, "the reload asks again");
    t.check((await student.page.locator(".lesson h1").innerText()) === "Find the right Pod", "the reload forgot the lesson");
    await student.page.context().close();
  });

  await t.step("a link that was cut off, and one of a newer page, are refused with a word", async () => {
    for (const [broken, word] of [[link.slice(0, -40), "cut off"], [link.replace("v1.", "v9."), "newer version"]]) {
      const other = await t.open(broken);
      await other.getByRole("dialog").getByText(word).waitFor();
      await other.context().close();
    }
  });

  await t.step("another lesson takes its place, and it comes back", async () => {
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("button", { name: "Open…" }).click();
    await page.getByRole("button", { name: "1 · Pods and Deployments" }).waitFor();
    await t.accessible(page, "open", "dialog");
    await t.screenshot(page, "open");
    await page.getByRole("button", { name: "1 · Pods and Deployments" }).click();
    await page.locator(".lesson-files").getByText("6. orphan").waitFor();
    await t.until(async () => /Pod/.test(await teacher.heading()), "the other lesson is not shown");
    await page.getByRole("button", { name: "Open…" }).click();
    await page.getByRole("button", { name: "Back to the lesson before (names)" }).click();
    await page.locator(".lesson-files").getByText("2. mend").waitFor();
  });

  await t.step("by the keyboard alone a file is opened and changed", async () => {
    await page.locator("body").click({ position: { x: 5, y: 5 } });
    const student = new Student(t, page);
    await student.tabsTo(/^start\.ko\.md|^text, Korean/);
    await page.keyboard.press("Enter");
    await student.tabsTo(/^start\.ko\.md$/);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("End");
    await page.keyboard.type("!");
    await t.until(async () => (await teacher.text("start.ko.md")).startsWith("# Pod 하나 띄우기!"), "the text did not change");
  });

  await t.step("a zip and a folder that are dropped, with a way back; in the dark, on a wide and on a small screen, in Korean", async () => {
    const second = await Teacher.arrive(t, "?lang=ko", { allow, colorScheme: "dark", viewport: { width: 1920, height: 1080 } });
    const other = second.page;
    await second.writes("start.ko.md", "# 쓰던 글\n\n## Hint\n\n여기입니다.\n");
    await t.until(async () => (await second.heading()) === "쓰던 글", "the text is not shown");
    const labels = fileURLToPath(new URL("../lessons/labels/", import.meta.url));
    const archive = join(t.folder, "packed.zip");
    const packed = Object.fromEntries(readdirSync(labels).map((name) => [name, new Uint8Array(readFileSync(join(labels, name)))]));
    writeFileSync(archive, zipSync({ packed }));
    for (const [path, name] of [[archive, "packed"], [labels.replace(/\/$/, ""), "labels"]]) {
      await drops(other, path);
      await other.getByText(`${name} 폴더를 열었습니다.`).waitFor();
      await t.until(async () => (await second.heading()) === "Pod 셋을 만듭니다", "what was dropped is not shown");
      await t.screenshot(other, `dropped-${name}`);
      await other.getByRole("button", { name: "쓰던 강의로 돌아가기" }).click();
      await t.until(async () => (await second.heading()) === "쓰던 글", "the text of before is gone");
    }
    await second.writes("lesson.yaml", yaml.replace("goals:", "goal:"));
    await other.getByRole("button", { name: /^lesson\.yaml:5: goal라는 필드는 여기에 쓸 수 없습니다/ }).waitFor();
    await t.accessible(other, "dark");
    await t.screenshot(other, "dark-wide");
    await other.setViewportSize({ width: 900, height: 600 });
    await t.still(other);
    await t.screenshot(other, "dark-small");
    const beyond = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    t.check(beyond <= 0, `the page is ${beyond} px wider than its window`);
    await other.context().close();
  });

  await t.step("a narrow screen says so", async () => {
    const phone = await t.open("author.html?lang=ko", { screen: "phone", allow });
    await phone.getByText("더 넓은 화면이 필요합니다", { exact: false }).waitFor();
    await t.screenshot(phone, "phone");
    await phone.context().close();
  });
  await page.context().close();
};
