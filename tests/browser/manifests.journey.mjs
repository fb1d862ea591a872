// What a beginner gets wrong: a squiggle on the right line in the editor, the same complaint in the terminal.
import { Student } from "./student.mjs";

const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: my-nginx\nspec:\n  type: NodePort\n  ports:\n  - port: 80\n    targetport: 80\n  selector:\n    app: nginx\n";
const bad = [
  { name: "an unknown field", text: service, line: 9, says: /unknown field "spec\.ports\[0\]\.targetport"/ },
  { name: "a tab", text: "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n", line: 4, says: /found character that cannot start any token/ },
  { name: "no kind", text: "apiVersion: v1\nmetadata:\n  name: a\n", line: 1, says: /kind/i },
  { name: "a text for a number", text: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: three\n  selector:\n    matchLabels: {a: b}\n  template:\n    metadata:\n      labels: {a: b}\n    spec:\n      containers:\n      - name: a\n        image: nginx\n", line: 6, says: /replicas|int32/ },
  { name: "a bad name", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: My_Pod\nspec:\n  containers:\n  - name: a\n    image: nginx\n", line: 4, says: /RFC 1123/ },
];

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en");
  const { page } = student;
  await student.opens("service.yaml");
  for (const { name, text, line, says } of bad) {
    await t.step(name, async () => {
      await page.locator("kp-editor .cm-content").click();
      await page.keyboard.press("Control+A");
      // Pasted, not typed: the editor would indent by itself.
      await page.evaluate((yaml) => document.execCommand("insertText", false, yaml), text);
      const problem = page.locator(".problem").filter({ hasText: says });
      await problem.first().waitFor();
      const lines = () => page.locator(".problem b").allInnerTexts();
      await t.until(async () => (await lines()).includes(`Line ${line}`), async () => `the complaint is about ${await lines()}, not line ${line}`);
      await page.locator("kp-editor .cm-lintRange, kp-editor .cm-lintPoint").first().waitFor({ state: "attached" });
      const from = (await student.terminal()).length;
      await page.getByRole("button", { name: /^Apply/ }).click();
      await student.reads(/(error|Error|invalid|Invalid)[^]*\$ $/, { from });
      await student.rests();
    });
  }
  await t.screenshot(page, "problems");
  await t.step("the fix", async () => {
    await page.locator("kp-editor .cm-content").click();
    await page.keyboard.press("Control+A");
    await page.evaluate((yaml) => document.execCommand("insertText", false, yaml), service);
    await page.locator(".problem button", { hasText: "Fix it" }).click();
    await page.locator(".problem").first().waitFor({ state: "detached" });
    await t.until(async () => /targetPort: 80/.test(await page.evaluate(() => document.querySelector("kp-editor").value)), "the fix was not made");
  });
};
