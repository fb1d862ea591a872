// Bundles what the page loads besides wasm: each entries/NAME.ts becomes target/www/NAME.js, each entries/NAME.css
// target/www/NAME.css. Trunk runs this before it builds; index.html names the results. target/www/packages.txt names the npm
// packages that are in them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const www = dirname(fileURLToPath(import.meta.url));
const outdir = join(www, "..", "target", "www");
const entries = readdirSync(join(www, "entries")).filter((name) => /\.(ts|css)$/.test(name));
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
const used = [];
/** `import challenges from "challenges"`: the folders of lessons/challenges, by their names; of each its files, by theirs. */
const challenges = {
  name: "challenges",
  setup(build) {
    const root = join(www, "..", "lessons", "challenges");
    const folder = (name) => Object.fromEntries(readdirSync(join(root, name)).map((file) => [file, readFileSync(join(root, name, file), "utf8")]));
    build.onResolve({ filter: /^challenges$/ }, () => ({ path: "challenges", namespace: "challenges" }));
    build.onLoad({ filter: /./, namespace: "challenges" }, () => {
      const all = Object.fromEntries(readdirSync(root).sort().map((name) => [name, folder(name)]));
      return { contents: JSON.stringify(all), loader: "json" };
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
    plugins: [challenges],
    metafile: true,
  });
  for (const { inputs } of Object.values(metafile.outputs)) used.push(...Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0));
}
const packages = new Set(used.map((file) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
writeFileSync(join(outdir, "packages.txt"), [...packages].sort().map((name) => `${name}\n`).join(""));
