// Lessons from elsewhere: a scenario on GitHub, a zip, a folder. Asked before anything is fetched, played to the end, kept over a
// reload; what is hostile in one runs nothing, and what was done before comes back.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Student, copies, copying, drops } from "./student.mjs";

const { zipSync } = createRequire(new URL("../../www/package.json", import.meta.url))("fflate");
const lessons = fileURLToPath(new URL("../lessons/", import.meta.url));
const commit = "0123456789abcdef0123456789abcdef01234567";

/** The files of a folder of tests/lessons: path and bytes. */
function files(name) {
  const root = join(lessons, name);
  const walk = (folder) =>
    readdirSync(folder).flatMap((entry) => (statSync(join(folder, entry)).isDirectory() ? walk(join(folder, entry)) : [join(folder, entry)]));
  return Object.fromEntries(walk(root).map((path) => [relative(root, path), new Uint8Array(readFileSync(path))]));
}

/** GitHub with one repository that holds `web` in the folder `scenarios/web`. Gives what was asked of it. */
async function github(page) {
  const asked = [];
  const web = files("web");
  const headers = { "access-control-allow-origin": "*" };
  await page.route(/^https:\/\/(api\.github\.com|raw\.githubusercontent\.com)\//, (route) => {
    const url = new URL(route.request().url());
    asked.push(url.pathname);
    const json = (body) => route.fulfill({ headers, contentType: "application/json", body: JSON.stringify(body) });
    if (url.pathname === "/repos/teacher/course/commits/HEAD") return json({ sha: commit });
    if (url.pathname === `/repos/teacher/course/commits/${commit}`) return json({ sha: commit });
    if (url.pathname === `/repos/teacher/course/git/trees/${commit}`) {
      const tree = Object.entries(web).map(([path, bytes]) => ({ path: `scenarios/web/${path}`, type: "blob", size: bytes.length }));
      return json({ tree: [...tree, { path: "README.md", type: "blob", size: 3 }] });
    }
    if (url.pathname === `/teacher/course/${commit}/README.md`) return route.fulfill({ headers, body: notes });
    const path = url.pathname.split(`/teacher/course/${commit}/scenarios/web/`)[1];
    if (path && web[path]) return route.fulfill({ headers, body: Buffer.from(web[path]) });
    return route.fulfill({ status: 404, headers, body: "{}" });
  });
  return asked;
}

/** A page of somebody's notes. */
const notes = "# Notes\n\nLook:\n\n```console\n$ kubectl get namespace default\nNAME      STATUS   AGE\n```\n\n## Look closer\n\n```bash\nkubectl get pod <name>\n```\n";

const title = (page) => page.locator(".lesson h1").innerText();

/** The prompt of the computer that scenarios have. */
const root = /root@controlplane:~# $/;

