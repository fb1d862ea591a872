// The picture at every width: text keeps its size, nothing overlaps or is cut off, wires end at brackets.
import { Student } from "./student.mjs";

const sizes = [
  [390, 844],
  [820, 1180],
  [1280, 800],
  [1366, 768],
  [1440, 900],
  [1920, 1080],
];

const object = (value) => `echo '${JSON.stringify(value)}' | kubectl apply -f -`;
const labels = { app: "db" };
const statefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: {
    serviceName: "db",
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "db", image: "nginx", volumeMounts: [{ name: "data", mountPath: "/data" }] }] },
    },
    volumeClaimTemplates: [
      { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    ],
  },
};
const headless = { apiVersion: "v1", kind: "Service", metadata: { name: "db" }, spec: { clusterIP: "None", selector: labels, ports: [{ port: 5432 }] } };
const lonely = { apiVersion: "v1", kind: "Service", metadata: { name: "lonely" }, spec: { selector: { app: "lonly" }, ports: [{ port: 80 }] } };
const huge = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "huge" },
  spec: { containers: [{ name: "huge", image: "nginx", resources: { requests: { cpu: "100" } } }] },
};

/** What is wrong with the picture as it is drawn now, and its smallest text in pixels. */
const look = (page) =>
  page.evaluate(() => {
    const wrong = [];
    const canvas = document.querySelector(".picture .canvas").getBoundingClientRect();
    const svg = document.querySelector(".picture svg");
    const origin = svg.getBoundingClientRect();
    let smallest = Infinity;
    for (const text of document.querySelectorAll(".picture svg text, .picture .news :is(span, b, p, li)")) {
      if (!text.textContent.trim() || text.getBoundingClientRect().width === 0) continue;
      const scale = text.getScreenCTM?.().a ?? 1;
      smallest = Math.min(smallest, parseFloat(getComputedStyle(text).fontSize) * scale);
    }
    const cards = [...document.querySelectorAll('.picture rect.edge[role="button"]')].map((edge) => [edge.getAttribute("aria-label"), edge.getBoundingClientRect(), edge]);
    for (const [index, [name, box, edge]] of cards.entries()) {
      if (box.left < canvas.left || box.right > canvas.right + 0.5) wrong.push(`${name} leaves the panel`);
      if (box.height < 23.5) wrong.push(`${name} is only ${box.height} px high`);
      for (const [other, there] of cards.slice(index + 1)) {
        if (box.left < there.right - 1 && there.left < box.right - 1 && box.top < there.bottom - 1 && there.top < box.bottom - 1) wrong.push(`${name} overlaps ${other}`);
      }
      if (edge.parentElement.matches(".workload, .crowd")) continue;
      for (const text of edge.parentElement.querySelectorAll("text")) {
        const words = text.getBoundingClientRect();
        if (words.right > box.right + 0.5 || words.bottom > box.bottom + 2) wrong.push(`"${text.textContent}" leaves the card ${name}`);
      }
    }
    const brackets = [...document.querySelectorAll(".picture .bracket")].map((it) => it.getBBox());
    for (const wire of document.querySelectorAll(".picture .wire:not(.vol)")) {
      const length = wire.getTotalLength();
      const { x, y } = wire.getPointAtLength(length);
      if (!brackets.some((it) => Math.abs(it.x - x) < 1 && y >= it.y - 1 && y <= it.y + it.height + 1)) wrong.push(`a wire ends at ${x}, ${y}`);
      for (let at = 2; at < length - 2; at += 4) {
        const point = wire.getPointAtLength(at);
        const [left, top] = [point.x + origin.left, point.y + origin.top];
        const behind = cards.find(([, box]) => left > box.left + 1 && left < box.right - 1 && top > box.top + 1 && top < box.bottom - 1);
        if (behind) {
          wrong.push(`a wire passes behind ${behind[0]}`);
          break;
        }
      }
    }
    return { wrong, smallest, cards: cards.length, wires: document.querySelectorAll(".picture .wire:not(.vol)").length };
  });

