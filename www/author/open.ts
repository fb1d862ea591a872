import type { Folder } from "../lessons/folder";
import { button, element } from "../page/screen";
import { before, type Draft, nameOf, template } from "./draft";
import { dialog, paragraph, row } from "./dialog";
import { draftOf, lessons } from "./parts";
import { lang, t } from "./texts";

/** What is said of a folder that did not come. */
export function reason(error: unknown): string {
  return t.refused[(error as { why?: string }).why ?? ""] ?? t.notRead;
}

/** A lesson's title, as far as it stands in the usual way. */
function titleOf({ name, files }: Folder): string {
  const yaml = new TextDecoder().decode(files.find(([path]) => path === "lesson.yaml")?.[1]);
  const words = /^title:\s*\{(.*)\}\s*$/m.exec(yaml)?.[1] ?? "";
  return new RegExp(`${lang}:\\s*"([^"]*)"`).exec(words)?.[1] ?? name;
}

/** The dialog in which a lesson is chosen to go on with. */
export function askWhich(open: (draft: Draft) => void): void {
  dialog(t.openTitle, (close) => {
    const refused = paragraph("", "refused");
    refused.setAttribute("role", "alert");
    const take = (draft: Draft) => (close(), open(draft));
    const chosen = (label: string, folder: boolean) => {
      const input = element("input", { type: "file", accept: folder ? "" : ".zip,application/zip", webkitdirectory: folder });
      input.addEventListener("change", async () => {
        if (!input.files?.length) return;
        try {
          const { name, files } = await (await lessons()).fromFiles(input.files);
          take(draftOf(name, files));
        } catch (error) {
          refused.textContent = reason(error);
        }
      });
      return element("label", { className: "btn file" }, [document.createTextNode(label), input]);
    };
    const last = before();
    const built = element("div", {});
    void lessons().then((part) => {
      for (const [kind, heading] of [["course", t.course], ["challenge", t.challenges]] as const) {
        const items = part.builtIn(kind).map((folder) => {
          const link = button(titleOf(folder), () => take(draftOf(folder.name, folder.files)));
          link.className = "link";
          return element("li", {}, [link]);
        });
        built.append(element("h3", { textContent: heading }), element("ul", { className: "built-in" }, items));
      }
    });
    return [
      paragraph(t.openWhat),
      element("div", { className: "choices" }, [
        button(t.template, () => take(template())),
        ...(last ? [button(t.before(nameOf(last)), () => take(last))] : []),
      ]),
      element("h3", { textContent: t.here }),
      element("div", { className: "choices" }, [chosen(t.zip, false), chosen(t.folder, true)]),
      refused,
      built,
      row(button(t.cancel, close)),
    ];
  });
}

/** Asks whether the lesson that the address holds is to be opened; the address holds it no longer. */
export async function askHeld(open: (draft: Draft) => void, tell: (text: string) => void): Promise<void> {
  const { hash } = location;
  if (!hash.startsWith("#lesson=")) return;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    const { name, files } = await (await lessons()).fromAddress(hash);
    const draft = draftOf(name, files);
    dialog(t.heldTitle, (close) => [paragraph(t.heldWhat(nameOf(draft))), row(button(t.cancel, close), button(t.heldOpen, () => (close(), open(draft)), true))]);
  } catch (error) {
    tell(reason(error));
  }
}
