// Links within a folder of HTML pages.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** What is published beside the guide, by the path from its folder. */
const beside = ["../embed.js", "../class.html", "../author.html"];

/** Looks up each link of each page; throws with all that lead nowhere. What other sites have is not looked up. */
export function checkLinks(folder) {
  const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
  const texts = new Map(pages.map((name) => [resolve(folder, name), readFileSync(join(folder, name), "utf8")]));
  const allowed = new Set(beside.map((path) => resolve(folder, path)));
  const wrong = [];
  let links = 0;
  for (const [page, text] of texts) {
    for (const [, given] of text.replace(/<!--[^]*?-->/g, "").matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      const link = given.replaceAll("&amp;", "&");
      if (/^[a-z]+:|^\/\//i.test(link)) continue;
      links++;
      const [path, anchor] = link.split("#");
      let file = path ? resolve(dirname(page), decodeURIComponent(path.split("?")[0])) : page;
      if (allowed.has(file)) continue;
      if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
      if (!existsSync(file)) wrong.push(`${page}: ${link} leads nowhere`);
      else if (anchor && texts.has(file) && !texts.get(file).includes(`id="${decodeURIComponent(anchor)}"`)) wrong.push(`${page}: ${link} names no heading`);
    }
  }
  if (wrong.length) throw new Error(`links of the guide:\n${wrong.join("\n")}`);
  return { pages: pages.length, links };
}