export default async (t) => {
  const student = await Student.arrive(t, "?lang=en&lesson=none&seed=3");
  const { page } = student;
  const looksRight = async (label, least, cards) => {
    // Its width is told to the picture with one frame, and what is drawn for it comes with another.
    await t.drawn(page);
    let seen;
    const right = async () => {
      seen = await look(page);
      return seen.wrong.length === 0 && seen.smallest >= least && seen.cards >= cards;
    };
    try {
      await t.until(right, () => `the smallest text is ${seen.smallest} px high, there are ${seen.cards} cards\n${seen.wrong.slice(0, 8).join("\n")}`);
    } finally {
      await t.screenshot(page, label);
    }
  };
  const everywhere = async (name, cards) => {
    for (const [width, height] of sizes) {
      await t.step(`${name} at ${width} x ${height}`, async () => {
        await page.setViewportSize({ width, height });
        const thumb = page.locator(".thumbs button").nth(await page.locator(".thumbs button").count() === 4 ? 1 : 0);
        if (await thumb.isVisible()) await thumb.click();
        await page.locator(".app > .picture").waitFor();
        await looksRight(`${name}-${width}`, 12, cards);
      });
    }
    await t.step(`${name} projected`, async () => {
      await page.setViewportSize({ width: 1280, height: 720 });
      await page.getByRole("button", { name: "Projector" }).click();
      await looksRight(`${name}-projector`, 16, cards);
      await page.getByRole("button", { name: "Projector" }).click();
    });
  };

  await t.step("an empty cluster", () => looksRight("empty", 12, 0));
  await t.step("a Deployment behind a Service", async () => {
    await student.runs("kubectl create deployment web --image=nginx --replicas=2; kubectl expose deployment web --port=80 --type=NodePort", /exposed/);
    await page.locator('.picture [aria-label^="Pod web"][aria-label*="Running"]').nth(1).waitFor();
  });
  await everywhere("small", 4);
  await t.step("all kinds, some of them not well", async () => {
    const commands = [
      object(statefulSet),
      object(headless),
      object(lonely),
      object(huge),
      "kubectl run bad --image=nginx:nope",
      "kubectl run crash --image=busybox -- sh -c 'exit 1'",
      "kubectl create cronjob tick --image=busybox --schedule='*/1 * * * *' -- date",
      "kubectl create namespace shop",
      "kubectl -n shop create deployment cart --image=nginx --replicas=60",
      "kubectl -n shop expose deployment cart --port=80",
    ];
    for (const command of commands) await student.runs(command, /(created|exposed)[^]*\$ $/);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.locator('.picture .crowd [aria-label*="60 Running"]').waitFor();
    await page.locator('.picture [aria-label^="Pod db-1,"][aria-label*="Running"]').waitFor();
    await page.locator('.picture [aria-label^="Pod bad"][aria-label*="no such image: nginx:nope"]').waitFor();
    await page.locator('.picture [aria-label^="Pod huge"][aria-label*="needs cpu 100: no room"]').waitFor();
    await page.locator('.picture [aria-label^="Pod crash"][aria-label*="exit 1"]').waitFor();
    await page.locator('.picture .svc.broken[data-object="Service/default/lonely"]').locator("tspan.bad", { hasText: "no Pod matches" }).waitFor();
    for (const caption of ["Deployment web · 2/2", "StatefulSet db · 2/2", "CronJob tick", "Deployment cart · 60/60", "namespace shop"]) {
      await page.waitForFunction((caption) => document.querySelector(".picture svg").innerHTML.includes(caption), caption);
    }
  });
  await everywhere("mixed", 12);
  await t.step("a failing Pod says why, and a Service without Pods", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.locator('.picture [aria-label^="Pod bad"]').click();
    const inspector = page.locator(".inspector");
    await inspector.getByRole("tab", { name: "Why?", selected: true }).waitFor();
    await inspector.locator(".why li").last().getByText("it has no tag nope").waitFor();
    const from = (await student.terminal()).length;
    await inspector.locator(".why .command").first().click();
    await student.reads(/kubectl get pod bad[^]*ImagePull/, { from });
    await page.locator('.picture [aria-label^="Service lonely"]').click();
    await inspector.getByText("No Pod has the labels app=lonly").waitFor();
  });
  await t.step("squares by keyboard", async () => {
    await page.locator(".picture .crowd > .edge").focus();
    await page.keyboard.press("ArrowRight");
    const first = await page.locator(".inspector h2").innerText();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((before) => document.querySelector(".inspector h2").innerText !== before, first);
    await page.locator(".picture .chosen-square").waitFor({ state: "attached" });
  });
  await t.step("a claim shows its files while no Pod uses it", async () => {
    await student.runs("kubectl exec db-0 -- sh -c 'echo kept > /data/kept.txt'", /\$ $/);
    await student.runs("kubectl delete statefulset db", /deleted[^]*\$ $/);
    await page.locator('.picture [aria-label^="Pod db-0"]').waitFor({ state: "detached" });
    await page.locator('.picture [data-object="PersistentVolumeClaim/default/data-db-0"] tspan.file').getByText("kept.txt").waitFor();
  });
  await t.accessible(page, "mixed");
  await t.step("why a packet stopped is whole, in a small cluster too", async () => {
    const small = await Student.arrive(t, "?lang=en&lesson=none");
    await small.does("kubectl create deployment web --image=nginx --replicas=3; kubectl wait --for=condition=Available deployment/web");
    await small.does("curl -s 192.168.49.2:80");
    await small.page.locator(".picture .stop-note rect").waitFor({ state: "attached" });
    const [note, picture] = await small.page.evaluate(() => [".stop-note rect", ".canvas svg"].map((it) => document.querySelector(`.picture ${it}`).getBoundingClientRect().bottom));
    t.check(note <= picture, `the note ends at ${note}, the picture at ${picture}`);
  });
};