/** Opens a zip of this computer as a lesson. */
async function opensZip(page, folder) {
  await page.getByRole("button", { name: "Choose a lesson" }).click();
  await page.getByRole("button", { name: "Open another lesson…" }).click();
  const buffer = Buffer.from(zipSync({ labels: folder }, { level: 0 }));
  await page.locator('dialog input[type="file"]').first().setInputFiles({ name: "labels.zip", mimeType: "application/zip", buffer });
  await page.getByRole("button", { name: "Start this lesson" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

/** A session whose lesson is not of this page, as a link that others open. */
async function givesAway(t) {
  const source = `github:teacher/course/scenarios/web@${commit}`;
  const allow = (text) => /404|github/.test(text);
  const first = await t.open(`?lang=en&src=${source}`, { ...copying, before: github });
  await first.getByRole("button", { name: "Fetch" }).click();
  await first.getByRole("button", { name: "Start this lesson" }).click();
  const author = new Student(t, first);
  await author.reads(root);
  await author.runs("echo theirs > theirs.txt", root);
  await first.getByRole("button", { name: "Share", exact: true }).click();
  await first.getByText(`fetches this lesson from where you have it: ${source}`).waitFor();
  await t.screenshot(first, "share-fetched");
  const link = await copies(first, "Copy a link to it");
  const element = await copies(first, "Copy element");
  t.check(element.includes(`<kube-playground src="${t.base}?lang=en&amp;src=${encodeURIComponent(source)}">`), element);

  let asked = [];
  const second = await t.open(link, { before: async (page) => (asked = await github(page)) });
  await second.getByText(`your browser fetches that from ${source}`).waitFor();
  t.check(asked.length === 0, `it fetched before it asked: ${asked}`);
  await t.screenshot(second, "asked-for-lesson");
  await second.getByRole("button", { name: "Open the link's session" }).click();
  await second.locator(".lesson h1", { hasText: "A page that nobody serves" }).waitFor();
  const reader = new Student(t, second);
  await reader.reads(root);
  await reader.runs("cat theirs.txt", /\ntheirs\n/);
  t.check(asked.length > 0 && !second.url().includes("opened"), `the address is ${second.url()}`);
  // It is here now: nobody is asked again for the same lesson.
  asked.length = 0;
  await second.goto("about:blank");
  await second.goto(link);
  await second.getByRole("button", { name: "Open the link's session" }).click();
  await second.locator(".lesson h1", { hasText: "A page that nobody serves" }).waitFor();
  t.check(asked.length === 0, `it fetched again: ${asked}`);

  for (const [name, told] of [
    ["Open it without its lesson", undefined],
    ["Open the link's session", "was opened without it"],
  ]) {
    const third = await t.open(link, { allow, before: (page) => page.route(/github/, (route) => route.fulfill({ status: 404, body: "{}" })) });
    await third.getByRole("button", { name }).click();
    if (told) await third.locator(".notice", { hasText: told }).waitFor();
    const alone = new Student(t, third);
    await alone.reads(root);
    await alone.runs("cat theirs.txt", /\ntheirs\n/);
    t.check((await third.locator(".lesson h1").count()) === 0 || (await title(third)) !== "A page that nobody serves", "it has a lesson");
  }

  const own = await Student.arrive(t, "?lang=en", copying);
  await opensZip(own.page, files("labels"));
  await own.arrives();
  t.check(own.page.url().includes("#lesson=v1."), `the address is ${own.page.url()}`);
  await own.page.locator(".lesson .cmd").getByRole("button", { name: /^Run/ }).click();
  await own.page.locator(".lesson .finished .btn.primary").click();
  const heading = await title(own.page);
  await own.page.getByRole("button", { name: "Share", exact: true }).click();
  const whole = await copies(own.page, "Copy a link to it");
  const address = await copies(own.page, "Copy the address");
  const other = await Student.arrive(t, whole);
  await other.page.locator(".lesson h1", { hasText: heading }).waitFor();
  await other.runs("kubectl get pods", /Running/);
  await other.keeps();
  await other.page.reload();
  await other.arrives();
  t.check((await title(other.page)) === heading, await title(other.page));
  const begun = await t.open(address);
  await begun.getByRole("button", { name: "Start this lesson" }).waitFor();

  // A link of before, which named a lesson and held none; and one of a challenge that is made of a number.
  const { session } = JSON.parse(inflateRawSync(Buffer.from(whole.replace(/^.*#s=v1\./, ""), "base64url")));
  const packed = (shared) => `?lang=en#s=v1.${deflateRawSync(Buffer.from(JSON.stringify(shared))).toString("base64url")}`;
  const old = await Student.arrive(t, packed({ session, lesson: "opened", progress: {} }));
  await old.page.locator(".notice", { hasText: "a session without its lesson" }).waitFor();
  await old.runs("kubectl get pods", /Running/);
  const made = await Student.arrive(t, packed({ session, lesson: "opened", progress: {}, opened: { source: "practice:4", title: {} } }));
  await made.page.locator(".lesson h1", { hasText: /^No answer from/ }).waitFor();
  const classes = await t.open("class.html?lang=en");
  await classes.getByRole("textbox", { name: "Names and links" }).fill(`${whole}\n${link}`);
  await classes.getByRole("cell", { name: "A page that nobody serves" }).waitFor();
  t.check(!(await classes.locator("tbody").innerText()).includes("opened"), await classes.locator("tbody").innerText());

  const large = await Student.arrive(t, "?lang=en", copying);
  await opensZip(large.page, { ...files("labels"), "noise.bin": randomBytes(40_000) });
  await large.arrives();
  await large.page.getByRole("button", { name: "Share", exact: true }).click();
  await large.page.getByText("too large for a link").waitFor();
  t.check((await large.page.getByRole("button", { name: "Copy the address" }).count()) === 0, "there is an address of a lesson that nobody has");
  await t.screenshot(large.page, "share-too-large");
}

export default async (t) => {
  await t.step("a scenario on GitHub is asked about, fetched, and played to the end", async () => {
    const student = await Student.arrive(t, "?lang=en", { allow: (text) => text.includes("404") || text.includes("api.github.com") });
    const { page } = student;
    const asked = await github(page);
    await student.does("echo mine > mine.txt");
    await page.getByRole("button", { name: "Choose a lesson" }).click();
    await page.getByRole("button", { name: "Open another lesson…" }).click();
    const address = page.getByLabel("Its address on GitHub");
    await address.fill("https://example.com/x");
    await page.getByRole("button", { name: "Fetch" }).click();
    await page.getByText("This is no address of a GitHub folder").waitFor();
    await address.fill("github:teacher/nothing");
    await page.getByRole("button", { name: "Fetch" }).click();
    await page.getByText("There is nothing at that address").waitFor();
    await t.screenshot(page, "refused");
    asked.length = 0;
    await address.fill("https://github.com/teacher/course/tree/HEAD/scenarios/web");
    await page.getByRole("button", { name: "Fetch" }).click();
    await page.getByText("A page that nobody serves").waitFor();
    t.check((await page.getByText("not simulated").count()) === 0, "what the scenario brings is said to be missing");
    t.check(!asked.some((path) => path.includes("README")), `it fetched ${asked}`);
    await t.screenshot(page, "found");
    await page.getByRole("button", { name: "Start this lesson" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    // What the scenario prepares is done: its script in the terminal, the other one unseen.
    await student.reads(/Welcome to controlplane\.[^]*root@controlplane:~# $/);
    t.check((await title(page)) === "A page that nobody serves", await title(page));
    t.check(new URL(page.url()).searchParams.get("src") === `github:teacher/course/scenarios/web@${commit}`, `the address is ${page.url()}`);
    await t.accessible(page, "lesson");
    await t.screenshot(page, "intro");
    await page.getByRole("button", { name: "Next →" }).first().click();

    t.check((await title(page)) === "Look at the namespace", await title(page));
    let from = (await student.terminal()).length;
    await page.getByRole("button", { name: "Run: kubectl -n shop get configmap page", exact: true }).click();
    await student.reads(/page +1 +\S+[^]*root@controlplane:~# $/, { from });
    await t.screenshot(page, "step-1");
    await page.getByRole("button", { name: "Next →" }).first().click();

    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("There is no Pod web with an address in shop.").waitFor();
    await page.getByRole("button", { name: "Open manifests/web.yaml in the editor" }).click();
    await page.waitForFunction(() => document.querySelector("kp-editor")?.path === "manifests/web.yaml");
    from = (await student.terminal()).length;
    await page.locator(".lesson .code").getByRole("button", { name: "Run" }).click();
    await student.reads(/pod\/web condition met[^]*root@controlplane:~# $/, { from });
    await page.getByRole("button", { name: "Check" }).click();
    await page.locator(".lesson .finished").waitFor();
    await t.screenshot(page, "step-2");
    t.check((await page.locator(".lesson a[href]").count()) === 1, "a link of the text leads elsewhere than to https");
    t.check(!(await page.evaluate(() => "hostile" in globalThis)), "the lesson ran a script of its own");

    student.line = undefined;
    await page.reload();
    await student.reads(root);
    t.check((await title(page)) === "Serve the page" && (await page.locator(".lesson .finished").count()) === 1, "the reload forgot how far it was");
    await page.getByRole("button", { name: "Next →" }).first().click();
    await page.getByText("The page is served.").waitFor();

    await page.getByRole("button", { name: "Share" }).click();
    await page.locator(".asides button").first().click();
    await student.arrives();
    await student.runs("cat mine.txt", /\nmine/);
  });
  await t.step("a link to a scenario fetches nothing before somebody agrees", async () => {
    const page = await t.open(`?lang=ko&src=github:teacher/course/scenarios/web@${commit}`, { before: async (page) => (page.asked = await github(page)) });
    const student = new Student(t, page);
    await page.getByText("이 링크는 다른 사람이 쓴 강의를 엽니다").waitFor();
    await page.waitForFunction(() => globalThis.kubePlayground.rest.came);
    t.check(page.asked.length === 0, `it has asked GitHub for ${page.asked}`);
    await t.screenshot(page, "link");
    await page.getByRole("button", { name: "가져오기" }).click();
    await page.getByRole("button", { name: "이 강의 시작하기" }).click();
    await student.reads(root);
    await page.getByRole("button", { name: "다음 →" }).first().waitFor();
    await t.screenshot(page, "link-begun");
  });
  await t.step("a page of notes on GitHub gets buttons", async () => {
    const page = await t.open("?lang=en&src=https://github.com/teacher/course/blob/HEAD/README.md", { before: github });
    const student = new Student(t, page);
    await page.getByRole("button", { name: "Fetch", exact: true }).click();
    await page.getByRole("button", { name: "Start this lesson" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await student.arrives();
    await page.locator(".lesson .cmd").getByRole("button", { name: /^Run/ }).click();
    await student.reads(/default +Active/);
    await page.getByRole("button", { name: "Next →" }).first().click();
    t.check((await title(page)) === "Look closer", await title(page));
    await page.locator(".lesson .code button").click();
    await student.reads(/\$ kubectl get pod <name> ?$/);
  });
  await t.step("a challenge that comes with the page", async () => {
    const student = await Student.arrive(t, "?lang=ko");
    const { page } = student;
    await page.getByRole("button", { name: "강의 고르기" }).click();
    await page.getByRole("button", { name: "다른 강의 열기…" }).click();
    await page.getByRole("button", { name: "거절당하는 연결" }).click();
    await page.getByRole("button", { name: "이 강의 시작하기" }).waitFor();
    await page.waitForFunction(() => document.activeElement.textContent === "이 강의 시작하기");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor({ state: "detached" });
    await student.arrives();
    await t.until(async () => /client +1\/1/.test(await student.does("kubectl get pods")), "the challenge's Pods do not start");
    await page.getByRole("button", { name: "확인" }).click();
    await page.getByText("아직 http://web에서 응답이 없습니다.").waitFor();
    await student.does(`kubectl patch service web --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":80}]'`);
    await page.getByRole("button", { name: "확인" }).click();
    await page.locator(".lesson .finished", { hasText: "Service는 80번으로 받아" }).waitFor();
    await t.screenshot(page, "challenge");
    const other = await t.open(`?lang=en&src=${new URL(page.url()).searchParams.get("src")}`);
    await other.getByRole("button", { name: "Start this lesson" }).click();
    await other.locator(".lesson h1", { hasText: "Refused at the door" }).waitFor();
  });
  await t.step("a lesson of the course to its end, and the one after it", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await page.getByRole("button", { name: "Choose a lesson" }).click();
    await page.getByRole("button", { name: "Open another lesson…" }).click();
    await page.getByRole("heading", { name: "Or take the course" }).waitFor();
    const course = await page.locator("dialog .built-in").first().getByRole("button").allInnerTexts();
    t.check(course.length === 13 && course.every((name, at) => name.startsWith(`${at + 1} · `)), `the course is ${course}`);
    await t.screenshot(page, "course");
    await page.getByRole("button", { name: course[0] }).click();
    await page.getByRole("button", { name: "Start this lesson" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await student.arrives();
    const root = fileURLToPath(new URL("../../lessons/course/01-pods-and-deployments/", import.meta.url));
    const steps = [...readFileSync(join(root, "lesson.yaml"), "utf8").matchAll(/^ {2}- id: (\S+)$/gm)].map((found) => found[1]);
    for (const [at, step] of steps.entries()) {
      for (const line of readFileSync(join(root, `${step}.solve.sh`), "utf8").trim().split("\n")) await student.does(line);
      const check = page.getByRole("button", { name: "Check", exact: true });
      if (await check.count()) await check.click();
      await page.locator(".lesson .finished").waitFor();
      if (at + 1 < steps.length) await page.locator(".lesson .finished").getByRole("button", { name: "Next →" }).click();
    }
    await page.getByRole("button", { name: `Next lesson: ${course[1]}` }).waitFor();
    await t.screenshot(page, "course-end");
    await page.getByRole("button", { name: `Next lesson: ${course[1]}` }).click();
    await page.locator(".lesson h1", { hasText: "Five Pods and their labels" }).waitFor();
    await student.arrives();
    await student.runs("ls", /pods\.yaml/);
  });
  await t.step("a Korean particle stays with the code before it", async () => {
    const viewport = { width: 1280, height: 720 };
    const student = await Student.arrive(t, "?lang=ko&src=course:08-rolling-updates", { viewport });
    const { page } = student;
    await page.getByRole("button", { name: "이 강의 시작하기" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    for (let step = 1; step < 6; step += 1) await page.locator(".lesson").getByRole("button", { name: "다음 →" }).click();
    await page.locator(".lesson h1", { hasText: "둘이 함께 돌아오게" }).waitFor();
    const broken = await student.brokenWords();
    t.check(broken.length === 0, `broken in the middle: ${broken.join(", ")}`);
  });
  await t.step("challenges to practise on, one after the other", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await page.getByRole("button", { name: "Choose a lesson" }).click();
    await page.getByRole("button", { name: "Open another lesson…" }).click();
    await page.getByRole("button", { name: "A new challenge" }).click();
    await page.getByText(/^Practice \d+ · \w+$/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    // 4 has a wrong targetPort.
    await page.goto(page.url().replace(/\?.*/, "?src=practice:4&lang=en"));
    await page.getByRole("button", { name: "Start this lesson" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await student.arrives();
    const name = (await title(page)).match(/^No answer from (\w+)$/)?.[1];
    t.check(name !== undefined, await title(page));
    await t.screenshot(page, "practice");
    await t.until(async () => (await page.locator("main.picture").textContent()).includes(`${name} · 2/2`), "its Pods are not ready");
    await page.getByRole("button", { name: "Show the solution" }).click();
    const solution = await page.locator(".lesson .solution code").allInnerTexts();
    for (const line of solution) await student.does(line);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.locator(".lesson .finished").waitFor();
    await page.locator(".lesson .finished", { hasText: "targetPort" }).waitFor();
    await t.screenshot(page, "practice-end");
    await page.getByRole("button", { name: /^Next lesson: Practice 5 · / }).click();
    await page.locator(".lesson h1", { hasText: name }).waitFor({ state: "detached" });
    t.check(page.url().includes("src=practice%3A5") || page.url().includes("src=practice:5"), page.url());
  });
  await t.step("a session is given away with its lesson, wherever that came from", () => givesAway(t));
  await t.step("a folder that is dropped, and one that is wrong", async () => {
    const { page } = await Student.arrive(t, "?lang=ko");
    await page.getByRole("button", { name: "강의 고르기" }).click();
    await page.getByRole("button", { name: "다른 강의 열기…" }).click();
    const wrong = join(t.folder, "wrong");
    mkdirSync(wrong);
    writeFileSync(join(wrong, "lesson.yaml"), "id: wrong\ntitle: {ko: 가, en: a}\nsteps:\n  - id: one\n   goals: []\n");
    await page.getByText("끌어다 놓아도 됩니다").waitFor();
    await drops(page, wrong);
    await page.getByText("lesson.yaml:5: 들여쓰기가 위아래 줄과 맞지 않습니다").waitFor();
    await t.screenshot(page, "wrong-in-korean");
    await drops(page, join(lessons, "labels"));
    await page.getByRole("button", { name: "이 강의 시작하기" }).click();
    await page.locator(".lesson h1", { hasText: "Pod 셋을 만듭니다" }).waitFor();
  });
  for (const [what, chosen] of [
    ["a zip", { name: "labels.zip", mimeType: "application/zip", buffer: Buffer.from(zipSync({ labels: files("labels") })) }],
    ["a folder", join(lessons, "labels")],
  ]) {
    await t.step(`${what} of this computer`, async () => {
      const student = await Student.arrive(t, "?lang=ko");
      const { page } = student;
      await page.getByRole("button", { name: "강의 고르기" }).click();
      await page.getByRole("button", { name: "다른 강의 열기…" }).click();
      const inputs = page.locator('dialog input[type="file"]');
      if (what === "a zip") {
        await inputs.nth(0).setInputFiles({ name: "no.zip", mimeType: "application/zip", buffer: Buffer.from("no zip") });
        await page.getByText("zip 파일이 아니거나 손상되었습니다.").waitFor();
      }
      await inputs.nth(what === "a zip" ? 0 : 1).setInputFiles(chosen);
      await page.getByRole("button", { name: "이 강의 시작하기" }).click();
      await page.locator("dialog").waitFor({ state: "detached" });
      await student.arrives();
      t.check((await title(page)) === "Pod 셋을 만듭니다", await title(page));
      const question = page.locator(".lesson .predict");
      await question.getByRole("button", { name: "하나. 파일이 하나니까" }).click();
      await question.getByText("이제 실행해서 확인해 보세요.").waitFor();
      await page.locator(".lesson .cmd").getByRole("button", { name: /^실행/ }).click();
      await page.locator(".lesson .finished").waitFor();
      t.check((await page.locator(".lesson .finished").innerText()).includes("셋 모두"), "the step's end says nothing");
      await question.getByText("아쉽지만 아닙니다.").waitFor();
      await question.getByText("문서마다 객체 하나입니다.").waitFor();
      await t.screenshot(page, `${what.replace(" ", "-")}-question`);
      await page.locator(".lesson .finished").getByRole("button").click();
      await question.getByRole("button", { name: "값이 front인 객체" }).click();
      await question.getByText("맞았습니다.").waitFor();
      await page.getByRole("button", { name: "확인" }).click();
      await page.getByText("지금 앞에 있는 것: 없음").waitFor();
      await student.does("kubectl label pod blue tier=front --overwrite");
      await page.getByRole("button", { name: "확인" }).click();
      await page.locator(".lesson .finished").waitFor();
      await t.screenshot(page, what.replace(" ", "-"));
    });
  }
};
