// Lists a built page's files for its service worker: `node www/offline.mjs dist`. To be run when all else is written.
//
// The list, with a hash of each file, comes first in sw.js: a change of any file is a new version of the worker. What the
// page only links to, and what pages of others load, is left out.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const others = ["sw.js", "embed.js", "embedded.js", "licenses.txt", "sbom.cdx.json"];
const names = readdirSync(folder).filter((name) => !others.includes(name)).sort();
const index = readFileSync(join(folder, "index.html"), "utf8");
if (!names.includes("index.html") || !/<meta name="offline" content="1"/.test(index)) throw new Error(`${folder} has no page that wants a worker`);
const files = names.map((name) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]);
const worker = readFileSync(join(folder, "sw.js"), "utf8").replace(/^self\.pageFiles=.*\n/, "");
writeFileSync(join(folder, "sw.js"), `self.pageFiles=${JSON.stringify(files)};\n${worker}`);
