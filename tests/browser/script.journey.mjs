// A session as a shell script: what was typed and saved, in an order in which bash does it again, here and elsewhere.
import { readFileSync, writeFileSync } from "node:fs";
import { Student } from "./student.mjs";

/** The script of a session that is made up: entries and commands as the app gives them. */
const scriptOf = (page, session, commands) =>
  page.evaluate(
    async ([session, commands]) => (await import(new URL("shared.js", document.baseURI).href)).scriptOf({ session: { version: 1, files: [], entries: [], end: [0, 0], ...session }, commands }),
    [session, commands],
  );

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en&lesson=service");
  const { page } = student;
  const command = (line, at, ended, place = "laptop", terminal = 1) => ({ line, at, ended, place, terminal });

  await t.step("each kind of thing that is done", async () => {
    const script = await scriptOf(
      page,
      {
        files: [["a/b c.yaml", "kind: Pod\n"], ["it's", "no end of line"]],
        entries: [
          [10, 0, "save", "eof", "EOF\n"],
          [10, 0, "script", "kubectl create ns before\n"],
          [55e6, 0, "type", 1, "\x03"],
          [60e6, 0, "remove", "it's"],
          [61e6, 0, "save", "bytes", [0, 255]],
        ],
      },
      [
        command("kubectl get pods", 20, 30),
        command("kubectl exec -it web -- sh", 1e6, 5e6),
        command("hostname", 2e6, 3e6, "web"),
        command("echo meanwhile", 4e6, 4e6, "laptop", 2),
        command("exit", 5e6, 5e6, "web"),
        command("kubectl get pods -w | grep 'a b'", 50e6, 55.5e6),
        command("vi a.yaml", 56e6, 57e6),
        command("minikube tunnel", 70e6, null),
        command("cat << 'E'\n  two\nE", 80e6, 80e6),
      ],
    );
    const body = script.slice(script.indexOf("pwd\n") + 5);
    const expected = [
      "mkdir -p 'a'\ncat > 'a/b c.yaml' << 'EOF'\nkind: Pod\nEOF",
      "printf %s 'no end of line' > 'it'\\''s'",
      "",
      "cat > 'eof' << 'EOF_'\nEOF\nEOF_",
      "# What the lesson prepared\nkubectl create ns before",
      "kubectl get pods",
      "# kubectl exec -it web -- sh\n#   web: hostname\n#   web: exit",
      "echo meanwhile",
      `timeout 6 bash -c 'kubectl get pods -w | grep '\\''a b'\\'''`,
      "# vi a.yaml",
      "rm -f 'it'\\''s'",
      "base64 -d > 'bytes' <<< AP8=",
      "# minikube tunnel",
      "cat << 'E'\n  two\nE",
      "",
    ].join("\n");
    t.check(body === expected, `the script is\n${body}\nand not\n${expected}`);
    t.check(script.startsWith("#!/usr/bin/env bash\n# What was done"), script.slice(0, 200));
  });

  const script = await t.step("Share gives this session's", async () => {
    await student.runs("kubectl apply -f deployment.yaml", /deployment.apps\/nginx-deployment created[^]*\$ $/);
    await student.runs("kubectl expose deployment nginx-deployment --port=80; kubectl create configmap settings --from-literal=key=value", /settings created[^]*\$ $/);
    await student.runs("echo kept > note.txt; kubectl scale deployment nginx-deployment --replicas=2", /scaled[^]*\$ $/);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await t.accessible(page, "share");
    await t.screenshot(page, "share");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download script" }).click()]);
    t.check(file.suggestedFilename() === "kube-playground-session.sh", `it is called ${file.suggestedFilename()}`);
    const text = readFileSync(await file.path(), "utf8");
    t.check(/\ncat > 'deployment.yaml' << 'EOF'\napiVersion: apps\/v1\n[^]*\nkubectl apply -f deployment.yaml\nkubectl expose [^]*\necho kept > note.txt; kubectl scale/.test(text), text);
    return text;
  });

  const manifests = await t.step("Share gives what was made as manifests", async () => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download manifests" }).click()]);
    const text = readFileSync(await file.path(), "utf8");
    t.check(file.suggestedFilename() === "kube-playground.yaml", `it is called ${file.suggestedFilename()}`);
    t.check(/^# What was made[^\n]*\napiVersion: v1\ndata:\n {2}key: value\nkind: ConfigMap\n[^]*---\napiVersion: v1\nkind: Service\n[^]*---\napiVersion: apps\/v1\nkind: Deployment\n/.test(text), text);
    t.check(!/status:|uid|clusterIP|managedFields|kind: (Pod|ReplicaSet|EndpointSlice|Namespace)\n|kube-root-ca/.test(text) && /\n {2}replicas: 2\n/.test(text), text);
    return text;
  });

  await t.step("Share gives the picture as a file", async () => {
    const saves = async (name) => {
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
      return [file.suggestedFilename(), readFileSync(await file.path())];
    };
    const [svg, drawing] = await saves("Picture (SVG)");
    t.check(svg === "kube-playground.svg", `it is called ${svg}`);
    const text = drawing.toString("utf8");
    t.check(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/.test(text) && text.includes("nginx-deployment"), text.slice(0, 500));
    t.check(!/\s(class|data-[a-z]+|tabindex|style)=|var\(/.test(text), `it needs the page: ${text.match(/.{80}\s(class|data-[a-z]+|tabindex|style)=.{40}|var\(.{40}/)?.[0]}`);
    writeFileSync(`${t.folder}/picture.svg`, text);
    // While Pods start, the picture grows between what is saved and what is measured.
    const pixels = await t.until(async () => {
      const [png, pixels] = await saves("Picture (PNG)");
      t.check(png === "kube-playground.png" && pixels.subarray(1, 4).toString() === "PNG", `it is called ${png}`);
      const shown = await page.evaluate(() => document.querySelector(".canvas > svg").getBoundingClientRect().toJSON());
      const [width, height] = [pixels.readUInt32BE(16), pixels.readUInt32BE(20)];
      return width === Math.floor(shown.width * 2) && height === Math.floor(shown.height * 2) && pixels;
    }, "no saved picture is twice as large as the one that is shown");
    writeFileSync(`${t.folder}/picture.png`, pixels);
  });

  await t.step("Share gives the terminal as a recording", async () => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Terminal (asciinema)" }).click()]);
    t.check(file.suggestedFilename() === "kube-playground.cast", `it is called ${file.suggestedFilename()}`);
    const [header, ...events] = readFileSync(await file.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    t.check(header.version === 2 && header.width >= 80, JSON.stringify(header));
    const printed = events.map(([, , text]) => text).join("");
    t.check(/kubectl apply -f deployment.yaml[^]*deployment.apps\/nginx-deployment created\r\n[^]*scaled\r\n/.test(printed), printed);
  });

  await t.step("bash does it again, in another cluster", async () => {
    const other = await Student.arrive(t, "?lang=en&lesson=none");
    await other.page.evaluate(() => globalThis.kubePlayground.rest.came);
    await other.runs(`base64 -d > again.sh <<< ${Buffer.from(script).toString("base64")}`, /\$ $/);
    await other.runs("bash again.sh", /nginx-deployment created\n[^]*settings created\ndeployment.apps\/nginx-deployment scaled/);
    await other.runs("kubectl get deployment nginx-deployment -o jsonpath='{.spec.replicas}{\"\\n\"}'; cat /tmp/tmp.*/note.txt", /\n2\nkept\n/);
    await other.runs("kubectl delete deployment,service nginx-deployment; kubectl delete cm settings", /configmap "settings" deleted/);
    await other.runs(`base64 -d <<< ${Buffer.from(manifests).toString("base64")} | kubectl apply -f -`, /configmap\/settings created\nservice\/nginx-deployment created\ndeployment.apps\/nginx-deployment created/);
    await other.runs("kubectl rollout status deployment nginx-deployment", /successfully rolled out/);
    await other.page.context().close();
  });

  await page.context().close();
};
