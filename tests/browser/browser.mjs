// The system's Chromium through playwright-core, both from www/node_modules.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

const require = createRequire(new URL("../../www/package.json", import.meta.url));
const { chromium } = require("playwright-core");
export const { AxeBuilder } = require("@axe-core/playwright");

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts `$CHROME`, or the first Chromium or Chrome on PATH, headless, with a profile of its own. */
export function launch() {
  const onPath = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].flatMap((name) =>
    process.env.PATH.split(delimiter).map((folder) => join(folder, name)),
  );
  const executablePath = process.env.CHROME || onPath.find(existsSync);
  if (!executablePath) throw new Error("no Chromium: set CHROME, or run `cargo xtask setup`");
  return chromium.launch({ executablePath, args: flags });
}

/** The screens that tests and screenshots use. */
export const screens = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};
