// A connection that a NetworkPolicy stops: the line under the command, the picture's route and the story name the policy, in
// both languages.
import { Student } from "./student.mjs";

const deny = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "deny" }, spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] } };
const words = {
  en: { why: /NetworkPolicy deny lets only allowed connections into the Pod\s+web-/, route: "stopped by NetworkPolicy deny", story: "NetworkPolicy deny stops it" },
  ko: { why: /NetworkPolicy deny 때문에\s+Pod\s+web-\S+에는\s+허용된/, route: "NetworkPolicy deny에 막힘", story: "NetworkPolicy deny: 막음" },
};

export default async (t) => {
  for (const lang of ["en", "ko"]) {
    const student = await Student.arrive(t, `?lang=${lang}`);
    await student.does("minikube start --cni=calico");
    await student.does("kubectl create deployment web --image=nginx");
    await student.does("kubectl expose deployment web --port=80 --type=NodePort");
    await student.does("kubectl rollout status deployment/web");
    await student.does(`echo '${JSON.stringify(deny)}' | kubectl apply -f -`);
    await student.does("curl -sS -m 3 $(minikube service web --url)");
    await student.reads(words[lang].why);
    for (const text of [words[lang].route, words[lang].story]) {
      await t.until(async () => (await student.page.locator(".picture").innerText()).includes(text), async () => `the picture does not say ${text}:\n${await student.page.locator(".picture").innerText()}`);
    }
    await student.page.screenshot({ path: `${t.folder}/${lang}.png` });
  }
};
