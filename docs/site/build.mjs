// Builds the guide: `node docs/site/build.mjs MDBOOK OUT [ADDRESS]` writes OUT/en, OUT/ko and a page that leads to either.
// ADDRESS is where the playground is published (https://…/), which the lines to copy then name.
//
// A book's chapters are docs/site/LANGUAGE, the documents named below, and `simulated.md`, which is read off the tables that the
// simulator and its tests themselves use. It fails when a link, within the guide or to a file of this repository, leads nowhere.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkLinks } from "./links.mjs";
import { simulated } from "./simulated.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const [mdbook, out, address] = process.argv.slice(2);
if (!out) throw new Error("build.mjs MDBOOK OUT [ADDRESS]");

/** Documents that are read on their own, too, and the chapters that they are. */
const documents = {
  "docs/embedding.md": "en/embedding.md",
  "docs/embedding.ko.md": "ko/embedding.md",
  "docs/lessons.md": "en/lessons.md",
  "docs/lessons.ko.md": "ko/lessons.md",
  "CONTRIBUTING.md": "en/contributing.md",
  "ARCHITECTURE.md": "en/architecture.md",
};

/** Files that documents refer to and that are no chapters: they lie beside them. */
const attached = [];

/** The text of a document, its links to other documents turned into links to their chapters. */
function chapter(file) {
  const text = readFileSync(join(root, file), "utf8").replaceAll("https://YOUR-NAME.github.io/kube-playground/", address ?? "https://YOUR-NAME.github.io/kube-playground/");
  return text.replace(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g, (link, to, anchor = "") => {
    const target = relative(root, resolve(root, dirname(file), to));
    if (documents[target]) return `](${relative(dirname(documents[file]), documents[target])}${anchor})`;
    if (!existsSync(join(root, target))) throw new Error(`${file}: ${link} leads to no file`);
    if (target.endsWith(".json")) {
      attached.push([target, join(dirname(documents[file]), basename(target))]);
      return `](${basename(target)}${anchor})`;
    }
    throw new Error(`${file}: ${link} leads to a file that is no chapter of the guide`);
  });
}

const source = join(root, "target/guide");
rmSync(source, { recursive: true, force: true });
mkdirSync(source, { recursive: true });
for (const part of ["en", "ko", "theme"]) cpSync(join(root, "docs/site", part), join(source, part), { recursive: true });
for (const [file, to] of Object.entries(documents)) writeFileSync(join(source, to), chapter(file));
for (const [file, to] of attached) cpSync(join(root, file), join(source, to));
for (const language of ["en", "ko"]) writeFileSync(join(source, language, "simulated.md"), simulated(root, language));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const language of ["en", "ko"]) {
  const folder = join(source, language);
  const listed = readFileSync(join(folder, "SUMMARY.md"), "utf8");
  const lost = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "SUMMARY.md" && !listed.includes(`(${name})`));
  if (lost.length) throw new Error(`${language}/SUMMARY.md does not list ${lost.join(" ")}`);
  execFileSync(mdbook, ["build", folder, "--dest-dir", resolve(out, language)], { stdio: ["ignore", "ignore", "inherit"] });
  // It copies what is not a chapter.
  rmSync(join(out, language, "book.toml"), { force: true });
}
cpSync(join(root, "docs/site/index.html"), join(out, "index.html"));

const { pages, links } = checkLinks(out);
console.log(`the guide: ${pages} pages, ${links} links`);
