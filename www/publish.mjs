// The published site: `node www/publish.mjs RELEASES OUT [PUBLISHED] [DIST] [GUIDE]` puts together, in OUT, the page, its guide below
// docs/, and below v/X.Y/ the newest release of each X.Y, from the zips in RELEASES (www/release.mjs). v/versions.json says which.
//
// PUBLISHED is the versions.json of the site as it is: what it names has to be there again, or nothing is published.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";

const root = fileURLToPath(new URL("../", import.meta.url));
const [releases, out, published, dist = join(root, "dist"), guide = join(root, "target/docs")] = process.argv.slice(2);
if (!out) throw new Error("publish.mjs RELEASES OUT [PUBLISHED] [DIST] [GUIDE]");

/** Of each X.Y the newest X.Y.Z. */
const newest = new Map();
for (const name of existsSync(releases) ? readdirSync(releases) : []) {
  const [, version, minor, patch] = /^kube-playground-((\d+\.\d+)\.(\d+))\.zip$/.exec(name) ?? [];
  if (version && !(Number(newest.get(minor)?.split(".")[2]) >= Number(patch))) newest.set(minor, version);
}

const before = published ? JSON.parse(readFileSync(published, "utf8")) : {};
const lost = Object.keys(before).filter((minor) => !newest.has(minor));
if (lost.length) throw new Error(`published versions would be lost: ${lost.join(", ")}`);

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "v"), { recursive: true });
cpSync(dist, out, { recursive: true });
cpSync(guide, join(out, "docs"), { recursive: true });
for (const [minor, version] of newest) {
  const begin = `kube-playground-${version}/`;
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(join(releases, `kube-playground-${version}.zip`))))) {
    if (!name.startsWith(begin) || name.endsWith("/")) continue;
    const file = join(out, "v", minor, name.slice(begin.length));
    // No name may lead out of the version's folder.
    if (!file.startsWith(join(out, "v", minor, "/"))) throw new Error(`${version} has a file ${name}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}
const sorted = [...newest].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
writeFileSync(join(out, "v/versions.json"), `${JSON.stringify(Object.fromEntries(sorted))}\n`);
