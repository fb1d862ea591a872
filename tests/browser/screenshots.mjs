// Pictures of the built page: `node tests/browser/screenshots.mjs [QUERY] [FOLDER]`, for example '?lesson=service' /tmp/shots.
// Every mix of desktop and phone, light and dark, Korean and English.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, screens } from "./browser.mjs";
import { serve } from "./server.mjs";

const [query = "", folder = "target/screenshots"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await serve();
const browser = await launch();
for (const [screen, options] of Object.entries(screens)) {
  for (const theme of ["light", "dark"]) {
    for (const lang of ["ko", "en"]) {
      const context = await browser.newContext({ ...options, locale: lang === "ko" ? "ko-KR" : "en-US", colorScheme: theme });
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`${screen} ${theme} ${lang}: ${error}`));
      const url = new URL(query, server.url);
      url.searchParams.set("lang", lang);
      url.searchParams.set("theme", theme);
      await page.goto(url.href, { waitUntil: "networkidle" });
      await page.waitForTimeout(1500);
      const file = join(folder, `${screen}-${theme}-${lang}.png`);
      await page.screenshot({ path: file });
      console.log(file);
      await context.close();
    }
  }
}
await browser.close();
await server.close();
