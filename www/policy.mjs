// Writes a built page's Content-Security-Policy into its `<meta>`: `node www/policy.mjs dist/index.html`.
//
// Everything is refused but what the page is made of: its own scripts, wasm, styles and texts. Inline scripts (the start
// of the wasm, too) are named by their hashes, which change with every build. Styles may be inline because xterm and
// CodeMirror make style elements and cards have style attributes; a style runs nothing.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const page = readFileSync(file, "utf8");
const empty = /(<meta http-equiv="Content-Security-Policy" content=")[^"]*(")/;
const at = page.search(empty);
const scripts = [...page.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)];
if (at < 0 || scripts.some((script) => script.index < at)) throw new Error(`${file}: the policy's <meta> does not come before all scripts`);
const inline = scripts.filter(([, attributes]) => !/\ssrc=/.test(attributes));
const hashes = inline.map(([, , text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
const policy = [
  "default-src 'none'",
  `script-src 'self' 'wasm-unsafe-eval' ${hashes.join(" ")}`,
  "style-src 'self' 'unsafe-inline'",
  // A lesson somebody opens comes from there, and is only text: `www/lessons/folder.ts`.
  "connect-src 'self' https://api.github.com https://raw.githubusercontent.com",
  // For the icons of the manifest; the page's own drawings are in it.
  "img-src 'self' data:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join("; ");
writeFileSync(file, page.replace(empty, (_, before, after) => before + policy + after));
