// A class of thirty: every student's link becomes a row, what is wrong is said, and a spreadsheet takes it; without a server.
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dist } from "./server.mjs";
import { Student } from "./student.mjs";

const www = fileURLToPath(new URL("../../www/", import.meta.url));

/** The cells of the table. */
const rows = (page) => page.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));

export default async (t) => {
  // A page that was built in a quicker way lacks it.
  if (!existsSync(join(dist, "class.html"))) cpSync(join(www, "class/class.html"), join(dist, "class.html"));

  const student = await Student.arrive(t, "?lang=en&lesson=service");
  const link = await t.step("a student's link", async () => {
    await student.runs("kubectl apply -f deployment.yaml", /deployment.apps\/nginx-deployment created[^]*\$ $/);
    await student.achieves();
    await student.runs("kubectl get pods", /nginx-deployment-[^]*\$ $/);
    await student.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await student.page.getByRole("button", { name: "Share", exact: true }).click();
    await student.page.getByRole("button", { name: "Copy a link to it" }).click();
    const read = () => student.page.evaluate(() => navigator.clipboard.readText());
    return t.until(async () => ((it) => it.includes("#s=") && it)(await read()), "nothing was copied");
  });

  const old = readFileSync(new URL("links/v1-0.1.txt", import.meta.url), "utf8").split("\n")[0];
  const page = await t.open("class.html", { allow: () => false });
  const field = page.getByRole("textbox", { name: "Names and links" });

  await t.step("thirty links, in whatever way they are written", async () => {
    const lines = Array.from({ length: 27 }, (_, at) => `Student ${at + 1}\t${link}`);
    lines.push(`${t.base}${old}, 이름 =1+1`, "", `  "@SUM(A1)": ${link.replace(/#s=.*/, "#s=v1.AAAA")}`, "forgot the link", `later ${link.replace("#s=v1.", "#s=v7.")}`);
    await field.fill(lines.join("\r\n"));
    await page.getByRole("status").getByText("31 lines, 3 of which could not be read").waitFor();
    const found = await rows(page);
    t.check(found.length === 31, `there are ${found.length} rows`);
    const [number, name, lesson, step, steps, checks, , commands, time] = found[0];
    t.check(number === "1" && name === "Student 1" && lesson === "Lesson 1 · Service" && step === "1", `the first is ${found[0]}`);
    t.check(steps === "1 / 7" && /^1 \/ \d+$/.test(checks) && commands === "2" && /^0:\d\d:\d\d$/.test(time), `the first is ${found[0]}`);
    t.check(found[26][1] === "Student 27 (the same session as no. 1)", `the same link again is ${found[26]}`);
    t.check(found[27][1] === "이름 =1+1" && found[27][2] === "Lesson 1 · Service" && found[27][7] === "2", `an old link is ${found[27]}`);
    t.check(/cut off/.test(found[28][2]) && /no session link/.test(found[29][2]) && /newer/.test(found[30][2]), `wrong lines are ${found.slice(28).join(" | ")}`);
    await t.accessible(page, "class");
    await t.screenshot(page, "class");
  });

  await t.step("a spreadsheet takes it", async () => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
    const lines = readFileSync(await file.path(), "utf8").split("\r\n");
    t.check(lines[0].startsWith('\ufeff"No.","Name","Lesson"') && lines.length === 33, `it has ${lines.length} lines, the first ${lines[0]}`);
    t.check(lines[1].startsWith('"1","Student 1","Lesson 1 · Service","1","1 / 7"'), `the second is ${lines[1]}`);
    t.check(lines[29].startsWith(`"29","'@SUM(A1)",`), `a formula is ${lines[29]}`);
  });

  await t.step("a row opens in this page's own folder, done again", async () => {
    t.requests.length = 0;
    const hostile = link.replace(/^[^?#]*/, "https://elsewhere.example/");
    await field.fill(`one ${hostile}\ntwo javascript:alert(1)${link.slice(link.indexOf("#"))}`);
    await page.getByRole("status").getByText("2 lines").waitFor();
    const links = await page.getByRole("link", { name: "Open" }).evaluateAll((all) => all.map((it) => it.href));
    t.check(links.length === 2 && links.every((it) => it.startsWith(`${t.base}?lang=en&lesson=service#s=v1.`)), `they lead to ${links.map((it) => it.slice(0, 80))}`);
    t.check(t.requests.length === 0, `reading them asked for ${t.requests.join(" ")}`);
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: "Open" }).first().click()]);
    const other = new Student(t, opened);
    await other.reads(/deployment.apps\/nginx-deployment created[^]*kubectl get pods\nNAME/);
    await opened.close();
  });

  await t.step("something else that is pasted is answered, however long", async () => {
    await field.fill(`${"a".repeat(1_000_000)}\n${'",;'.repeat(300_000)}\n${"x".repeat(500_000)}#s=v1.${"A".repeat(500_000)}`);
    await page.getByRole("status").getByText("3 lines, 3 of which could not be read").waitFor();
    const found = await rows(page);
    t.check(found[0][1].length === 200 && /no session link/.test(found[0][2]) && /cut off/.test(found[2][2]), `it is ${JSON.stringify(found).slice(0, 600)}`);
  });

  await t.step("in Korean", async () => {
    await page.goto(`${t.base}class.html?lang=ko`);
    await page.getByRole("heading", { name: "반 전체의 결과" }).waitFor();
    t.check((await page.evaluate(() => document.documentElement.lang)) === "ko", "the page says that it is in another language");
  });

  await Promise.all([student.page.context().close(), page.context().close()]);
};
