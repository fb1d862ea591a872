// The whole tutorial, by typing and clicking, in either language.
import { Student } from "./student.mjs";

export const words = {
  ko: { why: "왜?", leave: /exit/, right: "맞았습니다.", wrong: "예상과 달랐습니다.", gone: "컨테이너와 함께 사라짐", kept: "PV에 보존" },
  en: { why: "Why?", leave: /exit/, right: "You were right.", wrong: "Not what happened.", gone: "gone with the container", kept: "kept in the PV" },
};

export async function tutorial(t, lang) {
  const said = words[lang];
  const student = await Student.arrive(t, `?lang=${lang}`);
  const { page } = student;
  const pods = () => page.locator('.picture [aria-label^="Pod nginx"]').evaluateAll((all) => all.map((it) => it.getAttribute("aria-label")));

  await t.step("three Pods with addresses", async () => {
    await t.screenshot(page, "01-open");
    await t.accessible(page, "open");
    await student.follows(0);
    await student.runs("kubectl get pod -o wide", /NAME +READY[^]*minikube[^]*\$ $/);
    await student.achieves();
    let shown;
    const three = async () => {
      shown = await pods();
      return shown.length === 3 && shown.every((label) => /172\.17\.0\.\d+, Running/.test(label));
    };
    await t.until(three, () => `the picture shows ${shown}`);
    await t.screenshot(page, "02-pods");
    await student.goesOn();
  });

  await t.step("from outside nobody answers", async () => {
    const curl = await student.follows(0, 2);
    t.check(/No route to host/.test(curl.printed) && /curl: \(7\) Failed to connect to 172\.17\.0\.\d+ port 80 after 30\d\d ms/.test(curl.printed.replace(/\n/g, "")), `curl printed ${curl.printed}`);
    t.check(curl.printed.includes(said.why), "no line says why");
    await page.locator(".predict .verdict strong.right").waitFor();
    await page.locator(".picture .route.failed").waitFor({ state: "attached" });
    await t.still(page);
    await t.screenshot(page, "03-outside");
    const ping = await student.follows(1, 0);
    t.check(/From 172\.17\.0\.1 icmp_seq=1 Destination Host Unreachable/.test(ping.printed), `ping printed ${ping.printed}`);
    t.check((await page.locator(".predict .verdict strong.wrong").innerText()) === said.wrong, "the wrong guess is not called wrong");
    const literal = await student.runs("curl -X GET <POD-IP> -vvv", /POD-IP: No such file or directory[^]*↳[^]*\$ $/);
    t.check(literal.replace(/\s+/g, " ").includes("kubectl get pod -o wide"), "no hint for the placeholder");
    const { cols } = await student.size();
    const cells = (line) => [...line].reduce((sum, letter) => sum + (/[가-힣]/.test(letter) ? 2 : 1), 0);
    const note = literal.split("↳")[1].split("\nstudent@")[0].split("\n");
    t.check(note.length > 1 || cells(note[0]) < cols, `the note is broken by the terminal: ${note.join(" / ")}`);
    t.check(note.every((line) => cells(line) <= cols), `the note is broken by the terminal: ${note.join(" / ")}`);
    await student.achieves();
    await student.goesOn();
  });

  await t.step("inside they answer", async () => {
    await student.follows(0);
    await student.reads(/docker@minikube:~\$ $/);
    const curl = await student.follows(1, 0);
    t.check(/Welcome to nginx!/.test(curl.printed), `curl printed ${curl.printed}`);
    await student.routeIs(/^Pod nginx/);
    await student.follows(2);
    await student.runs("kubectl get pod", /command not found[^]*↳[^]*exit/);
    await student.follows(3);
    await student.reads(/student@laptop:~\$ $/);
    await student.achieves();
    await t.screenshot(page, "04-inside");
    await student.goesOn();
  });

  await t.step("a Service, applied from the editor", async () => {
    await student.opens("service.yaml");
    await student.clicksEditor();
    await page.keyboard.press("Control+Enter");
    t.check((await page.locator("kp-editor .cm-scroller").evaluate((it) => it.scrollLeft)) === 0, "the editor was scrolled sideways");
    await student.reads(/kubectl apply -f service\.yaml\n+service\/my-nginx created[^]*\$ $/);
    await student.rests();
    await student.follows(1);
    await student.achieves();
    await t.screenshot(page, "05-service");
    await student.goesOn();
  });

  await t.step("the Service answers from outside", async () => {
    const curl = await student.follows(0, 0);
    t.check(/Welcome to nginx!/.test(curl.printed), `curl printed ${curl.printed}`);
    await page.locator(".predict .verdict strong.right").waitFor();
    await student.achieves();
    await student.routeIs("Service my-nginx", /^Pod nginx/);
    await t.still(page);
    await t.screenshot(page, "06-reached");
    await student.goesOn();
  });

  await t.step("a Pod goes, another comes, the Service stays", async () => {
    const address = () => page.locator('.picture [aria-label^="Service my-nginx"]').getAttribute("aria-label");
    const before = await address();
    await student.follows(0);
    await page.locator(".picture .struck").first().waitFor();
    await student.follows(1);
    await student.follows(2);
    const curl = await student.follows(3, 0);
    t.check(/Welcome to nginx!/.test(curl.printed), `curl printed ${curl.printed}`);
    await student.achieves();
    t.check((await address()).split(",")[1] === before.split(",")[1], "the Service's address moved");
    await page.locator(".timeline .life.ended").first().waitFor({ state: "attached" });
    // Its rows have the names of the picture's cards.
    let card, rows;
    const same = async () => {
      card = (await pods()).map((label) => label.split(",")[0].split("-").pop());
      rows = await page.locator(".timeline .name").allInnerTexts();
      return card.every((name) => rows.some((row) => row.includes(name))) && rows.some((row) => / → /.test(row));
    };
    await t.until(same, () => `the rows are ${rows}, the cards ${card}`);
    await t.screenshot(page, "07-replaced");
    await t.accessible(page, "replaced");
    await student.goesOn();
  });

  await t.step("the types of Service", async () => {
    for (let index = 0; index < 7; index += 1) await student.follows(index, 2);
    await student.achieves();
    await page.locator(".lesson .score", { hasText: /6/ }).waitFor();
    await t.screenshot(page, "08-types");
    await student.goesOn();
  });

  await t.step("a claim and its volume", async () => {
    for (let index = 0; index < 3; index += 1) await student.follows(index);
    const shown = await student.terminal();
    t.check(/persistentvolumeclaim\/myclaim +Bound/.test(shown) && /persistentvolume\/pvc-/.test(shown), `get pvc,pv printed ${shown.slice(-600)}`);
    await student.achieves();
    await student.goesOn();
  });

  const runs = () => page.locator('.picture [aria-label^="Pod mypod,"][aria-label*="Running"]').waitFor();
  await t.step("files inside and outside the mount", async () => {
    await student.follows(0);
    await runs();
    await student.follows(1);
    await student.achieves();
    await student.goesOn();
    await student.follows(0);
    await student.reads(/root@mypod:\/# $/);
    for (let index = 1; index < 5; index += 1) await student.follows(index);
    await student.achieves();
    const inspector = page.locator(".inspector");
    await inspector.getByText(said.gone).waitFor();
    await inspector.getByText(said.kept).first().waitFor({ state: "attached" });
    const tight = await page.locator(".inspector .chain").evaluate((chain) => {
      const boxes = [...chain.querySelectorAll("rect")].map((it) => it.getBBox());
      const texts = [...chain.querySelectorAll("text")].map((it) => [it.textContent, it.getBBox()]);
      const fits = ([, text]) => boxes.some((box) => text.x >= box.x + 3 && text.x + text.width <= box.x + box.width - 3);
      return texts.filter((it) => !fits(it)).map(([text]) => text);
    });
    t.check(tight.length === 0, `too wide for its card: ${tight.join(", ")}`);
    await t.screenshot(page, "09-files");
    await t.accessible(page, "files");
    await student.goesOn();
  });

  await t.step("the Pod goes, the mounted file stays", async () => {
    await student.follows(0);
    await student.follows(1);
    await student.achieves();
    await student.goesOn();
    await student.follows(0);
    await runs();
    await student.follows(1);
    await student.reads(/root@mypod:\/# $/);
    const root = await student.follows(2, 1);
    t.check(!/hi-jioni/.test(root.printed) && /bin/.test(root.printed), `ls in / printed ${root.printed}`);
    await student.follows(3);
    const mounted = await student.follows(4, 0);
    t.check(/hi-jioni/.test(mounted.printed), `ls in the mount printed ${mounted.printed}`);
    await student.follows(5);
    await student.achieves();
    await t.until(async () => (await page.locator(".predict .verdict strong.right").count()) === 2, "the simulator disagrees with the right guesses");
    await t.screenshot(page, "10-kept");
    await student.goesOn();
  });

  await t.step("shared, then given back", async () => {
    await student.follows(0);
    await student.follows(1);
    await page.locator('.picture [aria-label^="Pod mypod2,"][aria-label*="Running"]').waitFor();
    await student.follows(2);
    await student.follows(3);
    await student.achieves();
    await student.goesOn();
    for (let index = 0; index < 4; index += 1) await student.follows(index);
    await student.achieves();
    await page.locator(".timeline .label > span").first().waitFor({ state: "attached" });
    await t.drawn(page);
    const labels = await page.locator(".timeline .label > span").evaluateAll((all) => all.map((it) => [it.textContent, it.getBoundingClientRect().toJSON()]));
    const sorted = labels.sort(([, a], [, b]) => a.left - b.left);
    const apart = sorted.every(([, box], index) => index === 0 || box.left >= sorted[index - 1][1].right - 0.5);
    t.check(labels.length > 0 && apart, `marks overlap: ${sorted.map(([text]) => text).join(", ")}`);
    await t.screenshot(page, "11-end");
  });
}
