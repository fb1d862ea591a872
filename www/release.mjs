// What a release consists of: `node www/release.mjs VERSION OUT [DIST] [GUIDE]`, from the built page and guide, writes
//   OUT/kube-playground-VERSION.zip   a folder of static files, and how to make a container image of it
//   OUT/npm/                          the npm package, for `npm pack` or `npm publish`
// The same files make the same bytes.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";

const root = fileURLToPath(new URL("../", import.meta.url));
const [version, out, dist = join(root, "dist"), guide = join(root, "target/docs")] = process.argv.slice(2);
if (!out || !/^\d+\.\d+\.\d+$/.test(version)) throw new Error("release.mjs X.Y.Z OUT [DIST] [GUIDE]");
for (const needed of [join(dist, "index.html"), join(guide, "en/index.html")]) if (!existsSync(needed)) throw new Error(`${needed} is not built`);
const licences = ["LICENSE-APACHE", "LICENSE-MIT"];

rmSync(out, { recursive: true, force: true });
const app = join(out, "npm/app");
mkdirSync(app, { recursive: true });
cpSync(dist, app, { recursive: true });
cpSync(guide, join(app, "docs"), { recursive: true });
for (const name of ["README.md", "index.d.ts"]) cpSync(join(root, "packages/npm", name), join(out, "npm", name));
for (const name of licences) cpSync(join(root, name), join(out, "npm", name));
const described = JSON.parse(readFileSync(join(root, "packages/npm/package.json"), "utf8"));
writeFileSync(join(out, "npm/package.json"), `${JSON.stringify({ ...described, version }, null, 2)}\n`);

const files = {};
const add = (folder, names) => names.forEach((name) => (files[`kube-playground-${version}/${name}`] = readFileSync(join(folder, name))));
const within = (folder) => readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
add(app, within(app));
add(join(root, "packages/container"), within(join(root, "packages/container")));
add(root, licences);
const sorted = Object.fromEntries(Object.keys(files).sort().map((name) => [name, files[name]]));
writeFileSync(join(out, `kube-playground-${version}.zip`), zipSync(sorted, { level: 9, mtime: new Date(1980, 0, 1) }));
