// Takes spaces, comments and long names out of a script: `node www/minify.mjs dist/app.js`. wasm-bindgen writes its own for people.
import { readFileSync, writeFileSync } from "node:fs";
import { transformSync } from "esbuild";

for (const file of process.argv.slice(2)) {
  const { code } = transformSync(readFileSync(file, "utf8"), { minify: true, format: "esm", target: "es2022", legalComments: "inline" });
  writeFileSync(file, code);
}
