// What is published: the page, its guide, and every released version at an address that stays; a zip that works from any folder, and an
// npm package.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dist, serve } from "./server.mjs";
import { Student } from "./student.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const www = join(root, "www");
const guide = join(root, "target/docs");

/** Runs a script of ours; gives what it said when it failed, or nothing. */
function run(script, ...given) {
  try {
    execFileSync("node", [join(www, script), ...given], { stdio: "pipe" });
  } catch ({ stderr }) {
    return String(stderr);
  }
}

const within = (folder) => readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();

export default async (t) => {
  const out = (name) => join(t.folder, name);
  const [releases, site] = [out("releases"), out("site")];
  t.check(existsSync(join(guide, "en/index.html")), "target/docs is not there: `cargo xtask docs` builds it");
  mkdirSync(releases, { recursive: true });

  await t.step("a release's zip and package", () => {
    for (const version of ["0.1.9", "0.1.10"]) {
      const failed = run("release.mjs", version, out(version));
      t.check(!failed, failed);
      writeFileSync(join(releases, `kube-playground-${version}.zip`), readFileSync(join(out(version), `kube-playground-${version}.zip`)));
    }
    t.check(/X\.Y\.Z/.test(run("release.mjs", "next", out("next"))), "a version that is none was taken");
    const [{ files, size, unpackedSize }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: join(out("0.1.10"), "npm"), stdio: ["ignore", "pipe", "ignore"] }));
    const expected = [...within(dist).map((name) => `app/${name}`), ...within(guide).map((name) => `app/docs/${name}`), "LICENSE-APACHE", "LICENSE-MIT", "README.md", "index.d.ts", "package.json"];
    const packed = files.map(({ path }) => path);
    const differ = [...packed.filter((it) => !expected.includes(it)), ...expected.filter((it) => !packed.includes(it))];
    t.check(differ.length === 0, `the package differs in ${differ.join(" ")}`);
    t.check(size < 5_000_000 && unpackedSize < 25_000_000, `the package has ${size} bytes, ${unpackedSize} unpacked`);
    const described = JSON.parse(readFileSync(join(out("0.1.10"), "npm/package.json"), "utf8"));
    for (const file of [described.main, described.types]) t.check(existsSync(join(out("0.1.10"), "npm", file)), `the package lacks ${file}`);
  });

  await t.step("the package's types are those of what it does", () => {
    const consumer = out("consumer");
    rmSync(consumer, { recursive: true, force: true });
    mkdirSync(consumer);
    const verbs = /"(load run [\w ]+)"/.exec(readFileSync(join(www, "embed/element.ts"), "utf8"))[1].split(" ");
    writeFileSync(
      join(consumer, "notes.ts"),
      `import type { KubePlaygroundElement } from "../0.1.10/npm/index";
const element: KubePlaygroundElement = document.querySelector("kube-playground")!;
export const end: () => void = element.on("completed", ({ step, all }) => console.log(step + 1, all));
export const link: Promise<string> = element.share();
export const all: (keyof KubePlaygroundElement)[] = ${JSON.stringify(verbs)};
// @ts-expect-error There is no such panel.
element.show("nothing");
`,
    );
    const tsc = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--types", "", join(consumer, "notes.ts")];
    try {
      execFileSync(join(www, "node_modules/.bin/tsc"), tsc, { stdio: "pipe" });
    } catch ({ stdout }) {
      throw new Error(String(stdout));
    }
  });

  await t.step("the site keeps what was published", () => {
    const versions = (text) => (writeFileSync(out("published.json"), text), out("published.json"));
    t.check(/would be lost: 0\.0/.test(run("publish.mjs", releases, site, versions('{"0.0":"0.0.3","0.1":"0.1.9"}'))), "a version that was published is gone");
    t.check(!existsSync(site), "something was put together all the same");
    const failed = run("publish.mjs", releases, site, versions('{"0.1":"0.1.9"}'));
    t.check(!failed, failed);
    t.check(readFileSync(join(site, "v/versions.json"), "utf8") === '{"0.1":"0.1.10"}\n', "it has other versions");
    const container = readFileSync(join(site, "v/0.1/Containerfile"), "utf8");
    for (const [, file] of container.matchAll(/^COPY (\S+)/gm)) t.check(existsSync(join(site, "v/0.1", file)), `the container's ${file} is not in the zip`);
  });

  const server = await serve(join(site, "/"));

  await t.step("a pinned version works from its folder", async () => {
    const student = await Student.arrive(t, `${server.url}v/0.1/?lang=en&lesson=service`);
    await student.runs("kubectl get nodes", /minikube +Ready/);
    await student.runs("kubectl explain pod | head -2", /KIND: +Pod/);
    const outside = server.requests.filter((path) => !path.startsWith("/course/kube/v/0.1/"));
    t.check(outside.every((path) => path === "/favicon.ico"), `it asked for ${outside.join(" ")}`);
    await student.page.context().close();
  });

  await t.step("the guide: its pages, in the reader's language, with a cluster", async () => {
    for (const [locale, language, start] of [["en-US", "en", "Start a cluster"], ["ko-KR", "ko", "클러스터 시작"]]) {
      server.requests.length = 0;
      const page = await t.open(`${server.url}docs/`, { locale, allow: (text) => /favicon/.test(text) });
      await page.waitForURL(`**/docs/${language}/`);
      await page.getByRole("button", { name: start }).waitFor();
      t.check(!server.requests.some((path) => path.endsWith(".wasm")), "a cluster was fetched before anybody wanted one");
      // What is around the text is mdBook's.
      await t.accessible(page, `guide-${language}`, "main");
      await page.locator("kube-run").getByRole("button").click();
      const found = await page.waitForFunction(() => document.querySelector("kube-playground").shadowRoot.querySelector("iframe"));
      const frame = await found.asElement().contentFrame();
      const terminal = () => frame.evaluate(() => document.querySelector("kp-terminal:not([hidden])")?.text ?? "");
      await t.until(async () => /hello-\w+-\w+ +\d\/1/.test(await terminal()), async () => `the terminal shows ${await terminal()}`);
      t.check((await frame.evaluate(() => document.documentElement.lang)) === language, "the cluster speaks another language");
      await t.screenshot(page, `guide-${language}`);
      await page.context().close();
    }
  });

  await server.close();
};
