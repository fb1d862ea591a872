// The editor loses nothing: undo stops at the text as it came, an emptied text is not saved by itself, `:wq` leaves from
// anywhere, and a healthy object has no error.
import { Student } from "./student.mjs";

const value = (page) => page.evaluate(() => document.querySelector("kp-editor").value);
const inTerminal = (page) => page.waitForFunction(() => document.activeElement?.closest("kp-terminal"));
const size = async (student, file) => Number((await student.runs(`wc -c < ${file}`, /\n\d+\n/)).match(/\n(\d+)\n/)[1]);

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  await t.step("undo never goes past the text as it came", async () => {
    const before = await value(page);
    t.check(before.includes("replicas: 3"), `the editor shows ${before}`);
    await student.clicksEditor();
    await page.keyboard.press("Control+z");
    t.check((await value(page)) === before, "undo changed a text that nobody had changed");
    await page.keyboard.type("x");
    for (let press = 0; press < 3; press += 1) await page.keyboard.press("Control+z");
    t.check((await value(page)) === before, "undo went past the text as it came");
    // Also after a program changed the file.
    await student.runs("sed -i 's/replicas: 3/replicas: 2/' deployment.yaml", /\$ $/);
    await page.waitForFunction(() => document.querySelector("kp-editor").value.includes("replicas: 2"));
    await student.clicksEditor();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press("Control+z");
    t.check((await value(page)).includes("replicas: 2"), "undo went past what the program wrote");
    t.check((await size(student, "deployment.yaml")) > 100, "the file was emptied");
  });
  await t.step("a text that was emptied is saved only when somebody says so", async () => {
    await student.clicksEditor();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.getByText("The text is empty, so it was not saved").waitFor();
    // Longer than any other text waits to be saved.
    await page.waitForTimeout(1500);
    t.check((await size(student, "deployment.yaml")) > 100, "the empty text was saved");
    await t.accessible(page, "emptied");
    await page.locator(".problems").getByRole("button", { name: "Undo" }).click();
    await t.until(async () => (await value(page)).includes("replicas: 2"), "the text did not come back");
    await page.getByText("The text is empty").waitFor({ state: "detached" });
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Save it empty" }).click();
    await page.getByText("The text is empty").waitFor({ state: "detached" });
    t.check((await size(student, "deployment.yaml")) === 0, "the empty text was not saved");
  });
  await t.step("vi is left from the middle of a line, with a selection, and with a list of completions open", async () => {
    await student.runs("vi service.yaml", /↳ service\.yaml is open/);
    await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
    const before = await value(page);
    await page.keyboard.press("Control+End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("End");
    await page.keyboard.press("Escape");
    await page.keyboard.type(":wq\n");
    await inTerminal(page);
    t.check((await value(page)) === before, `the text is ${JSON.stringify(await value(page))}`);
    for (const keys of [":x\n", ":q!\n", "ZZ"]) {
      await page.keyboard.press("Alt+4");
      await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Escape");
      await page.keyboard.type(keys);
      await inTerminal(page);
      t.check((await value(page)) === before, `after ${keys} the text is ${JSON.stringify(await value(page))}`);
    }
    await page.keyboard.press("Alt+4");
    await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# a note\nki");
    await page.locator(".cm-tooltip-autocomplete").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type(":wq\n");
    await inTerminal(page);
    t.check((await value(page)) === `# a note\nki${before}`, `the text is ${JSON.stringify(await value(page))}`);
    // `:q!` takes back what was changed since.
    await page.keyboard.press("Alt+4");
    await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("away with this");
    await page.keyboard.press("Escape");
    await page.keyboard.type(":s/a/b\n");
    await page.getByText("This editor knows only").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.type(":q!\n");
    await inTerminal(page);
    t.check((await value(page)) === `# a note\nki${before}`, `the text is ${JSON.stringify(await value(page))}`);
    await student.runs("head -1 service.yaml", /\n# a note/);
    // A colon after Escape has closed a list is a colon.
    await page.keyboard.press("Alt+4");
    await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("ki");
    await page.locator(".cm-tooltip-autocomplete").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type(": Pod\n");
    t.check((await value(page)).startsWith("ki: Pod\n"), "the colon was taken for a command");
  });
  await t.step("a list of completions goes with the text it was about", async () => {
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("kind: Po");
    await page.locator(".cm-tooltip-autocomplete").waitFor();
    const text = await value(page);
    // At once after a letter, while the place of the list still waits to be measured.
    await page.evaluate(() => {
      const editor = document.querySelector("kp-editor");
      editor.addEventListener("change", () => queueMicrotask(() => (editor.value = "")), { once: true });
    });
    await page.keyboard.type("d");
    await page.locator(".cm-tooltip-autocomplete").waitFor({ state: "detached" });
    await t.drawn(page);
    await page.evaluate((text) => (document.querySelector("kp-editor").value = text), text);
  });
  await t.step("a live object opens without an error", async () => {
    await student.runs("kubectl create service nodeport web --tcp=80; kubectl get svc web -o yaml > live.yaml", /\$ $/);
    await student.runs("kubectl edit service web", /↳/);
    await page.waitForFunction(() => document.querySelector("kp-editor").value.includes("clusterIPs"));
    await t.drawn(page);
    t.check((await page.locator(".problem").count()) === 0, `it is called wrong: ${await page.locator(".problems").innerText()}`);
    await student.interrupts();
  });
  await t.step("a new file's name is typed over", async () => {
    await page.getByRole("button", { name: "New file" }).click();
    await student.names("mine.yaml");
    const tab = page.getByRole("tab", { name: "mine.yaml", selected: true });
    await tab.waitFor();
    const seen = () => tab.evaluate((it) => it.getBoundingClientRect().right <= it.closest(".files").getBoundingClientRect().right + 1);
    await t.until(seen, "the open file's tab is out of view");
    await page.getByRole("button", { name: "New file" }).click();
    await student.names("folder/mine.yaml");
    await page.getByText("a name without a slash").waitFor();
    await page.keyboard.press("Escape");
  });
  await t.step("a tab is closed, a file renamed and deleted, and undo brings back what was in it", async () => {
    const tab = (name) => page.getByRole("tab", { name, exact: true });
    const choose = async (what) => {
      await page.getByRole("button", { name: /^Open file: / }).click();
      await page.getByRole("button", { name: what }).click();
    };
    await student.opens("mine.yaml");
    await student.clicksEditor();
    await page.keyboard.type("kind: Pod");
    await choose("Rename the file");
    await student.names("service.yaml");
    await page.getByText("There is a file of this name already").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("it's mine.yaml\n");
    await student.reads(/\$ mv mine\.yaml 'it'\\''s mine\.yaml'\n[^]*\$ $/);
    await tab("it's mine.yaml").waitFor();
    await page.waitForFunction(() => document.querySelector("kp-editor").value === "kind: Pod");
    await tab("mine.yaml").waitFor({ state: "detached" });
    await choose("Close the tab");
    await tab("it's mine.yaml").waitFor({ state: "detached" });
    await student.runs("cat it*", /\nkind: Pod/);
    await page.getByRole("button", { name: "New file" }).click();
    await student.names("it's mine.yaml");
    await page.waitForFunction(() => document.querySelector("kp-editor").value === "kind: Pod");
    await choose("Delete the file");
    await student.reads(/\$ rm 'it'\\''s mine\.yaml'\n[^]*\$ $/);
    await tab("it's mine.yaml").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).first().click();
    await tab("it's mine.yaml").click();
    await page.waitForFunction(() => document.querySelector("kp-editor").value === "kind: Pod");
  });
};
