// How the terminal shows text: tables run on to the right, sentences and typed lines do not, and words that were not meant.
import { Student } from "./student.mjs";

/** The rows on the screen, as they are drawn. */
const rows = (page) => page.evaluate(() => [...document.querySelectorAll("kp-terminal:not([hidden]) .xterm-rows > div")].map((row) => row.textContent.trimEnd()));
const left = (page) => page.evaluate(() => document.querySelector("kp-terminal:not([hidden]) .sideways").scrollLeft);
const marked = (page) => page.evaluate(() => [...document.querySelectorAll("kp-terminal:not([hidden]) .more > i")].filter((it) => it.textContent).length);

const prompt = (row) => /\S:~\$$/.test(row);

/** The rows once they are drawn: xterm draws them with the next frame. */
const drawnRows = async (t, page, are) => {
  await t.until(async () => are(await rows(page)), async () => `drawn: ${(await rows(page)).join("\n")}`);
  return rows(page);
};

/** Runs a line on an empty screen. */
const alone = async (student, line, pattern) => {
  await student.types("clear");
  await student.reads(/^student@laptop:~\$ $/);
  return student.runs(line, pattern);
};

export default async (t) => {
  for (const [width, height, query] of [
    [1366, 768, ""],
    [1280, 720, ""],
    [1280, 720, "&projector=1"],
  ]) {
    await t.step(`NAME to IP at ${width} x ${height}${query}`, async () => {
      const student = await Student.arrive(t, `?lang=en&lesson=service&step=2${query}`, { viewport: { width, height } });
      const { page } = student;
      await alone(student, "kubectl get pod -o wide", /READINESS[^]*\$ $/);
      const shown = await drawnRows(t, page, (all) => all.filter((row) => row.startsWith("nginx-")).length === 3 && all.some(prompt));
      const head = shown.find((row) => row.startsWith("NAME "));
      const pods = shown.filter((row) => row.startsWith("nginx-"));
      t.check(pods.length === 3 && pods.every((row) => /\d+\.\d+\.\d+\.\d+ +minikube +<none> +<none>$/.test(row)), `broken: ${shown.join("\n")}`);
      const { cols } = await student.size();
      const end = Math.max(...pods.map((row) => row.search(/ +minikube/)));
      t.check(head.endsWith("READINESS GATES") && end <= cols, `the IP ends at ${end}, ${cols} columns are seen`);
      const wanted = cols < head.length ? 4 : 0;
      await t.until(async () => (await marked(page)) === wanted, async () => `${await marked(page)} rows are marked, not ${wanted}`);
      await t.screenshot(page, `wide-${width}${query}`);
    });
  }
  const student = await Student.arrive(t, "?lang=en&lesson=pvc&step=2", { viewport: { width: 1366, height: 768 } });
  const { page } = student;
  await t.step("the end of a table is scrolled to, and typing comes back", async () => {
    await alone(student, "kubectl get pvc,pv", /RECLAIM POLICY[^]*\$ $/);
    const volume = (await drawnRows(t, page, (all) => all.some(prompt))).find((row) => row.startsWith("persistentvolume/"));
    t.check(/Bound +default\/myclaim/.test(volume), `broken: ${volume}`);
    for (let press = 0; press < 4; press += 1) await page.keyboard.press("Shift+ArrowRight");
    await t.until(async () => (await left(page)) > 100, "Shift and the arrow do not scroll");
    await t.screenshot(page, "scrolled");
    await page.keyboard.type("e");
    await t.until(async () => (await left(page)) === 0, "what is typed is out of sight");
    const box = await page.locator("kp-terminal").boundingBox();
    await page.mouse.move(box.x + 100, box.y + 40);
    await page.mouse.wheel(90, 0);
    await t.until(async () => (await left(page)) > 50, "the wheel does not scroll");
    await page.keyboard.type("cho seen");
    await page.keyboard.press("Enter");
    await student.reads(/\nseen/);
    await t.until(async () => (await left(page)) === 0, "the view has stayed aside");
  });
  await t.step("programs are told what is seen, and a typed line is seen whole", async () => {
    const { cols } = await student.size();
    const printed = await student.runs("tput cols; echo $COLUMNS; stty size", /\n\d+\n\d+\n\d+ \d+\n/);
    t.check([...printed.matchAll(/\n(?:\d+ )?(\d+)(?=\n)/g)].every(([, told]) => told === String(cols)), `${cols} columns, but: ${printed}`);
    const long = "echo " + "many words that are typed ".repeat(6);
    await student.types("clear");
    await student.reads(/^student@laptop:~\$ $/);
    await page.keyboard.type(long);
    const shown = (await drawnRows(t, page, (all) => all.join("").match(/typed/g)?.length === 6)).filter((row) => row !== "");
    t.check(shown.length >= 3 && shown.every((row) => row.length <= cols), `beyond ${cols}: ${shown.join("\n")}`);
    await page.keyboard.press("Home");
    await page.keyboard.type("x");
    await page.keyboard.press("Control+C");
    // A sentence is broken at its spaces, and is one line when it is copied.
    await alone(student, `${long}`, /typed\s*\n[^]*\$ $/);
    const sentence = (await drawnRows(t, page, (all) => all.some(prompt))).filter((row) => /many|words|typed/.test(row));
    t.check(sentence.length > 1 && sentence.every((row) => row.length <= cols), `beyond ${cols}: ${sentence.join("\n")}`);
    t.check((await student.terminal()).includes("many words that are typed ".repeat(6).trim()), "the sentence is in pieces");
  });
  await t.step("another width leaves what was printed", async () => {
    const student = await Student.arrive(t, "?lang=en&lesson=none");
    const { page } = student;
    await alone(student, "kubectl get node -o wide", /CONTAINER-RUNTIME[^]*\$ $/);
    const before = (await student.terminal()).split("\n").slice(-3, -1);
    const { cols } = await student.size();
    await page.setViewportSize({ width: 1100, height: 700 });
    await t.until(async () => (await student.size()).cols !== cols, "the terminal is as wide as before");
    // What a program is told of the new width, it is told after all that is printed for it.
    await student.runs("tput cols", /\n\d+\n/);
    t.check((await student.terminal()).includes(before.join("\n")), "it is broken now");
    await page.reload();
    await student.reads(/CONTAINER-RUNTIME[^]*tput cols\n\d+\n[^]*\$ $/);
    t.check((await student.terminal()).includes(before.join("\n")), "it is broken after a reload");
  });
  await t.step("the Korean keyboard left on, and a near miss", async () => {
    const korean = await Student.arrive(t, "?lang=ko&lesson=none");
    await korean.runs("kubctl get pod", /↳ 혹시 kubectl get pod인가요\?[^]*\$ $/);
    await korean.page.keyboard.press("Tab");
    await korean.page.keyboard.press("Enter");
    await korean.reads(/No resources found[^]*\$ $/);
    await korean.page.keyboard.insertText("ㅏㅕㅠㄷㅊ시 get node");
    await korean.page.keyboard.press("Enter");
    await korean.reads(/↳ 한글 자판으로 쳤나요\? kubectl get node[^]*\$ $/);
    await korean.page.keyboard.press("Tab");
    await korean.page.keyboard.press("Enter");
    await korean.reads(/minikube +Ready[^]*\$ $/);
    await korean.runs("minikube node add", /one node[^]*↳ minikube node 명령은[^]*\$ $/);
    await korean.runs("git status", /not simulated[^]*↳ git 명령은[^]*\$ $/);
    await t.screenshot(korean.page, "words");
  });
};
