// Bundles what the page loads besides wasm: each entries/NAME.ts becomes target/www/NAME.js, each entries/NAME.css
// target/www/NAME.css. It runs before the page is built; index.html names the results. target/www/packages.txt names the npm
// packages that are in them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const www = dirname(fileURLToPath(import.meta.url));
const outdir = join(www, "..", "target", "www");
const entries = readdirSync(join(www, "entries")).filter((name) => /\.(ts|css)$/.test(name));
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
const used = [];
/** `import built from "built"`: the lessons in folders that come with the page, by kind and name; of each its files, by theirs.
 * Under the empty name is what lies beside the folders: what those lessons share. */
const built = {
  name: "built",
  setup(build) {
    const names = (root, isFolder) => readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() === isFolder).map(({ name }) => name).sort();
    const files = (root) => Object.fromEntries(names(root, false).map((file) => [file, readFileSync(join(root, file), "utf8")]));
    const read = (root) => ({ "": files(root), ...Object.fromEntries(names(root, true).map((name) => [name, files(join(root, name))])) });
    build.onResolve({ filter: /^built$/ }, () => ({ path: "built", namespace: "built" }));
    build.onLoad({ filter: /./, namespace: "built" }, () => {
      const lessons = join(www, "..", "lessons");
      const all = { course: read(join(lessons, "course")), challenge: read(join(lessons, "challenges")) };
      return { contents: JSON.stringify(all), loader: "json" };
    });
  },
};
/** `import titles from "titles"`: of each lesson that comes with the page its title in each language, by its id. */
const titles = {
  name: "titles",
  setup(build) {
    const lessons = join(www, "..", "lessons");
    const folders = [lessons, join(lessons, "course"), join(lessons, "challenges")].flatMap((root) => readdirSync(root).map((name) => join(root, name)));
    const title = (file) => {
      const text = readFileSync(file, "utf8");
      const [id, title] = [/^id: (\S+)$/m, /^title: \{ko: (".*"), en: (".*")\}$/m].map((line) => line.exec(text));
      if (!id || !title) throw new Error(`${file} has no line with its id, or none with its title in two languages`);
      return [id[1], { ko: JSON.parse(title[1]), en: JSON.parse(title[2]) }];
    };
    build.onResolve({ filter: /^titles$/ }, () => ({ path: "titles", namespace: "titles" }));
    build.onLoad({ filter: /./, namespace: "titles" }, () => {
      const files = folders.map((folder) => join(folder, "lesson.yaml")).filter((file) => existsSync(file));
      return { contents: JSON.stringify(Object.fromEntries(files.map(title))), loader: "json" };
    });
  },
};
for (const name of entries) {
  const { metafile } = await build({
    entryPoints: [join(www, "entries", name)],
    outdir,
    bundle: true,
    minify: true,
    // What pages of others load is a plain script, which no server has to allow them.
    format: name === "embed.ts" ? "iife" : "esm",
    target: ["es2022"],
    loader: { ".svg": "text", ".woff2": "file" },
    logLevel: "warning",
    banner: name === "embed.ts" ? {} : { js: "/*! What others wrote in this file, and their licences: licenses.txt */" },
    // xterm's names of what is private, a fifth of its code. It never makes such a name of a string.
    mangleProps: name === "terminal.ts" ? /^_[a-zA-Z]/ : undefined,
    plugins: [built, titles],
    metafile: true,
  });
  for (const { inputs } of Object.values(metafile.outputs)) used.push(...Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0));
}
const packages = new Set(used.map((file) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
writeFileSync(join(outdir, "packages.txt"), [...packages].sort().map((name) => `${name}\n`).join(""));
