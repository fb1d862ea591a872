// Without a mouse: the first lesson's beginning, dialogs and menus, shortcuts, Korean typed through an input method.
import { Student } from "./student.mjs";

/** Types Korean as an input method does: every syllable grows letter by letter, then is committed. */
async function composes(page, text) {
  const session = await page.context().newCDPSession(page);
  const first = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
  for (const letter of text) {
    const at = letter.codePointAt(0) - 0xac00;
    if (at < 0 || at > 11171) {
      await page.keyboard.type(letter);
      continue;
    }
    const syllable = String.fromCodePoint(0xac00 + at - (at % 28));
    for (const part of new Set([first[Math.floor(at / 588)], syllable, letter])) {
      await session.send("Input.dispatchKeyEvent", { type: "keyDown", windowsVirtualKeyCode: 229, key: "Process" });
      await session.send("Input.imeSetComposition", { text: part, selectionStart: 1, selectionEnd: 1 });
      await session.send("Input.dispatchKeyEvent", { type: "keyUp", windowsVirtualKeyCode: 229, key: "Process" });
    }
    await session.send("Input.insertText", { text: letter });
  }
}

export default async (t) => {
  await t.step("the first steps of a lesson", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    const runs = async (pattern, shows) => {
      await student.tabsTo(pattern);
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      t.check(ring === "solid", "one cannot see what has the keyboard");
      const from = (await student.terminal()).length;
      await page.keyboard.press("Enter");
      await student.reads(shows, { from });
      await student.ran(from);
    };
    await page.keyboard.press("Escape");
    await runs(/^Run: kubectl apply/, /created/);
    await runs(/^Run: kubectl get pod/, /NOMINATED/);
    await student.achieves();
    await student.tabsTo(/^Next/);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".lesson header .where")?.textContent === "2 / 7");
    await t.until(() => page.evaluate(() => document.activeElement?.closest(".lesson")?.id === "lesson"), "the keyboard is lost with the button");
    // A prediction, then its command.
    await student.tabsTo(/Nobody answers at that address/);
    await page.keyboard.press("Space");
    await runs(/^Run: curl/, /No route to host/);
    await page.locator(".predict .verdict strong.right").waitFor();
    // An object of the picture.
    await student.tabsTo(/^Pod nginx/);
    await page.keyboard.press("Enter");
    await page.locator(".inspector h2").filter({ hasText: "Pod nginx" }).waitFor();
  });
  await t.step("dialogs and menus give the keyboard back", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    for (const name of ["Reset", "Share", "Shortcuts", "New file"]) {
      await page.getByRole("button", { name, exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.locator("dialog[open]").waitFor();
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      await t.until(async () => (await student.focused()) === name, async () => `after ${name} the keyboard is at "${(await student.focused()).slice(0, 40)}"`);
    }
    for (const menu of ["lessons", "languages"]) {
      const button = page.locator(`.menu.${menu} > button`);
      await button.focus();
      await page.keyboard.press("Enter");
      await page.locator(".menu ul").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Escape");
      await page.locator(".menu ul").waitFor({ state: "detached" });
      await t.until(() => button.evaluate((it) => it === document.activeElement), `after the menu of ${menu} the keyboard is elsewhere`);
    }
  });
  await t.step("shortcuts work from within the terminal", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await student.runs("echo here", /\nhere/);
    await page.keyboard.press("Alt+p");
    await page.waitForFunction(() => document.querySelector(".seg button").getAttribute("aria-pressed") === "true");
    await page.keyboard.press("Alt+p");
    await page.waitForFunction(() => document.querySelector(".seg button").getAttribute("aria-pressed") === "false");
    await page.keyboard.press("Alt+4");
    await page.waitForFunction(() => document.activeElement?.closest("kp-editor"));
    await page.keyboard.press("Alt+3");
    await page.waitForFunction(() => document.activeElement?.closest("kp-terminal"));
    await page.keyboard.press("Alt+z");
    await student.reads(/^student@laptop:~\$ $/);
    await page.keyboard.press("Alt+Shift+Z");
    await student.reads(/\nhere/);
  });
  await t.step("Korean through an input method, in a page that is busy", async () => {
    const student = await Student.arrive(t, "?lang=ko");
    const { page } = student;
    // What waits for a timer comes after the next keys.
    await page.evaluate(() => {
      const after = globalThis.setTimeout;
      globalThis.setTimeout = (what, wait = 0, ...more) => after(what, wait + 200, ...more);
    });
    await page.evaluate(() => document.querySelector("kp-terminal").focus());
    await composes(page, "echo 안녕 쿠버네티스");
    await page.keyboard.press("Backspace");
    await composes(page, "값");
    await page.keyboard.press("Enter");
    const shown = await student.reads(/\n안녕 쿠버네티값\n/);
    t.check(shown.includes("$ echo 안녕 쿠버네티값\n"), `the line was ${shown}`);
    await composes(page, "echo 가나 다");
    await page.keyboard.press("Enter");
    await student.reads(/\n가나 다\n/);
    // A syllable is as wide as two letters wherever the computer has a font for it, but not clearly larger than they are.
    const [syllable, letter, fonts] = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.font = `100px ${getComputedStyle(document.querySelector("kp-terminal .xterm-rows")).fontFamily}`;
      const faces = [...document.fonts].filter((it) => it.family.startsWith("kp-hangul") && it.status === "loaded");
      return [canvas.measureText("가").width, canvas.measureText("W").width, faces.length];
    });
    t.check(fonts === 0 || Math.abs(syllable - Math.min(2 * letter, 106)) < 1, `a syllable is ${syllable} wide, a letter ${letter}`);
    await student.clicksEditor();
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Enter");
    await composes(page, "# 라벨이 같아야 한다");
    const text = () => page.evaluate(() => document.querySelector("kp-editor").value);
    await t.until(async () => (await text()).endsWith("\n# 라벨이 같아야 한다"), async () => `the file ends with ${JSON.stringify((await text()).slice(-30))}`);
  });
  await t.step("a screen reader hears the terminal", async () => {
    const student = await Student.arrive(t, "?lang=en");
    const { page } = student;
    await page.locator(".brand").click();
    await page.keyboard.press("?");
    await page.getByLabel("Let screen readers read the terminal").check();
    await page.keyboard.press("Escape");
    await student.runs("echo read this", /\nread this/);
    await page.waitForFunction(() => document.querySelector(".xterm-accessibility .live-region")?.textContent.includes("read this"));
    await t.accessible(page, "reader");
  });
};
