// `vi`, `nano` and `kubectl edit` open the page's editor; Diff shows what Apply would change.
import { Student } from "./student.mjs";

const value = (page) => page.evaluate(() => document.querySelector("kp-editor").value);
const inEditor = (page) => page.waitForFunction(() => document.activeElement?.closest("kp-editor"));

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  await t.step("vi on a new file takes the keyboard, saves, and is left by :wq", async () => {
    await student.runs("vi hello.yaml", /↳ hello\.yaml is open/);
    await inEditor(page);
    await page.getByRole("tab", { name: "hello.yaml", selected: true }).waitFor();
    await page.keyboard.type("kind: Pod\n:wq\n");
    await page.waitForFunction(() => document.activeElement?.closest("kp-terminal"));
    t.check((await value(page)) === "kind: Pod", `the file is ${JSON.stringify(await value(page))}`);
    await student.runs("cat hello.yaml", /\nkind: Pod/);
  });
  await t.step("nano on a file that is there", async () => {
    await student.runs("nano service.yaml", /↳ service\.yaml is open/);
    await inEditor(page);
    await t.until(async () => /kind: Service/.test(await value(page)), "the file's text is not shown");
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# mine\n");
    await page.keyboard.press("Alt+3");
    await page.waitForFunction(() => document.activeElement?.closest("kp-terminal"));
    await student.runs("head -1 service.yaml", /\n# mine/);
  });
  await t.step("what a program writes is shown", async () => {
    await student.does("sed -i '1d' service.yaml");
    await page.waitForFunction(() => !document.querySelector("kp-editor").value.includes("# mine"));
  });
  await t.step("Diff types its command and shows the lines that differ", async () => {
    await student.opens("deployment.yaml");
    await student.runs("kubectl apply -f deployment.yaml", /created/);
    await student.runs("sed -i 's/replicas: 3/replicas: 5/' deployment.yaml", /\$ $/);
    const from = (await student.terminal()).length;
    await page.getByRole("button", { name: "Diff" }).click();
    const shown = await student.reads(/\+ +replicas: 5/, { from });
    t.check(/- +replicas: 3/.test(shown.slice(from)), "the old line is missing");
  });
  await t.step("a reload does not steal the keyboard for an editor opened long ago", async () => {
    await student.keeps();
    await page.reload();
    await student.reads(/replicas: 5[^]*\$ $/);
    await student.arrives();
    await page.locator("kp-editor .cm-content").waitFor();
    await t.drawn(page);
    t.check(await page.evaluate(() => !document.activeElement?.closest("kp-editor")), "the editor took the keyboard");
  });
};
